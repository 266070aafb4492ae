/* SPDX-License-Identifier: BSD-2-Clause */
#include "params/names.h"

#include <unistd.h>

#include "base/mem.h"

static const char *const adjectives[] = {"able", "agile", "amber", "ardent", "bold", "brave",
	"bright", "brisk", "calm", "candid", "clever", "cosmic", "crisp", "curious", "daring",
	"deft", "eager", "earnest", "elated", "elegant", "epic", "fair", "fearless", "fervent",
	"festive", "fleet", "focused", "frank", "gentle", "gifted", "glad", "golden", "graceful",
	"happy", "hardy", "honest", "hopeful", "humble", "jolly", "jovial", "keen", "kind",
	"lively", "lucid", "lucky", "mellow", "merry", "mighty", "modest", "nimble", "noble",
	"patient", "placid", "polite", "proud", "quick", "quiet", "quirky", "radiant", "rapid",
	"ready", "robust", "serene", "sharp", "silent", "sincere", "smart", "spry", "stoic",
	"sturdy", "sunny", "swift", "tender", "tidy", "tranquil", "upbeat", "valiant", "vivid",
	"warm", "wise", "witty", "zealous", "zen"};

static const char *const scientists[] = {"abel", "ampere", "archimedes", "babbage", "banach",
	"bohr", "boole", "born", "boyle", "cantor", "cauchy", "church", "copernicus", "curie",
	"curry", "dalton", "darwin", "dedekind", "descartes", "dijkstra", "dirac", "einstein",
	"erdos", "euclid", "euler", "faraday", "fermat", "fermi", "feynman", "fibonacci", "fourier",
	"franklin", "galileo", "galois", "gauss", "germain", "godel", "hamilton", "heisenberg",
	"hertz", "hilbert", "hopper", "hubble", "huygens", "hypatia", "jacobi", "joule", "kelvin",
	"kepler", "kirchhoff", "kleene", "kovalevskaya", "lagrange", "laplace", "leavitt",
	"leibniz", "lovelace", "maxwell", "meitner", "mendel", "mendeleev", "napier", "newton",
	"noether", "ohm", "pascal", "pasteur", "pauli", "peano", "planck", "poincare", "ramanujan",
	"riemann", "rutherford", "schrodinger", "shannon", "tarski", "tesla", "thales", "turing",
	"volta", "watt", "weierstrass", "weyl", "wiener", "wu"};

char *name_generate(unsigned int attempt)
{
	uint32_t random[3];

	if (getentropy(random, sizeof(random)) != 0)
		abort();
	const char *adjective = adjectives[random[0] % ARRAY_SIZE(adjectives)];
	const char *scientist = scientists[random[1] % ARRAY_SIZE(scientists)];

	if (attempt < 4)
		return xasprintf("%s_%s", adjective, scientist);
	return xasprintf(
		"%s_%s_%u", adjective, scientist, attempt < 8 ? random[2] % 1000 : random[2]);
}
