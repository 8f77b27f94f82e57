/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * labctl about a lab, or where there is none: its state, its links, what goes over them, runs.
 * Covers: src/labctl/client.c src/labctl/place.c src/labctl/cmd-complete.c src/labctl/cmd-lab.c
 * Covers: src/labctl/cmd-freeze.c src/labctl/cmd-restart.c src/labctl/cmd-run.c
 * Covers: src/labctl/run-view.c src/labctl/experiments.c src/labctl/extcap.c src/labctl/ports.c
 */
#include <signal.h>

#include "lib/labctl-bench.h"
#include "lib/tests.h"

static const struct row no_lab_rows[] = {
	{ .name = "no lab: status", .args = { "status" }, .code = 3, .out = "" },
	{ .name = "no lab: down", .args = { "down" }, .code = 3, .out = "" },
	{ .name = "no lab: ssh", .args = { "ssh", "client" }, .code = 3, .out = "" },
	{ .name = "no lab: run", .args = { "run" }, .code = 3, .out = "" },
	{ .name = "no lab: run all", .args = { "run", "all" }, .code = 3, .out = "" },
	{ .name = "run all: --out",
	  .args = { "run", "all", "--out", "x" },
	  .code = 2,
	  .err = "--out: is for one experiment" },
	{ .name = "run all: of one alone",
	  .args = { "run", "all", "--tls", "1.3" },
	  .code = 2,
	  .err = "--tls: is for one experiment" },
	{ .name = "no lab: console", .args = { "console", "client" }, .code = 3 },
	{ .name = "no lab: link", .args = { "link", "x", "down" }, .code = 3 },
	{ .name = "no lab: logs", .args = { "logs" }, .code = 3 },
	{ .name = "no lab: down --all", .args = { "down", "--all" }, .out = "no lab is running" },
	{ .name = "no lab: ls", .args = { "ls" }, .out = "no lab is running" },
	{ .name = "no lab: ls --json",
	  .args = { "ls", "--json" },
	  .out = "\"labs\": []",
	  .err = "" },
	{ .name = "no such lab", .args = { "-l", "nix", "status" }, .code = 3, .err = "'nix'" },
	{ .name = "no name of a lab", .args = { "-l", "../x", "status" }, .code = 3 },
	{ .name = "runs, none", .args = { "runs" }, .out = "no runs yet" },
	{ .name = "link: neither nor",
	  .args = { "link", "x", "dely=1ms" },
	  .code = 2,
	  .err = "did you mean 'delay='?" },
	{ .name = "logs: lines",
	  .args = { "logs", "-n", "0" },
	  .code = 2,
	  .err = "is not a number from 1" },
	{ .name = "capture: no port",
	  .args = { "capture", "client" },
	  .code = 2,
	  .err = "is not NODE:NIC" },
};

static const struct row lab_rows[] = {
	{ .name = "ls", .args = { "ls" }, .out = "alpha", .err = "" },
	{ .name = "run: the lab's",
	  .args = { "run" },
	  .out = "or all, in lab 'alpha':",
	  .err = "" },
	{ .name = "run: why not", .args = { "run" }, .out = "actor 'resolver': the lab has none" },
	{ .name = "run --json", .args = { "run", "--json" }, .out = "\"fits\": false" },
	{ .name = "run: of which",
	  .args = { "run", "--tls", "1.3" },
	  .code = 2,
	  .err = "which experiment" },
	{ .name = "ls --json", .args = { "ls", "--json" }, .out = "\"state\": \"up\"" },
	{ .name = "status", .args = { "status" }, .out = "68.85.2.101/24", .err = "" },
	{ .name = "status: an address a line",
	  .args = { "status" },
	  .out = "\n                        eth0 2001:db8::1/64" },
	{ .name = "status: memory", .args = { "status" }, .out = "in all (Pss): 300 MiB" },
	{ .name = "status: control characters", .args = { "status" }, .out = "red \\x1b[31m" },
	{ .name = "status --json",
	  .args = { "status", "--json" },
	  .out = "\"shape\": \"delay=60ms\"" },
	{ .name = "-l", .args = { "-l", "alpha", "status" }, .out = "lab 'alpha': up" },
	{ .name = "-l of another", .args = { "-l", "beta", "status" }, .code = 3, .err = "'beta'" },
	{ .name = "link", .args = { "link", "air", "down", "delay=5ms" }, .out = "down" },
	{ .name = "link, of all", .args = { "link" }, .out = "LINK  KIND  STATE  ENDS    SHAPE\n" },
	{ .name = "link, of all: one a line",
	  .args = { "link" },
	  .out = "\na-b   wire  up     a:eth0  plain\n" },
	{ .name = "link --json, of all", .args = { "--json", "link" }, .out = "\"links\": [" },
	{ .name = "link --json",
	  .args = { "--json", "link", "air", "delay=5ms" },
	  .out = "\"shape\": \"5ms\"" },
	{ .name = "restart",
	  .args = { "restart", "client" },
	  .out = "node 'client' is back",
	  .err = "client  boot" },
	{ .name = "restart --json",
	  .args = { "restart", "--json", "client" },
	  .out = "{\"result\":{\"node\":\"client\"}}",
	  .err = "" },
	{ .name = "restart that fails",
	  .args = { "restart", "www" },
	  .code = 5,
	  .err = "| Kernel panic" },
	{ .name = "restart of no node", .args = { "restart" }, .code = 2 },
	{ .name = "complete restart", .args = { "__complete", "restart", "c" }, .out = "client\n" },
	{ .name = "freeze",
	  .args = { "freeze" },
	  .out = "lab 'alpha' is frozen for the next `up`, and goes on, in 2.0 s\n",
	  .err = "note: stands still\\x07\n" },
	{ .name = "freeze --json",
	  .args = { "--json", "freeze" },
	  .out = "\"lab\":\"alpha\"",
	  .err = "" },
	{ .name = "freeze takes no operand", .args = { "freeze", "client" }, .code = 2 },
	{ .name = "reset", .args = { "reset" }, .out = "lab 'alpha' is as it was when it was" },
	{ .name = "reset of some",
	  .args = { "reset", "client", "www" },
	  .out = "lab 'alpha' has these nodes as they were when it was frozen, in 3.0 s\n" },
	{ .name = "reset that cannot be",
	  .args = { "reset", "client" },
	  .code = 1,
	  .err = "there is nothing to go back to" },
	{ .name = "complete reset", .args = { "__complete", "reset", "c" }, .out = "client\n" },
	{ .name = "cache", .args = { "cache" }, .out = "nothing is kept" },
	{ .name = "cache --json", .args = { "--json", "cache" }, .out = "\"frozen\": []" },
	{ .name = "cache prune",
	  .args = { "cache", "prune" },
	  .out = "removed 0 frozen labs and 0 templates, 0 MiB\n" },
	{ .name = "cache of another word", .args = { "cache", "clean" }, .code = 2 },
	{ .name = "complete cache", .args = { "__complete", "cache", "p" }, .out = "prune\n" },
	{ .name = "logs of a node", .args = { "logs", "client" }, .out = "bell\\x07" },
	{ .name = "logs of labd", .args = { "logs" }, .out = "labd for the test of labctl: alpha" },
	{ .name = "complete a lab", .args = { "__complete", "-l", "" }, .out = "alpha\n" },
	{ .name = "complete a node", .args = { "__complete", "ssh", "c" }, .out = "client\n" },
	{ .name = "complete a port",
	  .args = { "__complete", "capture", "w" },
	  .out = "wifi:air\n" },
	{ .name = "complete a link", .args = { "__complete", "link", "" }, .out = "air\n" },
	{ .name = "complete a change's node",
	  .args = { "__complete", "link", "air", "station=c" },
	  .out = "station=client\n" },
	{ .name = "complete a node that labd was not asked for",
	  .args = { "__complete", "ssh", "ap" },
	  .out = "ap\n" },
	{ .name = "capture",
	  .args = { "capture", "client:wlan0" },
	  .out = "pcapng!",
	  .err = "7 frames captured, 0 dropped",
	  .until = "pcapng!",
	  .signal_number = SIGINT },
	{ .name = "Wireshark asks for interfaces",
	  .extcap = true,
	  .args = { "--extcap-interfaces", "--extcap-version=4.0" },
	  .out = "interface {value=alpha/wifi:air}{display=lab alpha, wifi:air}\n" },
	{ .name = "Wireshark asks for the link type of air",
	  .extcap = true,
	  .args = { "--extcap-dlts", "--extcap-interface", "alpha/wifi:air" },
	  .out = "dlt {number=127}" },
	{ .name = "Wireshark asks for that of a wire",
	  .extcap = true,
	  .args = { "--extcap-interface", "alpha/client:eth0", "--extcap-dlts" },
	  .out = "dlt {number=1}{name=EN10MB}" },
	{ .name = "Wireshark captures",
	  .extcap = true,
	  .args = { "--capture", "--extcap-interface", "alpha/client:eth0", "--fifo", "-" },
	  .out = "pcapng!",
	  .until = "pcapng!",
	  .signal_number = SIGTERM },
	{ .name = "Wireshark asks for a lab that has ended",
	  .extcap = true,
	  .args = { "--capture", "--extcap-interface", "gone/client:eth0", "--fifo", "-" },
	  .code = 3,
	  .err = "'gone'" },
	{ .name = "somebody asks without an interface",
	  .extcap = true,
	  .args = { "--capture" },
	  .code = 2,
	  .err = "LAB/NODE:NIC" },
	{ .name = "capture -w",
	  .args = { "capture", "client:wlan0", "-w", "/nonexistent/x" },
	  .code = 1,
	  .err = "/nonexistent/x" },
	{ .name = "run",
	  .args = { "run", "e.xml", "--tls", "1.2-rsa" },
	  .out = "TLS:  1.2-rsa",
	  .err = "  ok       0.8 s  lease (client)\n  note: enough\n" },
	{ .name = "run: default", .args = { "run", "e.xml" }, .out = "TLS:  1.3" },
	{ .name = "run: what came of it, without its folder",
	  .args = { "run", "e.xml" },
	  .out = ": passed; not judged\n?, 2.5 s, /" },
	{ .name = "run --json",
	  .args = { "run", "--json", "e.xml" },
	  .out = "{\"result\":{\"run\":\"" },
	{ .name = "run --out", .args = { "run", "e.xml", "--out", "fresh" }, .out = "/fresh\n" },
	{ .name = "run --out of what exists",
	  .args = { "run", "e.xml", "--out", "/tmp" },
	  .code = 2,
	  .err = "exists" },
};

static void test_interrupted_run(void **unused)
{
	(void)unused;
	start_lab("hangs");
	check_row(&(struct row){ .name = "run",
				 .args = { "-l", "hangs", "run", "e.xml" },
				 .code = 130,
				 .until = "enough",
				 .signal_number = SIGINT,
				 .out = "120 frames" });
	check_row(&(struct row){ .name = "down", .args = { "-l", "hangs", "down" } });
	start_lab("fails");
	check_row(&(struct row){ .name = "run that fails",
				 .args = { "-l", "fails", "run", "e.xml" },
				 .code = 5,
				 .out = ": FAILED; not judged\n",
				 .err = "  FAILED   2.0 s  ask (client): exit status 1: second\n"
					"  | first\n  | \\x1b[31m\n  | second\n" });
	check_row(&(struct row){ .name = "run that fails --json",
				 .args = { "-l", "fails", "run", "e.xml", "--json" },
				 .code = 5,
				 .out = "\"output\":[\"first\"," });
	check_row(&(struct row){
		.name = "down", .args = { "-l", "fails", "down", "--json" }, .out = "\"fails\"" });
}

static int run_groups(void)
{
	int failed;

	ADD_ROWS(no_lab_rows, test_row);
	failed = run_added("no lab", NULL, NULL);
	ADD_ROWS(lab_rows, test_row);
	ADD_TEST(test_interrupted_run);
	return failed + run_added("one lab", begin_alpha, end_labs);
}

int main(void)
{
	return run_labctl(run_groups);
}
