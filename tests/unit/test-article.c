/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The experiments of the article's turnings (docs/article.md) over captures of real runs
 * (tests/fixtures/article, kept by tests/tools/keep-fetch): everything holds, and for each
 * expectation and remark there is a change of a capture that turns it.
 * Covers: src/experiment/judge.c
 */
#include "lib/tests.h"
#include "lib/turns.h"

#define AIR "wifi:client-ap"
#define WIRE "ap:eth0"

enum run { RUN_ISP_DNS, RUN_BLOCKED, RUN_ROUTING, RUN_ARP, RUN_LEASE };

static const struct turns_run runs[] = {
	[RUN_ISP_DNS] = { "article/isp-dns", "school-isp", "isp-dns", { NULL } },
	[RUN_BLOCKED] = { "article/blocked", "school-isp", "blocked", { NULL } },
	[RUN_ROUTING] = { "article/routing", "school-routes", "routing", { NULL } },
	[RUN_ARP] = { "article/arp", "small", "arp", { NULL } },
	[RUN_LEASE] = { "article/lease", "lease", "lease", { NULL } },
};

static const struct turns_row rows[] = {
#include "arp-rows.h"
#include "blocked-rows.h"
#include "isp-dns-rows.h"
#include "lease-rows.h"
#include "routing-rows.h"
};

int main(void)
{
	int failed;

	if (no_sharkd())
		return skip_all(no_sharkd());
	turns_add(runs, ARRAY_SIZE(runs), rows, ARRAY_SIZE(rows));
	failed = run_added("article", make_folder, remove_folder);
	turns_end();
	return failed;
}
