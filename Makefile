# SPDX-License-Identifier: BSD-2-Clause
# Kleene's front door, for GNU make and FreeBSD's make; Meson and Ninja do the building.
# `make` alone lists what there is.

BUILD = build
PREFIX = /usr/local
DESTDIR =
JOBS = 2
SYSROOT =
FUZZ_SECONDS = 3600
SECONDS = 60
SEED =
KILLS =
RUNS = 100000
STRIDE = 1
OPTIONS = --prefix=$(PREFIX) --libexecdir=libexec --sbindir=sbin --bindir=bin

.PHONY: help deps build demo check unit integration torture runs lint bench fuzz sanitize threads clang cross install \
	deb deb-check uninstall clean
.NOTPARALLEL:

help: ## this list
	@echo "make TARGET, the first two being all you need to begin:"
	@for t in demo check; do grep "^$$t: .*## " Makefile; done | sh tools/targets.sh
	@grep '^[a-z]*: .*## ' Makefile | grep -v -e '^demo' -e '^check' | sh tools/targets.sh

demo: ## (root) build, then show Kleene at work in a daemon of its own
	@tools/need-root.sh "make demo"
	@tools/deps.sh build demo
	@tools/build.sh $(BUILD) $(OPTIONS)
	@tools/demo.sh $(BUILD)

check: ## (root) everything that is tested: unit, integration, lint, cross, torture, fuzz
	@tools/need-root.sh "make check"
	@tools/deps.sh build test lint fuzz
	@$(MAKE) unit integration lint cross
	@$(MAKE) torture SECONDS=20 STRIDE=20
	@FUZZ_SEED=1 $(MAKE) fuzz FUZZ_SECONDS=60

deps: ## (root) install the packages that building and testing need
	@tools/deps.sh build test lint demo

build: ## compile klee, kleened and warden into ./build
	@tools/deps.sh build
	@tools/build.sh $(BUILD) $(OPTIONS)

unit: build ## run the unit tests
	@tools/deps.sh test
	@meson test -C $(BUILD) --no-rebuild --print-errorlogs --num-processes $(JOBS)

integration: build ## (root) run the tests of the whole: a real daemon, real containers
	@tools/need-root.sh "make integration"
	@tools/deps.sh test
	@tools/integration.sh $(BUILD) $(JOBS)

torture: build ## (root, Linux) SECONDS or KILLS of random work; each call to the kernel fails once
	@tools/need-root.sh "make torture"
	@tools/deps.sh test
	@tools/torture.sh torture $(BUILD) --seconds $(SECONDS) --stride $(STRIDE) $(KILLS:%=--kills %) $(SEED:%=--seed %)

runs: build ## (root, Linux) RUNS containers by 64 clients, and what the daemon needs for them
	@tools/need-root.sh "make runs"
	@tools/deps.sh test
	@tools/torture.sh runs $(BUILD) --runs $(RUNS)

lint: build ## check style and look for faults: clang-format, clang-tidy, cppcheck, shellcheck
	@tools/deps.sh lint
	@tools/lint.sh $(BUILD) $(JOBS)

bench: ## (root) time Kleene beside crun, podman and docker, whichever is there
	@tools/need-root.sh "make bench"
	@tools/deps.sh build bench
	@tools/build.sh build-bench $(OPTIONS) --buildtype=release -Dtests=false
	@python3 tests/bench/bench.py --build build-bench

fuzz: ## feed random input to all that reads what others wrote, for FUZZ_SECONDS (an hour)
	@tools/deps.sh build fuzz
	@tools/fuzz.sh $(FUZZ_SECONDS)

# gcc warns wrongly of code it has instrumented
sanitize: ## (root) all tests with the address and undefined-behaviour sanitizers
	@tools/need-root.sh "make sanitize"
	@tools/deps.sh build test
	@tools/build.sh build-asan $(OPTIONS) -Db_sanitize=address,undefined -Dwerror=false
	@meson test -C build-asan --no-rebuild --print-errorlogs --num-processes $(JOBS)
	@KLEENE_TEST_SANITIZED=address tools/integration.sh build-asan $(JOBS)

# The kernel may put a program where ThreadSanitizer has its tables, unless it is told not to. A daemon
# that a test kills tells of what was found by its report alone.
threads: export TSAN_OPTIONS = suppressions=$(CURDIR)/tests/tsan.supp:log_path=$(CURDIR)/build-tsan/report
threads: ## (root) all tests with ThreadSanitizer
	@tools/need-root.sh "make threads"
	@tools/deps.sh build test
	@tools/build.sh build-tsan $(OPTIONS) -Db_sanitize=thread -Dwerror=false
	@rm -f build-tsan/report.*
	@setarch -R meson test -C build-tsan --no-rebuild --print-errorlogs --num-processes $(JOBS)
	@KLEENE_TEST_SANITIZED=thread setarch -R tools/integration.sh build-tsan $(JOBS)
	@! cat build-tsan/report.* 2>/dev/null

clang: ## compile with clang, warnings being errors
	@tools/deps.sh build lint
	@CC=clang tools/build.sh build-clang $(OPTIONS)

cross: ## compile for FreeBSD on another system; SYSROOT=DIR: all, not only the FreeBSD side
	@tools/cross.sh "$(SYSROOT)"

install: build ## (root) install below $(DESTDIR)$(PREFIX), by default /usr/local
	@meson configure $(BUILD) $(OPTIONS)
	@DESTDIR="$(DESTDIR)" meson install -C $(BUILD) --quiet
	@test -n "$(DESTDIR)" || tools/installed.sh "$(PREFIX)"

deb: ## build the Debian package into ./build-deb
	@tools/deps.sh build deb
	@tools/package-debian.sh build-deb

deb-check: deb ## (root) look at the Debian package; install and purge it in a world of its own
	@tools/need-root.sh "make deb-check"
	@tools/deps.sh test
	@KLEENE_DEB="$$(ls -t $$PWD/build-deb/kleene_*.deb | head -n 1)" \
		python3 -m pytest -q -p no:cacheprovider tests/packaging

uninstall: ## (root) remove what install put there
	@tools/uninstall.sh $(BUILD) "$(DESTDIR)"

clean: ## remove everything that was built
	@rm -rf build build-deb build-asan build-bench build-tsan build-clang build-freebsd build-fuzz
