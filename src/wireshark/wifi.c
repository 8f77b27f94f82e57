/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keys to what is in the air, as Wireshark takes them. */
#include <ctype.h>
#include <string.h>

#include "wireshark/manner.h"

#define KEYS_MAX 256 /* of one lab: what a guest says is bounded */

void wireshark_wifi_key(const struct wireshark_wifi *wifi, struct str *out)
{
	const char *const parts[] = { wifi->passphrase, wifi->ssid };

	if (*wifi->pmk) {
		str_addf(out, "\"wpa-psk\",\"%s\"", wifi->pmk);
		return;
	}
	str_adds(out, "\"wpa-pwd\",\"");
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		if (i)
			str_adds(out, ":");
		for (const char *p = parts[i]; *p; p++)
			str_addf(out, isalnum((unsigned char)*p) ? "%c" : "%%%02x",
				 (unsigned char)*p);
	}
	str_adds(out, "\"");
}

static void add_pmk(const char *digits, struct wireshark_wifi **list, size_t *n)
{
	struct wireshark_wifi *wifi;

	for (size_t i = 0; i < *n; i++)
		if (strncmp((*list)[i].pmk, digits, WIRESHARK_PMK_DIGITS) == 0)
			return;
	wifi = array_add(*list, *n);
	memcpy(wifi->pmk, digits, WIRESHARK_PMK_DIGITS);
}

/* Lines "MAC PMK"; a guest wrote them. */
static void add_pmks(const char *table, struct wireshark_wifi **list, size_t *n)
{
	for (const char *at = table; at && *at;) {
		const char *end = strchrnul(at, '\n'), *digits = at + strcspn(at, " \n");

		digits += *digits == ' ';
		if (end - digits == WIRESHARK_PMK_DIGITS &&
		    strspn(digits, "0123456789abcdef") == WIRESHARK_PMK_DIGITS && *n < KEYS_MAX)
			add_pmk(digits, list, n);
		at = *end ? end + 1 : end;
	}
}

void wireshark_wifi_from_tables(const json_t *tables, struct wireshark_wifi **list, size_t *n)
{
	const json_t *table;
	size_t i;

	json_array_foreach(tables, i, table) {
		if (!str_eq(json_get_text(table, "kind", ""), "wifi-keys"))
			continue;
		add_pmks(json_get_text(table, "before", NULL), list, n);
		add_pmks(json_get_text(table, "after", NULL), list, n);
	}
}

void manner_of(const struct wireshark_setup *setup, struct manner *ret)
{
	*ret = (struct manner){ 0 };
	for (size_t i = 0; i < setup->n_wifi; i++) {
		struct str record = { 0 };

		wireshark_wifi_key(&setup->wifi[i], &record);
		*array_add(ret->keys, ret->n_keys) = str_take(&record);
	}
	for (size_t i = 0; i < setup->n_macs; i++)
		*array_add(ret->macs, ret->n_macs) = setup->macs[i];
}

int manner_set(struct sharkd *s, const struct manner *m, struct err *err)
{
	int r = m->n_keys ? sharkd_set(s, "wlan.enable_decryption", "TRUE", err) : 0;

	for (size_t i = 0; r == 0 && i < m->n_keys; i++)
		r = sharkd_set(s, "uat:80211_keys", m->keys[i], err);
	return r;
}

void manner_describe(const struct manner *m, struct str *out)
{
	char mac[NET_TEXT];

	for (size_t i = 0; i < m->n_keys; i++)
		str_addf(out, "key %s\n", m->keys[i]);
	for (size_t i = 0; i < m->n_macs; i++)
		str_addf(out, "card %s\n", net_mac_text(m->macs[i], mac));
}

void manner_free(struct manner *m)
{
	for (size_t i = 0; i < m->n_keys; i++)
		free(m->keys[i]);
	free(m->keys);
	free(m->macs);
	*m = (struct manner){ 0 };
}
