/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of commands: what each takes and does. Parsing, help and completion read it. */
#include "labctl/labctl.h"

static const struct option common_options[] = {
	{ "lab", 'l', "LAB", WORD_LAB, "the lab meant, where there are several (or LABCTL_LAB)" },
	{ "json", 0, NULL, WORD_ANY, "answer in JSON" },
	{ "help", 'h', NULL, WORD_ANY, "say how to use the command" },
	{ "version", 0, NULL, WORD_ANY, "print the version" },
};

static const struct option up_options[] = {
	{ "name", 0, "NAME", WORD_ANY,
	  "what to call the lab ([a-z0-9-], at most 32; else as its topology)" },
	{ "keep", 0, NULL, WORD_ANY, "keep a lab that fails to come up, to look at it" },
	{ "accelerator", 0, "kvm|tcg", WORD_CHOICE,
	  "how guests run: on the processor or emulated (else what works here)" },
	{ "force", 0, NULL, WORD_ANY, "begin with too little memory or disk, too" },
};

static const struct option demo_options[] = {
	{ "name", 0, "NAME", WORD_ANY, "what to call the lab meanwhile (else demo)" },
};

static const struct option down_options[] = {
	{ "all", 0, NULL, WORD_ANY, "every lab of this user" },
};

static const struct option run_options[] = {
	{ "out", 0, "DIR", WORD_FOLDER,
	  "the run's folder (must not exist; else one is made among `labctl runs`)" },
};

static const struct option story_options[] = {
	{ "verbose", 'v', NULL, WORD_ANY, "every packet, and each of its frames" },
	{ "lang", 0, "LANG", WORD_LANGUAGE, "en or ko (else as LANG says)" },
	{ "normal", 0, NULL, WORD_ANY, "what is the same in every such run, a fact a line" },
	{ "experiment", 0, "FILE", WORD_EXPERIMENT,
	  "judge by this experiment, not by the one that ran" },
};

static const struct option runs_options[] = {
	{ "keep", 0, "N", WORD_ANY, "prune: the newest N stay" },
	{ "older-than", 0, "AGE", WORD_ANY, "prune: what has changed since then stays" },
};

static const struct option open_options[] = {
	{ "live", 0, NULL, WORD_ANY, "the ports of running labs among Wireshark's interfaces" },
	{ "print", 0, NULL, WORD_ANY, "only print the command" },
	{ "frame", 0, "N", WORD_ANY, "at that frame of the file" },
};

static const struct option report_options[] = {
	{ "out", 0, "FILE", WORD_FILE,
	  "where to (- for standard output; else the run's report.html)" },
	{ "lang", 0, "LANG", WORD_LANGUAGE, "en or ko (else as the browser is set)" },
	{ "experiment", 0, "FILE", WORD_EXPERIMENT,
	  "judge by this experiment, not by the one that ran" },
};

static const struct option ssh_options[] = {
	{ "tty", 't', NULL, WORD_ANY, "a terminal for the command too" },
	{ "no-tty", 'T', NULL, WORD_ANY, "no terminal" },
};

static const struct option capture_options[] = {
	{ "write", 'w', "FILE", WORD_FILE, "where to (- for standard output, the default)" },
};

static const struct option logs_options[] = {
	{ "lines", 'n', "N", WORD_ANY, "how many lines (200; 10000 at most)" },
};

static const struct option validate_options[] = {
	{ "topology", 0, "TOPOLOGY", WORD_TOPOLOGY,
	  "hold experiments against this one, which need not run" },
};

static const struct option image_options[] = {
	{ "force", 0, NULL, WORD_ANY, "build even when there is an image of these inputs" },
	{ "locked", 0, NULL, WORD_ANY, "build from the last build's packages, without a network" },
	{ "packages", 0, "DIR", WORD_FOLDER, "the folder that keeps packages and their lock" },
};

#define OPTIONS(list) .options = (list), .n_options = ARRAY_SIZE(list)

static const struct command commands[] = {
	{ .name = "demo",
	  .operands = "[TOPOLOGY]",
	  .min = 0,
	  .max = 1,
	  .kind = WORD_TOPOLOGY,
	  OPTIONS(demo_options),
	  .summary = "all at once: a lab, a page fetched in it, and what the packets show",
	  .run = cmd_demo,
	  .text = "Looks at the machine as `doctor` does, brings TOPOLOGY up (else school),\n"
		  "runs `fetch` in it, takes the lab down and makes the report. Other labs\n"
		  "go on beside it. Interrupted (Ctrl-C), it takes its own lab with it." },
	{ .name = "up",
	  .operands = "TOPOLOGY",
	  .min = 1,
	  .max = 1,
	  .kind = WORD_TOPOLOGY,
	  OPTIONS(up_options),
	  .summary = "bring a lab up",
	  .run = cmd_up,
	  .text = "Checks the topology, boots its nodes in a sandbox of their own and\n"
		  "waits until every service answers and every route is there. A lab\n"
		  "that fails says why and is taken down again, unless --keep.\n"
		  "Interrupted (Ctrl-C), it leaves nothing behind." },
	{ .name = "down",
	  .operands = "",
	  .min = 0,
	  .max = 0,
	  OPTIONS(down_options),
	  .summary = "end a lab; nothing of it stays",
	  .run = cmd_down,
	  .text = "What was changed in the nodes is lost; runs are kept." },
	{ .name = "ls",
	  .operands = "",
	  .min = 0,
	  .max = 0,
	  .summary = "list the labs",
	  .run = cmd_ls },
	{ .name = "status",
	  .operands = "",
	  .min = 0,
	  .max = 0,
	  .summary = "show a lab's nodes and links",
	  .run = cmd_status },
	{ .name = "run",
	  .operands = "EXPERIMENT [--PARAMETER VALUE...]",
	  .min = 1,
	  .max = 1,
	  .kind = WORD_EXPERIMENT,
	  .parameters = true,
	  OPTIONS(run_options),
	  .summary = "run an experiment and capture every hop",
	  .run = cmd_run,
	  .more_help = cmd_run_help,
	  .text = "EXPERIMENT is the name of one that came with labd, or a file. It\n"
		  "passes when its steps succeed and its expectations hold in the\n"
		  "captures." },
	{ .name = "runs",
	  .operands = "[rm RUN...|prune|import FILE]",
	  .min = 0,
	  .max = -1,
	  .kind = WORD_RUNS,
	  OPTIONS(runs_options),
	  .summary = "list the runs that are kept; remove some, or take one from a file",
	  .run = cmd_runs,
	  .text = "RUN is the name of a run in the list. `prune` removes all but the\n"
		  "newest N, or all that are older than AGE (90m, 12h, 30d, 8w), or those\n"
		  "that are both. A run in progress stays. `import` takes a run from a\n"
		  "file that `labctl bundle` made, checked." },
	{ .name = "story",
	  .operands = "[RUN]",
	  .min = 0,
	  .max = 1,
	  .kind = WORD_RUN,
	  OPTIONS(story_options),
	  .summary = "tell what a run's packets show, phase by phase",
	  .run = cmd_story,
	  .text = "RUN is a run's folder, or its name among `labctl runs`; without it,\n"
		  "the newest. The captures are judged anew. Exits with 0 where the run\n"
		  "did all that it should and every phase holds, with 5 where something\n"
		  "fails, and with 7 where nobody can say. Who marks the work of others\n"
		  "gives the experiment: --experiment FILE." },
	{ .name = "open",
	  .operands = "[RUN [NODE:NIC|wifi:LINK]]",
	  .min = 0,
	  .max = 2,
	  .kind = WORD_RUN,
	  .next = WORD_HOP,
	  OPTIONS(open_options),
	  .summary = "open a run's captures in Wireshark, with the keys",
	  .run = cmd_open,
	  .text = "RUN as for `story`; without it, the newest. Without a hop, all of them\n"
		  "in one file, where Wireshark's analysis of TCP and TLS takes each hop\n"
		  "after the first for retransmissions." },
	{ .name = "bundle",
	  .operands = "RUN FILE",
	  .min = 2,
	  .max = 2,
	  .kind = WORD_RUN,
	  .next = WORD_FILE,
	  .summary = "write a run to one file, for somebody else",
	  .run = cmd_bundle,
	  .text = "FILE is a tar archive; `labctl runs import FILE` takes it in. It has\n"
		  "what reading the captures needs, TLS session keys and the Wi-Fi\n"
		  "passphrase, and no private key." },
	{ .name = "report",
	  .operands = "[RUN]",
	  .min = 0,
	  .max = 1,
	  .kind = WORD_RUN,
	  OPTIONS(report_options),
	  .summary = "make one HTML page of what a run's packets show",
	  .run = cmd_report,
	  .text = "RUN is a run's folder, or its name among `labctl runs`; without it,\n"
		  "the newest. The page has the map, on which the packets travel, each\n"
		  "phase, and the frames, opened, with and without the keys. It needs\n"
		  "nothing but a browser. The run's keys are in it: it tells all that\n"
		  "the captures tell. Exits as `story`: 0, 5 or 7, with the page made." },
	{ .name = "ssh",
	  .operands = "NODE [COMMAND...]",
	  .min = 1,
	  .max = -1,
	  .kind = WORD_NODE,
	  .verbatim = true,
	  OPTIONS(ssh_options),
	  .summary = "a shell or a command on a node",
	  .run = cmd_ssh,
	  .text = "Its exit status is the command's; 255 when it could not be run. The\n"
		  "command's words are joined by spaces and given to the node's shell,\n"
		  "as ssh(1) does." },
	{ .name = "console",
	  .operands = "NODE",
	  .min = 1,
	  .max = 1,
	  .kind = WORD_NODE,
	  .summary = "a node's serial console; leave with Ctrl-]",
	  .run = cmd_console },
	{ .name = "capture",
	  .operands = "NODE:NIC|wifi:LINK",
	  .min = 1,
	  .max = 1,
	  .kind = WORD_PORT,
	  OPTIONS(capture_options),
	  .summary = "capture one port, or the air of a Wi-Fi link, live, as pcapng",
	  .run = cmd_capture,
	  .text = "Until interrupted. Live in Wireshark:\n"
		  "    labctl capture wifi:client-ap | wireshark -k -i -" },
	{ .name = "link",
	  .operands = "[LINK [up|down] [delay=TIME] [jitter=TIME] [loss=PERCENT] [rate=RATE]]",
	  .min = 0,
	  .max = 8,
	  .kind = WORD_LINK,
	  .next = WORD_CHANGE,
	  .summary = "list the links; show one, or change it",
	  .run = cmd_link,
	  .text = "Holds for each direction, at once: delay=60ms jitter=5ms loss=0.5%\n"
		  "rate=10mbit; `none` takes one away. The nodes on a link that is down\n"
		  "see no carrier.\n"
		  "Wi-Fi: `down` and `up` take all radios out of range and back, or with\n"
		  "station=NODE one; from=NODE to=NODE signal=-75 loss=10% sets what lies\n"
		  "between two." },
	{ .name = "restart",
	  .operands = "NODE",
	  .min = 1,
	  .max = 1,
	  .kind = WORD_NODE,
	  .summary = "boot one node anew, while the lab goes on",
	  .run = cmd_restart,
	  .text = "Also one that has died, hangs or ran out of memory. It gets all that\n"
		  "the topology says, and is waited for as in `up`. What was changed in it\n"
		  "is lost." },
	{ .name = "validate",
	  .operands = "FILE...",
	  .min = 1,
	  .max = -1,
	  .kind = WORD_XML,
	  OPTIONS(validate_options),
	  .summary = "check topologies and experiments",
	  .run = cmd_validate,
	  .text = "Says all that is wrong, and as notes what is hardly meant: a route that\n"
		  "is missing, a loop of routes. Wireshark looks at each filter." },
	{ .name = "plan",
	  .operands = "TOPOLOGY",
	  .min = 1,
	  .max = 1,
	  .kind = WORD_TOPOLOGY,
	  .summary = "show what `up` would do",
	  .run = cmd_plan },
	{ .name = "image",
	  .operands = "build|show|prune|export FILE|import FILE",
	  .min = 1,
	  .max = 2,
	  .kind = WORD_IMAGE,
	  OPTIONS(image_options),
	  .summary = "build or show the guest image, or carry it elsewhere",
	  .run = cmd_image,
	  .text = "An image is built once for the same inputs. `export` writes it to one\n"
		  "file, `import` takes it from there, checked: for a class, or where\n"
		  "there is no network. `prune` removes images of earlier inputs that no\n"
		  "lab runs from." },
	{ .name = "logs",
	  .operands = "[NODE]",
	  .min = 0,
	  .max = 1,
	  .kind = WORD_NODE,
	  OPTIONS(logs_options),
	  .summary = "the lab's log, or a node's console so far",
	  .run = cmd_logs },
	{ .name = "doctor",
	  .operands = "",
	  .min = 0,
	  .max = 0,
	  .summary = "check what labd needs of this machine",
	  .run = cmd_doctor },
	{ .name = "help",
	  .operands = "[COMMAND|TOPIC]",
	  .min = 0,
	  .max = 1,
	  .kind = WORD_TOPIC,
	  .summary = "say how to use labctl, or tell of a topic",
	  .run = cmd_help },
	{ .name = "__complete",
	  .operands = "WORD...",
	  .min = 0,
	  .max = -1,
	  .hidden = true,
	  .verbatim = true,
	  .summary = "for shell completion",
	  .run = cmd_complete },
};

const struct command_table commands_all = { commands, ARRAY_SIZE(commands), common_options,
					    ARRAY_SIZE(common_options) };
