/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the frames of 802.11 itself are (IEEE 802.11, 9.3.3 and 11.3), in words. */
#include "report/air.h"

#include <string.h>

#include "base/str.h"

static const struct {
	const char *info, *en, *ko;
} kinds[] = {
	{ "Beacon frame", "Beacon: an access point announces its network",
	  "비컨: AP가 자기 네트워크를 알림" },
	{ "Probe Request", "Probe request: who is there?", "프로브 요청: 누가 있는가?" },
	{ "Probe Response", "Probe response: an access point answers the station that asked",
	  "프로브 응답: AP가 요청한 스테이션에 응답함" },
	{ "Authentication", "Authentication: the first step of joining", "인증: 접속의 첫 단계" },
	{ "Deauthentication", "Deauthentication: one of the two ends it",
	  "인증 해제: 한쪽이 끝냄" },
	{ "Association Request", "Association request: a station wants to join",
	  "결합 요청: 스테이션이 접속하려 함" },
	{ "Association Response", "Association response: the access point lets it in or not",
	  "결합 응답: AP가 받아들이거나 거절함" },
	{ "Reassociation Request",
	  "Reassociation request: a station comes from another access point",
	  "재결합 요청: 스테이션이 다른 AP에서 옮겨 옴" },
	{ "Reassociation Response", "Reassociation response: the access point lets it in or not",
	  "재결합 응답: AP가 받아들이거나 거절함" },
	{ "Disassociate", "Disassociation: a station leaves, or is sent away",
	  "결합 해제: 스테이션이 나가거나 내보내짐" },
	{ "Action", "Action: the two agree on something by the way",
	  "액션: 둘이 부수적인 것을 협의함" },
	{ "Null function (No data)", "Null: no data; whether the station sleeps",
	  "널: 데이터 없음; 스테이션의 절전 여부를 알림" },
	{ "Acknowledgement", "Acknowledgement: the frame before arrived",
	  "확인 응답: 앞의 프레임이 도착함" },
	{ "Data", "Data, encrypted", "암호화된 데이터" },
};

/* The network's name as Wireshark prints it, in quotes (older ones without); 0: it says none. */
static size_t find_ssid(const char *info, const char **ret)
{
	const char *at = strstr(info, "SSID=");
	size_t len;

	if (!at || strstr(at, "Wildcard") || strstr(at, "<MISSING>"))
		return 0;
	at += strlen("SSID=");
	len = strlen(at);
	if (len >= 2 && *at == '"' && at[len - 1] == '"') {
		at++;
		len -= 2;
	}
	*ret = at;
	return len;
}

json_t *air_words(const char *info)
{
	size_t kind = strcspn(info, ",");
	const char *ssid = NULL;
	int len = (int)find_ssid(info, &ssid);

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strlen(kinds[i].info) != kind || !str_prefix(info, kinds[i].info))
			continue;
		if (!len)
			return json_pack("{s:s, s:s}", "en", kinds[i].en, "ko", kinds[i].ko);
		return json_pack("{s:o, s:o}", "en",
				 json_sprintf("%s, ‘%.*s’", kinds[i].en, len, ssid), "ko",
				 json_sprintf("%s, ‘%.*s’", kinds[i].ko, len, ssid));
	}
	return NULL;
}
