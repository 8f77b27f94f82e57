/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* English sentences by their form, and what they are in Korean. */
#include "report/sentences.h"

#include <ctype.h>
#include <string.h>

#include "base/korean.h"
#include "base/str.h"

#define VALUES_MAX 4
#define DEEPEST 6    /* a sentence within a sentence */
#define LONGEST 2000 /* bytes; what is longer stays as it is */

/*
 * {0} is any text, which may be a sentence of its own; <0> is a number. Those with more words stand
 * before those that they could be taken for.
 */
static const struct form {
	const char *en, *ko;
} forms[] = {
	/* of a run */
	{ "interrupted: the lab was taken down", "중단되었다: 실습망을 내렸다" },
	{ "interrupted", "중단되었다" },
	{ "the {0} of link '{1}' ended by signal <2>",
	  "링크 ‘{1}’의 {0} 프로세스가 시그널 {2}로 끝났다" },
	{ "the {0} ended by signal <1>", "{0} 프로세스가 시그널 {1}로 끝났다" },
	{ "phase '{0}': expectation '{1}' at {2}: {3}", "‘{0}’ 단계: {2}의 기대 조건 ‘{1}’: {3}" },
	{ "expectation '{0}' at {1}: {2}", "{1}의 기대 조건 ‘{0}’: {2}" },
	{ "step '{0}' on node '{1}': {2}", "노드 ‘{1}’의 작업 ‘{0}’: {2}" },
	{ "step '{0}': {1}", "작업 ‘{0}’: {1}" },
	{ "file '{0}' of node '{1}': {2}", "노드 ‘{1}’의 파일 ‘{0}’: {2}" },
	{ "node '{0}': {1}", "노드 ‘{0}’: {1}" },
	{ "link '{0}' was down when the run began", "실행을 시작할 때 끊겨 있던 링크: ‘{0}’" },
	{ "the captures have reached their limit of <0> MiB", "캡처가 한도인 {0} MiB에 이르렀다" },
	{ "the captures cannot be asked: {0}", "캡처에 물어볼 수 없다: {0}" },
	{ "the capture does not start: {0}", "캡처가 시작되지 않는다: {0}" },
	{ "the capture does not stop: {0}", "캡처가 끝나지 않는다: {0}" },
	{ "link '{0}': is not as it was before the run: {1}",
	  "링크 ‘{0}’: 실행 전의 상태로 돌아가지 않았다: {1}" },
	{ "the guest hangs, or its sshd was killed: it does not answer",
	  "게스트가 멈췄거나 sshd가 강제로 끝나, 응답하지 않는다" },
	{ "its QEMU was killed or has failed", "QEMU가 강제로 끝났거나 실패했다" },
	{ "the guest shut itself down", "게스트가 스스로 종료했다" },
	{ "its kernel panicked: {0}", "커널 패닉이 일어났다: {0}" },
	{ "ran out of memory: its kernel killed '{0}'",
	  "메모리가 부족해 커널이 끝낸 프로그램: ‘{0}’" },
	/* of what a lab has no part for: src/role/cast.h */
	{ "left out, {0}: {1}", "제외({0}): {1}" },
	{ "the client uses no Wi-Fi", "클라이언트가 와이파이를 쓰지 않는다" },
	{ "not just one access point has the network", "이 네트워크의 AP가 하나가 아니다" },
	{ "the Wi-Fi is not one of WPA2 with a passphrase and a plain name",
	  "비밀번호를 쓰고 이름을 알리는 WPA2 와이파이가 아니다" },
	{ "the client has its address without DHCP",
	  "클라이언트의 주소는 DHCP로 받은 것이 아니다" },
	{ "not just one DHCP server, without a relay, answers the client",
	  "클라이언트에 응답하는 DHCP 서버가 하나가 아니거나 릴레이를 거친다" },
	{ "the DNS server is not in the client's network",
	  "DNS 서버가 클라이언트의 네트워크에 있지 않다" },
	{ "who passes the DNS server's questions on is not in the topology",
	  "DNS 서버의 질의를 누가 전달하는지 토폴로지에 없다" },
	{ "routers choose which way the questions take", "질의가 갈 길은 라우터가 정한다" },
	{ "no router is between the client and the page",
	  "클라이언트와 웹 서버 사이에 라우터가 없다" },
	{ "no link on the only way to the page has a delay",
	  "웹 서버까지의 길에 지연이 있는 링크가 없거나 길이 하나가 아니다" },
	{ "no zone lies between the root and that of '{0}'",
	  "루트와 ‘{0}’의 존 사이에 다른 존이 없다" },
	{ "the root's own server has the answer", "루트 서버 자신이 답을 안다" },
	{ "resolver '{0}' passes the question on", "리졸버 ‘{0}’가 질의를 넘긴다" },
	{ "<0> servers have the zone '{1}': any of them is asked",
	  "‘{1}’ 존의 서버가 {0}개여서 어느 서버에 물을지 알 수 없다" },
	/* of a step */
	{ "{0}, still so after <1> s", "{0}, {1}초 뒤에도 그대로다" },
	{ "{0}; before that: {1}", "{0}; 그 전에는: {1}" },
	{ "{0}; its last line: {1}", "{0}; 마지막 줄: {1}" },
	{ "not finished within <0> s", "{0}초 안에 끝나지 않았다" },
	{ "did not end within <0> s", "{0}초 안에 끝나지 않았다" },
	{ "the regular expression '{0}' takes too long on the output",
	  "출력에 정규식을 적용하는 데 너무 오래 걸린다: ‘{0}’" },
	{ "not over within <0> s", "{0}초 안에 끝나지 않았다" },
	{ "exit status <0> instead of <1>: {2}", "종료 상태가 {1}가 아니라 {0}다: {2}" },
	{ "exit status <0> instead of <1>", "종료 상태가 {1}가 아니라 {0}다" },
	{ "exit status <0>: {1}", "종료 상태 {0}: {1}" },
	{ "exit status <0>", "종료 상태 {0}" },
	{ "the output does not contain '{0}'", "출력에 다음이 없다: ‘{0}’" },
	{ "the output is not '{0}'", "출력이 다음과 다르다: ‘{0}’" },
	{ "fact '{0}': {1}", "결괏값 ‘{0}’: {1}" },
	{ "nothing in the output matches '{0}'", "출력에 다음과 일치하는 것이 없다: ‘{0}’" },
	/* of an expectation */
	{ "{0}; and <1> more", "{0}; 그 밖에 {1}개 더" },
	{ "no frame matches; frame <0> came nearest: its {1} is {2}, not {3}",
	  "일치하는 프레임이 없다; 가장 가까운 것은 프레임 {0}: {1} 값이 {3}가 아니라 {2}다" },
	{ "no frame matches; frame <0> came nearest: it has no {1} ({2})",
	  "일치하는 프레임이 없다; 가장 가까운 것은 프레임 {0}: {1}가 없다 ({2})" },
	{ "no frame matches; frame <0> came nearest: it does not match '{1}'",
	  "일치하는 프레임이 없다; 가장 가까운 것은 프레임 {0}: 다음과 일치하지 않는다: {1}" },
	/* older runs say it so */
	{ "no frame matches; frame <0> came nearest: not so there: {1}",
	  "일치하는 프레임이 없다; 가장 가까운 것은 프레임 {0}: 다음과 일치하지 않는다: {1}" },
	{ "no frame matches '{0}'", "다음과 일치하는 프레임이 없다: ‘{0}’" },
	{ "frame <0> matches, but is not after '{1}'",
	  "프레임 {0}는 일치하지만 다음 기대 조건의 뒤에 오지 않는다: ‘{1}’" },
	{ "<0> frame matches '{1}', the first is <2>; {3}",
	  "프레임 {0}개가 일치하고, 첫 번째는 {2}다: ‘{1}’; {3}" },
	{ "<0> frames match '{1}', the first is <2>; {3}",
	  "프레임 {0}개가 일치하고, 첫 번째는 {2}다: ‘{1}’; {3}" },
	{ "none may", "하나도 없어야 한다" },
	{ "it should be at least <0>", "최소 {0}개여야 한다" },
	{ "it should be at most <0>", "최대 {0}개여야 한다" },
	{ "it should be <0>", "{0}개여야 한다" },
	{ "frames in this air cannot be read: the handshake of their station is not in the capture",
	  "이 무선 구간의 프레임을 읽을 수 없다: 그 스테이션의 핸드셰이크가 캡처에 없다" },
	{ "the capture ends too early to say", "캡처가 너무 일찍 끝나 판단할 수 없다" },
	{ "it needs the value '{0}', which was not found", "필요한 값을 찾지 못했다: ‘{0}’" },
	{ "it needs the value '{0}', which was not judged", "필요한 값을 판정하지 못했다: ‘{0}’" },
	{ "it comes after '{0}', which has no frame",
	  "먼저 있어야 할 기대 조건의 프레임이 없다: ‘{0}’" },
	{ "it comes after '{0}', which was not judged",
	  "먼저 있어야 할 기대 조건을 판정하지 못했다: ‘{0}’" },
	/* notes */
	{ "the nodes' tables were not read: the run ended early",
	  "노드의 테이블을 읽지 못했다: 실행이 일찍 끝났다" },
	/* older runs say it so */
	{ "what nodes knew is not told: the run ended early",
	  "노드의 테이블을 읽지 못했다: 실행이 일찍 끝났다" },
	{ "the run is still in progress: what was captured so far is told",
	  "실행이 아직 진행 중이다: 지금까지 캡처한 것을 보여 준다" },
	{ "run.json contradicts itself: 'passed' is not what its steps say",
	  "run.json의 내용이 서로 어긋난다: 작업의 결과는 ‘성공’이 아니다" },
	{ "the run did not end: it left no run.json", "실행이 끝나지 않았다: run.json이 없다" },
	{ "the run was made by a newer version of labd; what this one knows of it is shown",
	  "더 새로운 버전의 labd로 한 실행이다; 이 labd가 아는 것만 보여 준다" },
	{ "the run was made by an older version of labd, which kept neither the lab nor the "
	  "experiment with it: what it found is shown, without journeys",
	  "실습망과 실험을 함께 보관하지 않던 이전 버전의 labd로 한 실행이다: 그때 찾은 것만, "
	  "여정 없이 보여 준다" },
	{ "topology.xml is missing: the captures are not judged again, and the packets' paths "
	  "are not shown",
	  "topology.xml이 없다: 캡처를 다시 판정하지 않으며, 패킷의 경로도 보여 주지 않는다" },
	{ "judged by '{0}', not by the experiment that ran: its phases alone",
	  "실행한 실험이 아니라 다음 실험으로, 그 단계만 판정했다: ‘{0}’" },
	{ "the run had {0} {1}, which '{2}' does not know",
	  "실행의 매개변수 {0} {1}는 ‘{2}’에 없다" },
	{ "topology.xml was changed after the run: it is not the lab that ran",
	  "topology.xml이 실행 뒤에 바뀌었다: 실행된 실습망이 아니다" },
	{ "experiment.xml is missing: the captures are not judged again",
	  "experiment.xml이 없다: 캡처를 다시 판정하지 않는다" },
	{ "experiment.xml was changed after the run: it gives no verdict on the run; "
	  "`labctl story --experiment FILE` judges by your own file",
	  "experiment.xml이 실행 뒤에 바뀌었다: 이것으로는 실행을 판정하지 않는다; 자신의 파일로 "
	  "판정하려면 "
	  "`labctl story --experiment FILE`" },
	{ "the captures are not judged again: the verdicts are those that the run recorded",
	  "캡처를 다시 판정하지 않는다: 판정은 실행할 때 기록한 것이다" },
	{ "without the lab that ran, nothing is judged by another experiment",
	  "실행된 실습망이 없으면 다른 실험으로 판정하지 않는다" },
	{ "there are more packets than a story tells", "이야기에 다 담지 못한 패킷이 더 있다" },
	{ "<0> packets that prove nothing are not in the page",
	  "아무것도 증명하지 않는 패킷 {0}개는 페이지에 없다" },
	{ "<0> frames are not in the page, which holds <1>",
	  "프레임 {0}개는 페이지에 없다 (최대 {1}개)" },
	{ "table '{0}' of '{1}' before the run: {2}", "실행 전 ‘{1}’의 테이블 ‘{0}’: {2}" },
	{ "table '{0}' of '{1}' after the run: {2}", "실행 후 ‘{1}’의 테이블 ‘{0}’: {2}" },
	{ "there are more than are kept, or some were missed",
	  "보관하는 것보다 많거나, 놓친 것이 있다" },
	{ "capture '{0}': belongs to {1}, not to {2}", "캡처 ‘{0}’: {2}가 아니라 {1}의 것이다" },
	{ "capture '{0}': {1}", "캡처 ‘{0}’: {1}" },
	{ "{0}: what it would have shown is not known", "{0}: 무엇을 보여 주었을지 알 수 없다" },
	{ "{0}: what comes after is not known", "{0}: 그 뒤는 알 수 없다" },
	{ "'{0}': no key for <1> of its frames: their handshake {2}",
	  "‘{0}’: 프레임 {1}개의 키가 없다: 핸드셰이크가 캡처에 없다" },
	{ "'{0}': what is encrypted stays encrypted: {1}",
	  "‘{0}’: 암호화된 부분은 그대로 둔다: {1}" },
	{ "'{0}' is not installed: it comes with the Debian package {1}",
	  "설치되지 않음: ‘{0}’, 데비안 패키지 {1}에 들어 있다" },
	{ "'{0}': no answer after <1> s of work", "‘{0}’: {1}초 동안 작업했지만 응답이 없다" },
	{ "'{0}': has stood still for <1> s", "‘{0}’: {1}초 동안 멈춰 있었다" },
	{ "'{0}': killed by signal <1> ({2})", "‘{0}’: 시그널 {1}로 끝났다 ({2})" },
	{ "'{0}' has ended", "종료된 프로그램: ‘{0}’" },
	{ "'{0}' ended: {1}", "종료된 프로그램: ‘{0}’, {1}" },
	{ "it said nothing", "출력 없음" },
	{ "ends inside the block at byte <0>", "바이트 {0}에서 시작하는 블록 안에서 끝난다" },
	{ "not valid pcapng: {0} in the block at byte <1>",
	  "올바른 pcapng가 아니다: 바이트 {1}에서 시작하는 블록, {0}" },
	{ "block of <0> bytes at byte <1>", "바이트 {1}에 있는 {0}바이트 블록" },
	{ "'{0}' is not valid: <1> problems", "올바르지 않다: ‘{0}’, 문제 {1}개" },
	{ "'{0}' is not valid: <1> problem", "올바르지 않다: ‘{0}’, 문제 {1}개" },
	{ "'{0}': {1}", "‘{0}’: {1}" },
	/* of the system */
	{ "No such file or directory", "그런 파일이나 폴더가 없다" },
	{ "Permission denied", "권한이 없다" },
	{ "No space left on device", "디스크에 남은 공간이 없다" },
	{ "Unable to open the file", "파일을 열 수 없다" },
	{ "Input/output error", "입출력 오류" },
	{ "Is a directory", "폴더다" },
	{ "Connection timed out", "연결 시간이 초과되었다" },
};

struct taken {
	const char *at[VALUES_MAX];
	size_t len[VALUES_MAX];
};

static bool fits(const char *form, const char *text, struct taken *taken);

/* A value and what comes behind it; the shortest value that lets the rest fit. */
static bool fits_value(const char *form, const char *text, struct taken *taken)
{
	size_t n = (size_t)(form[1] - '0');
	bool number = *form == '<';

	taken->at[n] = text;
	for (size_t len = 0;; len++) {
		taken->len[n] = len;
		if (len && fits(form + 3, text + len, taken)) {
			taken->at[n] = text;
			taken->len[n] = len;
			return true;
		}
		if (!text[len] || (number && !isdigit((unsigned char)text[len])))
			return false;
	}
}

static bool fits(const char *form, const char *text, struct taken *taken)
{
	while (*form && *form != '{' && *form != '<') {
		if (*form++ != *text++)
			return false;
	}
	return *form ? fits_value(form, text, taken) : !*text;
}

/* NULL: there are no words for it. */
static char *to_korean(const char *text, unsigned int depth)
{
	for (size_t i = 0; i < ARRAY_SIZE(forms) && depth < DEEPEST; i++) {
		char *own[VALUES_MAX] = { NULL };
		const char *values[VALUES_MAX] = { "", "", "", "" };
		struct taken taken = { { NULL }, { 0 } };
		struct str out = { 0 };

		if (!fits(forms[i].en, text, &taken))
			continue;
		for (size_t k = 0; k < VALUES_MAX && taken.at[k]; k++) {
			auto_free char *value = xstrndup(taken.at[k], taken.len[k]);

			own[k] = to_korean(value, depth + 1);
			if (!own[k])
				own[k] = take_ptr(value);
			values[k] = own[k];
		}
		korean_fill(forms[i].ko, values, VALUES_MAX, &out);
		for (size_t k = 0; k < VALUES_MAX; k++)
			free(own[k]);
		return str_take(&out);
	}
	return NULL;
}

char *sentences_in(const char *text, const char *lang)
{
	char *korean = str_eq(lang, "ko") && strlen(text) < LONGEST ? to_korean(text, 0) : NULL;

	return korean ? korean : xstrdup(text);
}

static void add(json_t *out, const json_t *text)
{
	auto_free char *korean = NULL;

	if (!json_is_string(text))
		return;
	korean = sentences_in(json_string_value(text), "ko");
	if (!str_eq(korean, json_string_value(text)))
		(void)json_object_set_new(out, json_string_value(text), json_string(korean));
}

json_t *sentences_of(const json_t *story)
{
	json_t *out = json_object();
	const json_t *item, *e;
	size_t i, j;

	add(out, json_object_get(story, "reason"));
	json_array_foreach(json_object_get(story, "notes"), i, item)
		add(out, item);
	json_array_foreach(json_object_get(story, "phases"), i, item)
		json_array_foreach(json_object_get(item, "expectations"), j, e)
			add(out, json_object_get(e, "detail"));
	return out;
}
