/* SPDX-License-Identifier: BSD-2-Clause */
#include "http/tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <unistd.h>

/* What OpenSSL has last complained about, in its words; its queue is emptied. */
static int unusable(struct error *err, const struct listener *l, const char *key, const char *file)
{
	unsigned long code = ERR_peek_last_error();
	const char *reason = code ? ERR_reason_error_string(code) : NULL;

	ERR_clear_error();
	return error_set(err, ERROR_INVALID, "%s: %s: %s cannot be used: %s", l->address, key, file,
		reason ? reason : "it has not what it must have");
}

static int check_readable(const struct listener *l, struct error *err)
{
	const struct {
		const char *key, *file;
	} files[] = {{"tlscert", l->tlscert}, {"tlskey", l->tlskey}, {"tlscacert", l->tlscacert},
		{"tlsdh", l->tlsdh}};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (files[i].file && access(files[i].file, R_OK) == -1)
			return error_errno(
				err, errno, "%s: %s: %s", l->address, files[i].key, files[i].file);
	return 0;
}

/* The way from a file of parameters into a context differs between OpenSSL 1.1 and 3. */
#if OPENSSL_VERSION_NUMBER >= 0x30000000L
static int set_dh(SSL_CTX *ctx, BIO *file)
{
	EVP_PKEY *params = PEM_read_bio_Parameters(file, NULL);

	if (params && SSL_CTX_set0_tmp_dh_pkey(ctx, params) == 1)
		return 0;
	EVP_PKEY_free(params);
	return -1;
}
#else
static int set_dh(SSL_CTX *ctx, BIO *file)
{
	DH *params = PEM_read_bio_DHparams(file, NULL, NULL, NULL);
	int rc = params && SSL_CTX_set_tmp_dh(ctx, params) == 1 ? 0 : -1;

	DH_free(params);
	return rc;
}
#endif

static int use_dh(SSL_CTX *ctx, const char *path)
{
	BIO *file = BIO_new_file(path, "r");
	int rc = file ? set_dh(ctx, file) : -1;

	BIO_free(file);
	return rc;
}

/* Loads everything once, as libwebsockets would only say that something did not work. */
static int try_files(SSL_CTX *ctx, const struct listener *l, struct error *err)
{
	ERR_clear_error();
	if (SSL_CTX_use_certificate_chain_file(ctx, l->tlscert) != 1)
		return unusable(err, l, "tlscert", l->tlscert);
	if (SSL_CTX_use_PrivateKey_file(ctx, l->tlskey, SSL_FILETYPE_PEM) != 1)
		return unusable(err, l, "tlskey", l->tlskey);
	if (l->tlscacert && SSL_CTX_load_verify_locations(ctx, l->tlscacert, NULL) != 1)
		return unusable(err, l, "tlscacert", l->tlscacert);
	if (l->tlsdh && use_dh(ctx, l->tlsdh))
		return unusable(err, l, "tlsdh", l->tlsdh);
	return 0;
}

int tls_check(const struct listener *l, struct error *err)
{
	SSL_CTX *ctx;
	int rc;

	if (!l->tlscert || !l->tlskey)
		return error_set(
			err, ERROR_INVALID, "%s: https needs tlscert and tlskey", l->address);
	if (l->tlsverify && !l->tlscacert)
		return error_set(err, ERROR_INVALID, "%s: tlsverify needs tlscacert", l->address);
	if (check_readable(l, err))
		return -1;
	ctx = SSL_CTX_new(TLS_server_method());
	if (!ctx)
		return error_set(err, ERROR_SYSTEM, "%s: cannot set up OpenSSL", l->address);
	rc = try_files(ctx, l, err);
	SSL_CTX_free(ctx);
	return rc;
}

int tls_setup(SSL_CTX *ctx, const struct listener *l)
{
	SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	/* what only waits keeps none */
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	/* by the server's name libwebsockets would move a client to another listener's context, and
	 * so to another idea of whose certificates are good */
	SSL_CTX_set_tlsext_servername_callback(ctx, NULL);
	/* its own callback asks ours for a verdict, and takes silence for consent */
	if (l->tlsverify)
		SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	return l->tlsdh ? use_dh(ctx, l->tlsdh) : 0;
}
