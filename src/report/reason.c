/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kernel's drop reasons in words. */
#include "report/reason.h"

#include "base/str.h"

static const struct reason reasons[] = {
	{ "NETFILTER_DROP", "a packet filter", "패킷 필터" },
	{ "IP_INNOROUTES", "no route", "경로 없음" },
	{ "IP_OUTNOROUTES", "no route", "경로 없음" },
	{ "IP_RPFILTER", "the way back to its source is not the way that it came",
	  "출발지로 돌아가는 길이 들어온 길과 다름" },
	{ "PKT_TOO_BIG", "too large for the next link, and it may not be cut",
	  "다음 링크에 비해 너무 크고, 단편화할 수 없음" },
	{ "NEIGH_FAILED", "nobody answered for the address of the next hop",
	  "다음 홉의 주소에 응답하는 곳이 없음" },
	{ "NEIGH_QUEUEFULL", "too many wait for the address of the next hop",
	  "다음 홉의 주소를 기다리는 패킷이 너무 많음" },
	{ "NEIGH_DEAD", "the next hop is gone", "다음 홉이 사라짐" },
	{ "NO_SOCKET", "no program takes it", "받는 프로그램이 없음" },
	{ "IP_NOPROTO", "nothing takes this protocol", "이 프로토콜을 받는 곳이 없음" },
	{ "UNHANDLED_PROTO", "nothing takes this protocol", "이 프로토콜을 받는 곳이 없음" },
	{ "OTHERHOST", "it is for another machine, or for a VLAN that is not there",
	  "다른 기기나 여기 없는 VLAN으로 가는 것임" },
	{ "IP_CSUM", "a wrong checksum", "잘못된 체크섬" },
	{ "ICMP_CSUM", "a wrong checksum", "잘못된 체크섬" },
	{ "TCP_CSUM", "a wrong checksum", "잘못된 체크섬" },
	{ "UDP_CSUM", "a wrong checksum", "잘못된 체크섬" },
	{ "SKB_CSUM", "a wrong checksum", "잘못된 체크섬" },
	{ "IP_INHDR", "a wrong header", "잘못된 헤더" },
	{ "IP_INADDRERRORS", "a wrong address", "잘못된 주소" },
	{ "PKT_TOO_SMALL", "it ends too early", "너무 일찍 끝남" },
	{ "UNICAST_IN_L2_MULTICAST", "an address of one machine in a frame to many",
	  "여럿에게 가는 프레임에 든 단일 주소" },
	{ "IPV6DISABLED", "IPv6 is switched off", "IPv6가 꺼져 있음" },
	{ "XFRM_POLICY", "a policy of IPsec", "IPsec 정책" },
	{ "SOCKET_FILTER", "the program's own filter", "프로그램 자신의 필터" },
	{ "SOCKET_RCVBUFF", "the program's buffer was full", "프로그램의 버퍼가 가득 참" },
	{ "SOCKET_BACKLOG", "the program's buffer was full", "프로그램의 버퍼가 가득 참" },
	{ "PROTO_MEM", "no memory was left", "남은 메모리가 없음" },
	{ "NOMEM", "no memory was left", "남은 메모리가 없음" },
	{ "CPU_BACKLOG", "a queue was full", "대기열이 가득 참" },
	{ "QDISC_DROP", "a queue was full", "대기열이 가득 참" },
	{ "FULL_RING", "a queue was full", "대기열이 가득 참" },
	{ "DEV_READY", "the interface is down", "인터페이스가 꺼져 있음" },
	{ "TC_INGRESS", "traffic control", "트래픽 제어" },
	{ "TC_EGRESS", "traffic control", "트래픽 제어" },
	{ "XDP", "an XDP program", "XDP 프로그램" },
};

const char *reason_name(const json_t *drop)
{
	const char *name = json_get_text(drop, "reason", "");

	return str_eq(name, "NOT_SPECIFIED") ? json_get_text(drop, "function", name) : name;
}

const struct reason *reason_of(const json_t *drop)
{
	const char *name = json_get_text(drop, "reason", "");

	/* IPv6's neighbours have no reason of their own in Linux 6.1. */
	if (str_eq(json_get_text(drop, "function", ""), "neigh_invalidate"))
		name = "NEIGH_FAILED";
	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
		if (str_eq(reasons[i].name, name))
			return &reasons[i];
	return NULL;
}

bool reason_is_nobody(const json_t *drop)
{
	const char *name = json_get_text(drop, "reason", "");

	return str_eq(name, "NO_SOCKET") || str_eq(name, "IP_NOPROTO") ||
	       str_eq(name, "UNHANDLED_PROTO");
}
