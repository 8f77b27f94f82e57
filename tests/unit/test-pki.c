/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lab's CA: what it issues verifies, for that host, for that CA, and for nothing else. */
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <time.h>

#include "base/child.h"
#include "lib/tests.h"
#include "pki/pki.h"

static gnutls_datum_t datum(const char *text)
{
	return (gnutls_datum_t){ (unsigned char *)(uintptr_t)text, (unsigned int)strlen(text) };
}

/* One CA and one server certificate for all tests: RSA keys are slow. */
struct fixture {
	struct pki *pki, *other;
	char *cert, *key;
};

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	struct err err = ERR_INIT;

	if (make_folder(NULL) < 0 || pki_new("school", &f->pki, &err) < 0 ||
	    pki_new("other", &f->other, &err) < 0 ||
	    pki_issue(f->pki, "www.google.com", NULL, &f->cert, &f->key, &err) < 0) {
		fprintf(stderr, "%s\n", err.msg);
		return -1;
	}
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	pki_free(f->pki);
	pki_free(f->other);
	free(f->cert);
	free(f->key);
	free(f);
	return remove_folder(NULL);
}

/* The verification status (0: good) of a chain for a host, with one CA trusted. */
static unsigned int verify(const char *ca_pem, const char *chain_pem, const char *host)
{
	gnutls_x509_trust_list_t trust;
	gnutls_x509_crt_t *chain, *cas;
	unsigned int n, n_cas, status = 0, i;
	gnutls_datum_t ca = datum(ca_pem), pem = datum(chain_pem);
	gnutls_typed_vdata_st want[] = {
		{ GNUTLS_DT_DNS_HOSTNAME, (unsigned char *)(uintptr_t)host, 0 },
		{ GNUTLS_DT_KEY_PURPOSE_OID, (unsigned char *)(uintptr_t)GNUTLS_KP_TLS_WWW_SERVER,
		  0 },
	};

	assert_int_equal(gnutls_x509_trust_list_init(&trust, 0), 0);
	assert_true(gnutls_x509_crt_list_import2(&cas, &n_cas, &ca, GNUTLS_X509_FMT_PEM, 0) >= 0);
	assert_int_equal(n_cas, 1);
	assert_true(gnutls_x509_trust_list_add_cas(trust, cas, n_cas, 0) == 1);
	assert_true(gnutls_x509_crt_list_import2(&chain, &n, &pem, GNUTLS_X509_FMT_PEM, 0) >= 0);
	assert_int_equal(
		gnutls_x509_trust_list_verify_crt2(trust, chain, n, want, 2, 0, &status, NULL), 0);
	for (i = 0; i < n; i++)
		gnutls_x509_crt_deinit(chain[i]);
	gnutls_free(chain);
	gnutls_free(cas);
	gnutls_x509_trust_list_deinit(trust, 1);
	return status;
}

static void test_chain_verifies(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(verify(pki_ca_pem(f->pki), f->cert, "www.google.com"), 0);
}

static void test_other_host_is_refused(void **state)
{
	struct fixture *f = *state;

	assert_true(verify(pki_ca_pem(f->pki), f->cert, "www.example.com") &
		    GNUTLS_CERT_UNEXPECTED_OWNER);
}

static void test_other_lab_is_refused(void **state)
{
	struct fixture *f = *state;

	assert_true(verify(pki_ca_pem(f->other), f->cert, "www.google.com") &
		    GNUTLS_CERT_SIGNER_NOT_FOUND);
}

static void load_first(const char *pem, gnutls_x509_crt_t *ret)
{
	gnutls_datum_t data = datum(pem);

	assert_int_equal(gnutls_x509_crt_init(ret), 0);
	assert_int_equal(gnutls_x509_crt_import(*ret, &data, GNUTLS_X509_FMT_PEM), 0);
}

static void test_ca_fields(void **state)
{
	struct fixture *f = *state;
	gnutls_x509_crt_t ca;
	unsigned int critical, is_ca, usage;
	int path_len;
	char cn[128];
	size_t size = sizeof(cn);
	time_t now = time(NULL);

	load_first(pki_ca_pem(f->pki), &ca);
	assert_int_equal(
		gnutls_x509_crt_get_dn_by_oid(ca, GNUTLS_OID_X520_COMMON_NAME, 0, 0, cn, &size), 0);
	assert_string_equal(cn, "labd CA of school");
	assert_true(gnutls_x509_crt_get_basic_constraints(ca, &critical, &is_ca, &path_len) >= 0);
	assert_true(is_ca);
	assert_int_equal(path_len, 0);
	assert_int_equal(gnutls_x509_crt_get_key_usage(ca, &usage, &critical), 0);
	assert_int_equal(usage, GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN);
	assert_int_equal(gnutls_x509_crt_get_pk_algorithm(ca, NULL), GNUTLS_PK_ECDSA);
	assert_in_range(gnutls_x509_crt_get_activation_time(ca), now - 86400 - 600, now - 86400);
	assert_int_equal(gnutls_x509_crt_get_expiration_time(ca) -
				 gnutls_x509_crt_get_activation_time(ca),
			 3 * 365 * 86400);
	gnutls_x509_crt_deinit(ca);
}

static void test_server_fields(void **state)
{
	struct fixture *f = *state;
	gnutls_x509_crt_t cert;
	unsigned int critical, bits, usage;
	char name[256];
	size_t size = sizeof(name);

	load_first(f->cert, &cert);
	assert_int_equal(gnutls_x509_crt_get_pk_algorithm(cert, &bits), GNUTLS_PK_RSA);
	assert_int_equal(bits, 2048);
	assert_int_equal(gnutls_x509_crt_get_key_usage(cert, &usage, &critical), 0);
	assert_int_equal(usage, GNUTLS_KEY_DIGITAL_SIGNATURE | GNUTLS_KEY_KEY_ENCIPHERMENT);
	assert_int_equal(gnutls_x509_crt_get_subject_alt_name(cert, 0, name, &size, NULL),
			 GNUTLS_SAN_DNSNAME);
	assert_string_equal(name, "www.google.com");
	size = sizeof(name);
	assert_int_equal(gnutls_x509_crt_get_subject_alt_name(cert, 1, name, &size, NULL),
			 GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE);
	gnutls_x509_crt_deinit(cert);
}

/* The key belongs to the certificate, and is PKCS #8 without a password. */
static void test_key_matches(void **state)
{
	struct fixture *f = *state;
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t cert;
	gnutls_datum_t pem = datum(f->key);
	unsigned char a[64], b[64];
	size_t la = sizeof(a), lb = sizeof(b);

	assert_true(str_prefix(f->key, "-----BEGIN PRIVATE KEY-----\n"));
	assert_int_equal(gnutls_x509_privkey_init(&key), 0);
	assert_int_equal(gnutls_x509_privkey_import(key, &pem, GNUTLS_X509_FMT_PEM), 0);
	load_first(f->cert, &cert);
	assert_int_equal(gnutls_x509_privkey_get_key_id(key, 0, a, &la), 0);
	assert_int_equal(gnutls_x509_crt_get_key_id(cert, 0, b, &lb), 0);
	assert_int_equal(la, lb);
	assert_memory_equal(a, b, la);
	gnutls_x509_crt_deinit(cert);
	gnutls_x509_privkey_deinit(key);
}

static void test_certificates_differ(void **state)
{
	struct fixture *f = *state;
	auto_free char *cert = NULL;
	auto_free char *key = NULL;
	struct err err = ERR_INIT;

	assert_int_equal(pki_issue(f->pki, "www.google.com", NULL, &cert, &key, &err), 0);
	assert_string_not_equal(cert, f->cert);
	assert_string_not_equal(key, f->key);
	assert_string_not_equal(pki_ca_pem(f->pki), pki_ca_pem(f->other));
}

static void test_bad_names(void **state)
{
	static const char *const bad[] = {
		"", ".", "a.", ".a", "a b", "a/b", "www.google.com\n", "*.com", "k\xc3\xb6"
	};
	struct fixture *f = *state;
	char longest[255];
	char *cert = NULL, *key = NULL;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		struct err err = ERR_INIT;

		assert_int_equal(pki_issue(f->pki, bad[i], NULL, &cert, &key, &err), -EINVAL);
		assert_int_equal(err.code, -EINVAL);
		assert_true(err.msg[0]);
	}
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(pki_issue(f->pki, longest, NULL, &cert, &key, NULL), -EINVAL);
	assert_null(cert);
	assert_null(key);
}

static void test_long_lab_name(void **state)
{
	struct pki *pki = NULL;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(pki_new("a-name-that-is-far-too-long-for-the-common-name-of-a-certificate",
				 &pki, &err),
			 -EINVAL);
	assert_null(pki);
	assert_int_equal(pki_new("abcdefghijklmnopqrstuvwxyz012345", &pki, &err), 0);
	pki_free(pki);
}

/* A name too long for a common name is in subjectAltName all the same. */
static void test_long_host(void **state)
{
	static const char host[] = "a.very.long.host.name.that.goes.on.and.on.until.it.has.more."
				   "than.64.bytes.example.com";
	struct fixture *f = *state;
	auto_free char *cert = NULL;
	auto_free char *key = NULL;

	assert_int_equal(pki_issue(f->pki, host, NULL, &cert, &key, NULL), 0);
	assert_int_equal(verify(pki_ca_pem(f->pki), cert, host), 0);
}

/* Each fault is found by who verifies, and no other. */
static void test_faults(void **state)
{
	static const struct {
		const char *fault;
		unsigned int found;
	} rows[] = {
		{ "expired", GNUTLS_CERT_EXPIRED },
		{ "wrong-name", GNUTLS_CERT_UNEXPECTED_OWNER },
		{ "self-signed", GNUTLS_CERT_SIGNER_NOT_FOUND },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		auto_free char *cert = NULL;
		auto_free char *key = NULL;

		assert_int_equal(
			pki_issue(f->pki, "www.google.com", rows[i].fault, &cert, &key, NULL), 0);
		if (verify(pki_ca_pem(f->pki), cert, "www.google.com") !=
		    (GNUTLS_CERT_INVALID | rows[i].found))
			fail_msg("%s: %#x", rows[i].fault,
				 verify(pki_ca_pem(f->pki), cert, "www.google.com"));
	}
}

/* OpenSSL, which the guests' curl and nginx use, agrees. */
static void test_openssl_verifies(void **state)
{
	struct fixture *f = *state;
	struct child_opts opts = { .stderr_fd = -1 };
	auto_str struct str out = { 0 };
	struct err err = ERR_INIT;
	auto_free char *ca = xasprintf("%s/ca.crt", folder);
	auto_free char *cert = xasprintf("%s/site.crt", folder);
	int rc;

	assert_int_equal(
		io_write_file(ca, pki_ca_pem(f->pki), strlen(pki_ca_pem(f->pki)), 0600, &err), 0);
	assert_int_equal(io_write_file(cert, f->cert, strlen(f->cert), 0600, &err), 0);
	rc = child_run((const char *[]){ "openssl", "verify", "-x509_strict", "-purpose",
					 "sslserver", "-verify_hostname", "www.google.com",
					 "-CAfile", ca, cert, NULL },
		       &opts, &out, &err);
	if (rc == -ENOENT)
		skip_test("there is no openssl");
	if (rc != 0)
		fprintf(stderr, "openssl: %d %s %s\n", rc, err.msg, str_text(&out));
	assert_int_equal(rc, 0);
}

/* What was kept is the same CA: what it issues then verifies against the certificate of before. */
static void test_kept(void **state)
{
	char path[] = "/tmp/test-pki.XXXXXX";
	auto_close int fd = mkstemp(path);
	auto_pki struct pki *first = NULL;
	auto_pki struct pki *second = NULL;
	auto_free char *cert = NULL;
	auto_free char *key = NULL;
	struct err err = ERR_INIT;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(pki_open(path, "school", &first, &err), -EIO);
	assert_non_null(strstr(err.msg, path)); /* an empty file is no CA */
	assert_int_equal(unlink(path), 0);
	assert_int_equal(pki_open(path, "school", &first, &err), 0);
	assert_int_equal(pki_open(path, "school", &second, &err), 0);
	assert_string_equal(pki_ca_pem(first), pki_ca_pem(second));
	assert_int_equal(pki_issue(second, "a.example", NULL, &cert, &key, &err), 0);
	assert_int_equal(verify(pki_ca_pem(first), cert, "a.example"), 0);
	assert_int_equal(unlink(path), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chain_verifies),
		cmocka_unit_test(test_other_host_is_refused),
		cmocka_unit_test(test_other_lab_is_refused),
		cmocka_unit_test(test_ca_fields),
		cmocka_unit_test(test_server_fields),
		cmocka_unit_test(test_key_matches),
		cmocka_unit_test(test_certificates_differ),
		cmocka_unit_test(test_bad_names),
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_long_lab_name),
		cmocka_unit_test(test_long_host),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_openssl_verifies),
	};

	return cmocka_run_group_tests_name("pki", tests, setup, teardown);
}
