/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the story says by itself, in the languages that it speaks. */
#include "report/words.h"

#include "base/str.h"

const char *const words_languages[] = { "en", "ko", NULL };

bool words_speaks(const char *lang)
{
	for (size_t i = 0; words_languages[i]; i++)
		if (str_eq(lang, words_languages[i]))
			return true;
	return false;
}

static const struct {
	const char *value; /* in the JSON; NULL: not there */
	const char *en, *ko;
} words[N_WORDS] = {
	[WORD_HOLDS] = { "holds", "holds", "맞음" },
	[WORD_FAILS] = { "fails", "FAILS", "틀림" },
	[WORD_NOT_REACHED] = { "not-reached", "not reached", "도달하지 못함" },
	[WORD_NOT_JUDGED] = { "not-judged", "not judged", "판정하지 못함" },
	[WORD_SKIPPED] = { "skipped", "left out", "제외" },
	[WORD_PASSED] = { "passed", "passed", "성공" },
	[WORD_FAILED] = { "failed", "FAILED", "실패" },
	[WORD_INTERRUPTED] = { "interrupted", "interrupted", "중단됨" },
	[WORD_RUNNING] = { "running", "in progress", "진행 중" },
	[WORD_DELIVERED] = { "delivered", "delivered", "도착" },
	[WORD_LOST] = { "lost", "LOST", "유실" },
	[WORD_DROPPED] = { "dropped", "DROPPED", "폐기됨" },
	[WORD_UNCLEAR] = { "changed-or-dropped", "changed or dropped", "변경되었거나 폐기됨" },
	[WORD_OPEN] = { "open", "under way at the end", "종료 시점에 이동 중" },
	[WORD_USED_UP] = { "used-up", "TTL used up", "TTL 만료" },
	[WORD_NETWORK_UNREACHABLE] = { "network-unreachable", "network unreachable",
				       "네트워크에 도달할 수 없음" },
	[WORD_HOST_UNREACHABLE] = { "host-unreachable", "host unreachable",
				    "호스트에 도달할 수 없음" },
	[WORD_PROTOCOL_UNREACHABLE] = { "protocol-unreachable", "protocol unreachable",
					"프로토콜에 도달할 수 없음" },
	[WORD_PORT_UNREACHABLE] = { "port-unreachable", "port unreachable",
				    "포트에 도달할 수 없음" },
	[WORD_FRAGMENTATION_NEEDED] = { "fragmentation-needed", "too big, and may not be cut",
					"너무 크지만 단편화가 금지됨" },
	[WORD_PROHIBITED] = { "prohibited", "prohibited", "금지됨" },
	[WORD_UNREACHABLE] = { "unreachable", "unreachable", "도달할 수 없음" },
	[WORD_TIME_EXCEEDED] = { "time-exceeded", "time exceeded", "시간 초과" },
	[WORD_FRAGMENT_MISSING] = { "fragment-missing", "a fragment is missing",
				    "단편이 다 모이지 않음" },
	[WORD_BAD_HEADER] = { "bad-header", "its header is wrong", "헤더가 잘못됨" },
	[WORD_SENT] = { "sent", "sent", "보냄" },
	[WORD_PASSED_ON] = { "passed-on", "passed on", "전달" },
	[WORD_REPEATED] = { "repeated", "sent again", "재전송" },
	[WORD_FLOODED] = { "flooded", "flooded", "플러딩" },
	[WORD_SWITCHED] = { "switched", "switched", "스위칭" },
	[WORD_FORWARDED] = { "forwarded", "forwarded", "포워딩" },
	[WORD_TRANSLATED] = { "translated", "translated", "주소 변환" },
	[WORD_ANSWERED] = { "answered", "answered", "응답" },
	[WORD_IGNORED] = { "ignored", "ignored", "무시" },
	[WORD_EXPIRED] = { "expired", "EXPIRED (TTL)", "TTL 만료" },
	[WORD_RESTING] = { "resting", "not seen again", "이후 관측되지 않음" },
	[WORD_BEFORE] = { NULL, "before the run:", "실행 전:" },
	[WORD_AFTER] = { NULL, "after the run:", "실행 후:" },
	[WORD_EQUAL_PATHS] = { NULL, "equal-cost paths:", "비용이 같은 경로:" },
	[WORD_SAME] = { NULL, "the same", "같음" },
	[WORD_ONLY] = { NULL, "only in", "한쪽에만:" },
	[WORD_NO_PHASE] = { NULL, "in no phase", "어느 단계에도 속하지 않음" },
	[WORD_EVERY_PHASE_HOLDS] = { NULL, "every phase holds", "모든 단계가 맞음" },
	[WORD_FAILS_IN] = { NULL, "fails in", "실패한 단계:" },
	[WORD_FAILED_IN_DOING] = { NULL, "in what was done; no phase fails",
				   "실행 중에 실패했고, 틀린 단계는 없음" },
	[WORD_BYTES] = { NULL, "bytes", "바이트" },
	[WORD_NO_FRAME] = { NULL, "no frame matches", "일치하는 프레임이 없음" },
	[WORD_FORBIDDEN] = { NULL, "must not be there", "없어야 하는 프레임" },
	[WORD_FRAMES] = { NULL, "frames", "프레임" },
	[WORD_NEAREST] = { NULL, "nearest is frame", "가장 가까운 프레임:" },
	[WORD_IS] = { NULL, "has", "실제 값" },
	[WORD_NOT] = { NULL, "not", "기대한 값" },
	[WORD_REMARK] = { NULL, "remark", "알아 둘 점" },
	[WORD_WIRE] = { NULL, "the wire", "실제" },
	[WORD_REACHED] = { NULL, "the last packet got as far as", "마지막 패킷이 도달한 곳:" },
	[WORD_OTHER_PACKETS] = { NULL, "other packets", "다른 패킷" },
	[WORD_UNMATCHED] = { NULL, "frames that came from nowhere", "출처를 알 수 없는 프레임" },
	[WORD_NOTE] = { NULL, "note", "참고" },
};

const char *words_get(enum word word, const char *lang)
{
	return str_eq(lang, "ko") ? words[word].ko : words[word].en;
}

const char *words_of(const char *value, const char *lang)
{
	for (int i = 0; i < N_WORDS; i++)
		if (words[i].value && str_eq(words[i].value, value))
			return words_get((enum word)i, lang);
	return value;
}

const char *words_text(const json_t *text, const char *lang)
{
	const char *found = json_get_text(text, lang, NULL);

	for (int i = 0; !found && words_languages[i]; i++)
		found = json_get_text(text, words_languages[i], NULL);
	return found ? found : "";
}
