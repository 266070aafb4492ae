#include "kleened/api/tls.h"

#include <errno.h>
#include <openssl/pem.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

int tls_check(const struct listener *l, struct error *err)
{
	const char *const files[] = {l->tlscert, l->tlskey, l->tlscacert, l->tlsdh};

	if (!l->tlscert || !l->tlskey)
		return error_set(
			err, ERROR_INVALID, "%s: https needs tlscert and tlskey", l->address);
	if (l->tlsverify && !l->tlscacert)
		return error_set(err, ERROR_INVALID, "%s: tlsverify needs tlscacert", l->address);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (files[i] && access(files[i], R_OK) == -1)
			return error_set(err, ERROR_INVALID, "%s: %s: %s", l->address, files[i],
				strerror(errno));
	return 0;
}

/* The way from a file of parameters into a context differs between OpenSSL 1.1 and 3. */
#if OPENSSL_VERSION_NUMBER >= 0x30000000L
static int use_dh(SSL_CTX *ctx, BIO *file)
{
	EVP_PKEY *params = PEM_read_bio_Parameters(file, NULL);

	if (params && SSL_CTX_set0_tmp_dh_pkey(ctx, params) == 1)
		return 0;
	EVP_PKEY_free(params);
	return -1;
}
#else
static int use_dh(SSL_CTX *ctx, BIO *file)
{
	DH *params = PEM_read_bio_DHparams(file, NULL, NULL, NULL);
	int rc = params && SSL_CTX_set_tmp_dh(ctx, params) == 1 ? 0 : -1;

	DH_free(params);
	return rc;
}
#endif

int tls_setup(SSL_CTX *ctx, const struct listener *l)
{
	BIO *file;
	int rc = -1;

	SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	/* by the server's name libwebsockets would move a client to another listener's context, and
	 * so to another idea of whose certificates are good */
	SSL_CTX_set_tlsext_servername_callback(ctx, NULL);
	if (!l->tlsdh)
		return 0;
	file = BIO_new_file(l->tlsdh, "r");
	if (file)
		rc = use_dh(ctx, file);
	BIO_free(file);
	if (rc)
		log_error("%s: %s: no usable Diffie-Hellman parameters", l->address, l->tlsdh);
	return rc;
}
