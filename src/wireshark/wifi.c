/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keys to what is in the air, as Wireshark takes them. */
#include <ctype.h>

#include "wireshark/question.h"

void wireshark_wifi_key(const struct wireshark_wifi *wifi, struct str *out)
{
	const char *const parts[] = { wifi->passphrase, wifi->ssid };

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		if (i)
			str_adds(out, ":");
		for (const char *p = parts[i]; *p; p++)
			str_addf(out, isalnum((unsigned char)*p) ? "%c" : "%%%02x",
				 (unsigned char)*p);
	}
}

int question_set_wifi(struct sharkd *s, const struct wireshark_wifi *wifi, size_t n,
		      struct err *err)
{
	int r = n ? sharkd_set(s, "wlan.enable_decryption", "TRUE", err) : 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		auto_str struct str record = { 0 };

		str_adds(&record, "\"wpa-pwd\",\"");
		wireshark_wifi_key(&wifi[i], &record);
		str_adds(&record, "\"");
		r = sharkd_set(s, "uat:80211_keys", record.data, err);
	}
	return r;
}
