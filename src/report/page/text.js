// SPDX-License-Identifier: LGPL-2.1-or-later
// What the page itself says, in both languages. The story brings its own words in both.

const WORDS = {
	en: {
		skip: "Skip to the phase", language: "한국어", languageName: "한국어로 보기", theme: "Theme",
		themes: { auto: "Light or dark: as the system", light: "Light", dark: "Dark" },
		map: "Map of the lab", player: "Play the packets", phases: "Phases", timeline: "Timeline",
		journey: "One packet, hop by hop", frame: "The frame, opened", tables: "Tables, before and after",
		run: "About this run", play: "Play", pause: "Pause", back: "Step back", step: "Step",
		previous: "Previous phase", next: "Next phase", speed: "Speed", position: "Position in the story",
		keys: "Keys: space plays and pauses, ← → step, N and P go to the next and previous phase, Home and End to the ends.",
		holds: "holds", fails: "fails", "not-reached": "not reached", unreadable: "cannot be read",
		runHolds: "Every expectation holds", runFails: n => `Failed in the phase “${n}”`, runFailed: "Not all expectations hold",
		noVerdict: "Nothing was judged", reached: (where, how) => `The last packet got as far as ${where} (${how}):`,
		article: "The article says", wire: "The packets show", why: "Why", aside: "Meanwhile, on its own", skipped: "not asked", expectations: "What the captures must show",
		none: "none, as it must be", times: n => n === 1 ? "1 frame" : `${n} frames`, noFrame: "no frame",
		nearest: (f, field, want, have) => `Nearest is frame ${f}: ${field} is ${have}, not ${want}.`,
		filter: "filter", frameN: n => `frame ${n}`, values: "Values",
		journeys: "Packets of this phase", noJourneys: "No packet belongs to this phase.",
		alike: n => `and ${n} more like it`, path: "Path", time: "Time", where: "Where", did: "What happened",
		source: "From", destination: "To", ttl: "TTL", frameNumber: "Frame", changed: "changed", was: v => `was ${v}`,
		everybody: "everybody", choose: "Choose a packet, or press play.", noFrames: "The frames are not in this file.",
		withKeys: "Decrypted", withoutKeys: "As it was on the way",
		keyHelp: "With the keys of this run, or as everybody on the way saw it.",
		noSecret: "Nothing in this frame is encrypted.",
		samePacket: "The same packet at", bytes: "Bytes", fields: "Fields", packetBytes: "Frame",
		byteRange: (a, n) => n === 1 ? `byte ${a}` : `bytes ${a} to ${a + n - 1}`, generated: "worked out by Wireshark, not in the bytes",
		asFilter: "As a Wireshark filter", 
		same: "unchanged", rows: (a, b) => `${a} new, ${b} gone`, gone: "gone", added: "new",
		links: "Links", link: "Link", outOf: "Out of", carried: "Arrived", lost: "Lost", framesLost: n => n === 1 ? "1 frame lost" : `${n} frames lost`,
		encrypted: "encrypted", kinds: { arp: "ARP table", switch: "Switch table", routes: "Forwarding table", "dns-cache": "DNS cache", leases: "DHCP leases" },
		noTables: "No tables were taken in this run.", 
		kindsOfNode: { host: "host", bridge: "bridge (layer 2)", router: "router (layer 3)" },
		actions: { sent: "sent", flooded: "flooded: to every port", switched: "switched: to one port", forwarded: "forwarded: TTL less one, new MACs",
			delivered: "delivered: it was for this node", answered: "delivered, and answered", ignored: "ignored: it is not for this node",
			dropped: "dropped here", expired: "dropped: its TTL is used up", repeated: "sent again: nobody acknowledged it",
			lost: "lost on the way", resting: "the captures end here" },
		ways: { out: "out", in: "in" },
		outcomes: { delivered: "delivered", lost: "lost", dropped: "dropped", open: "under way at the end" },
		lostAt: where => `lost at ${where}`, started: "Started", took: "Took", seconds: s => `${s} s`, lab: "Lab", experiment: "Experiment",
		outcome: "Outcome", reason: "Reason", parameters: "Parameters", versions: "Versions", unmatched: "Frames that belong to no packet's journey",
		intro: "Press play, or step.", hopOf: (i, n) => `hop ${i} of ${n}`, packetOf: (i, n) => `packet ${i} of ${n}`,
		wifi: "Wi-Fi", down: "down", ladder: "Ladder of this packet", clock: "Clock",
		openNode: n => `${n}: show its tables`, bytesLong: n => `${n} bytes`,
	},
	ko: {
		skip: "단계로 바로 가기", language: "English", languageName: "Read in English", theme: "화면 색",
		themes: { auto: "밝게 또는 어둡게: 시스템 설정대로", light: "밝게", dark: "어둡게" },
		map: "실습망 지도", player: "패킷 재생", phases: "단계", timeline: "시간선",
		journey: "패킷 하나를 홉마다", frame: "프레임 열어 보기", tables: "표: 이전과 이후",
		run: "이 실행에 대하여", play: "재생", pause: "멈춤", back: "한 걸음 뒤로", step: "한 걸음",
		previous: "이전 단계", next: "다음 단계", speed: "속도", position: "이야기 속 위치",
		keys: "키: 스페이스는 재생과 멈춤, ← → 한 걸음, N과 P는 다음·이전 단계, Home과 End는 처음과 끝.",
		holds: "맞음", fails: "틀림", "not-reached": "이르지 못함", unreadable: "읽을 수 없음",
		runHolds: "모든 기대가 맞았다", runFails: n => `“${n}” 단계에서 실패`, runFailed: "맞지 않는 기대가 있다",
		noVerdict: "판정한 것이 없다", reached: (where, how) => `마지막 패킷은 ${where}까지 갔다 (${how}):`,
		article: "글에서는", wire: "패킷에서는", why: "까닭", aside: "그동안 저절로 오간 것", skipped: "묻지 않음", expectations: "캡처가 보여야 하는 것",
		none: "없음 (없어야 한다)", times: n => `프레임 ${n}개`, noFrame: "프레임 없음",
		nearest: (f, field, want, have) => `가장 가까운 것은 프레임 ${f}: ${field} 값이 ${want} 아닌 ${have}이다.`,
		filter: "필터", frameN: n => `프레임 ${n}`, values: "값",
		journeys: "이 단계의 패킷", noJourneys: "이 단계에 속한 패킷이 없다.",
		alike: n => `비슷한 것 ${n}개 더`, path: "경로", time: "시각", where: "어디", did: "한 일",
		source: "보낸 MAC", destination: "받는 MAC", ttl: "TTL", frameNumber: "프레임", changed: "바뀜", was: v => `전에는 ${v}`,
		everybody: "모두", choose: "패킷을 고르거나 재생을 누르세요.", noFrames: "이 파일에는 프레임이 들어 있지 않다.",
		withKeys: "복호화", withoutKeys: "전송된 그대로",
		keyHelp: "이 실행의 키로 푼 것, 또는 중간의 누구나 본 것.",
		noSecret: "이 프레임에는 암호화된 것이 없다.",
		samePacket: "같은 패킷이 지나간 곳", bytes: "바이트", fields: "필드", packetBytes: "프레임",
		byteRange: (a, n) => n === 1 ? `바이트 ${a}` : `바이트 ${a}–${a + n - 1}`, generated: "바이트에 없고 Wireshark가 계산한 것",
		asFilter: "Wireshark 필터로", 
		same: "그대로", rows: (a, b) => `새로 ${a}, 사라짐 ${b}`, gone: "사라짐", added: "새로",
		links: "링크", link: "링크", outOf: "나간 곳", carried: "도착", lost: "잃음", framesLost: n => `잃은 프레임 ${n}개`,
		encrypted: "암호화됨", kinds: { arp: "ARP 표", switch: "스위치 표", routes: "포워딩 테이블", "dns-cache": "DNS 캐시", leases: "DHCP 임대" },
		noTables: "이 실행에서는 표를 모으지 않았다.", 
		kindsOfNode: { host: "호스트", bridge: "브리지 (2계층)", router: "라우터 (3계층)" },
		actions: { sent: "보냄", flooded: "모든 포트로 뿌림", switched: "한 포트로 넘김", forwarded: "포워딩: TTL 하나 줄고 MAC이 새로",
			delivered: "도착: 이 노드의 것", answered: "도착, 그리고 응답함", ignored: "무시: 이 노드의 것이 아님",
			dropped: "여기서 버림", expired: "버림: TTL이 다함", repeated: "다시 보냄: 확인이 없었음",
			lost: "가는 길에 잃음", resting: "캡처가 여기서 끝남" },
		ways: { out: "나감", in: "들어옴" },
		outcomes: { delivered: "도착", lost: "잃음", dropped: "버려짐", open: "끝날 때까지 가는 중" },
		lostAt: where => `${where}에서 잃음`, started: "시작", took: "걸린 시간", seconds: s => `${s}초`, lab: "실습망", experiment: "실험",
		outcome: "결과", reason: "까닭", parameters: "매개변수", versions: "버전", unmatched: "어느 여정에도 속하지 않는 프레임",
		intro: "재생 또는 한 걸음을 누르세요.", hopOf: (i, n) => `홉 ${i}/${n}`, packetOf: (i, n) => `패킷 ${i}/${n}`,
		wifi: "와이파이", down: "끊김", ladder: "이 패킷의 사다리 그림", clock: "시계",
		openNode: n => `${n}: 표 보기`, bytesLong: n => `${n}바이트`,
	},
};

let language = (document.documentElement.lang || navigator.language).startsWith("ko") ? "ko" : "en";

// A word of the page; functions are called with what they take.
function say(key, ...args)
{
	const word = WORDS[language][key];
	return typeof word === "function" ? word(...args) : word;
}

// One of a family of words, e.g. what a device did; one that the page does not know stands for itself.
function sayOf(family, key)
{
	return WORDS[language][family][key] ?? key ?? "";
}

// A text of the story: {en, ko}, or one string for both.
function tell(text)
{
	if (text === null || text === undefined)
		return "";
	return typeof text === "string" ? text : text[language] ?? text.en ?? "";
}
