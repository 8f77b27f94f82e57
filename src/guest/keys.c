/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lab's two SSH key pairs. */
#include "guest/keys.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/io.h"
#include "guest/cpio.h"
#include "guest/keys-private.h"

static int open_pair(const char *path, ssh_key *ret, struct err *err)
{
	mode_t old;
	int r;

	if (ssh_pki_import_privkey_file(path, NULL, NULL, NULL, ret) == SSH_OK)
		return 0;
	if (ssh_pki_generate(SSH_KEYTYPE_ED25519, 0, ret) != SSH_OK)
		return err_set(err, EIO, "SSH key '%s': cannot be made", path);
	/* libssh creates the file with the process's umask. */
	old = umask(077);
	r = ssh_pki_export_privkey_file(*ret, NULL, NULL, NULL, path);
	(void)umask(old);
	if (r != SSH_OK)
		return err_set(err, EIO, "SSH key '%s': cannot be written", path);
	return 0;
}

int guest_keys_open(const char *dir, struct guest_keys **ret, struct err *err)
{
	auto_free char *host = xasprintf("%s/ssh_host_ed25519_key", dir);
	auto_free char *login = xasprintf("%s/id_ed25519", dir);
	struct guest_keys *keys;
	int r = io_mkdirs(dir, 0700, err);

	if (r < 0)
		return r;
	if (ssh_init() < 0)
		return err_set(err, EIO, "libssh does not start");
	keys = xcalloc(1, sizeof(*keys));
	keys->dir = xstrdup(dir);
	r = open_pair(host, &keys->host, err);
	if (r == 0)
		r = open_pair(login, &keys->login, err);
	if (r < 0) {
		guest_keys_free(keys);
		return r;
	}
	*ret = keys;
	return 0;
}

void guest_keys_free(struct guest_keys *keys)
{
	if (!keys)
		return;
	ssh_key_free(keys->host);
	ssh_key_free(keys->login);
	free(keys->dir);
	free(keys);
}

/* "ssh-ed25519 AAAA... labd" */
static int add_public(struct str *out, ssh_key key, struct err *err)
{
	char *text;

	if (ssh_pki_export_pubkey_base64(key, &text) != SSH_OK)
		return err_set(err, EIO, "SSH key: its public half cannot be exported");
	str_addf(out, "%s %s labd\n", ssh_key_type_to_char(ssh_key_type(key)), text);
	ssh_string_free_char(text);
	return 0;
}

int guest_keys_text(const struct guest_keys *keys, struct guest_keys_text *ret, struct err *err)
{
	auto_free char *host = xasprintf("%s/ssh_host_ed25519_key", keys->dir);
	int r = io_read_file(host, 65536, &ret->host, err);

	if (r == 0)
		r = add_public(&ret->host_public, keys->host, err);
	if (r == 0)
		r = add_public(&ret->authorized, keys->login, err);
	return r;
}

void guest_keys_text_free(struct guest_keys_text *text)
{
	str_free(&text->host);
	str_free(&text->host_public);
	str_free(&text->authorized);
}

int guest_keys_initrd(const struct guest_keys *keys, const char *base, const char *path,
		      struct err *err)
{
	auto_keys_text struct guest_keys_text text = { 0 };
	auto_str struct str out = { 0 };
	int r = io_read_file(base, 256 << 20, &out, err);

	if (r == 0)
		r = guest_keys_text(keys, &text, err);
	if (r < 0)
		return err_context(err, "initrd");
	/* The kernel reads archives one after another; each begins at a multiple of four. */
	while (out.len % 4)
		str_add(&out, "\0", 1);
	cpio_add(&out, "labd", 040755, NULL, 0);
	cpio_add(&out, "labd/ssh_host_ed25519_key", 0100600, text.host.data, text.host.len);
	cpio_add(&out, "labd/ssh_host_ed25519_key.pub", 0100644, text.host_public.data,
		 text.host_public.len);
	cpio_add(&out, "labd/authorized_keys", 0100600, text.authorized.data, text.authorized.len);
	cpio_end(&out);
	return io_write_file(path, out.data, out.len, 0600, err);
}
