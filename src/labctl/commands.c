/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of commands: what each takes and does. Parsing, help and completion read it. */
#include "labctl/labctl.h"

static const struct option common_options[] = {
	{ "lab", 'l', "LAB", WORD_LAB, "which lab, if several are running (or LABCTL_LAB)" },
	{ "json", 0, NULL, WORD_ANY, "answer in JSON" },
	{ "help", 'h', NULL, WORD_ANY, "show how to use the command" },
	{ "version", 0, NULL, WORD_ANY, "print the version" },
};

static const struct option up_options[] = {
	{ "name", 0, "NAME", WORD_ANY,
	  "what to call the lab ([a-z0-9-], at most 32; default: the topology's name)" },
	{ "keep", 0, NULL, WORD_ANY, "keep a lab that fails to come up, to look at it" },
	{ "whole", 0, NULL, WORD_ANY,
	  "fail unless everything reaches what it should, as whole=\"yes\" in the topology" },
	{ "cold", 0, NULL, WORD_ANY,
	  "boot every guest, instead of making it from one that was booted once and is kept" },
	{ "freeze", 0, NULL, WORD_ANY, "keep it, once it is up, for the next `up` of the same" },
	{ "fresh", 0, NULL, WORD_ANY, "make it anew, although it is kept frozen" },
	{ "accelerator", 0, "kvm|tcg", WORD_CHOICE,
	  "how guests run: on the processor or emulated (default: what works here)" },
	{ "force", 0, NULL, WORD_ANY, "start even with too little memory or disk" },
};

static const struct option status_options[] = {
	{ "whole", 0, NULL, WORD_ANY,
	  "ask once more whether everything reaches what it should; exit status 5 if not" },
};

static const struct option demo_options[] = {
	{ "name", 0, "NAME", WORD_ANY, "what to call the lab meanwhile (default: demo)" },
};

static const struct option down_options[] = {
	{ "all", 0, NULL, WORD_ANY, "every lab of this user" },
};

static const struct option run_options[] = {
	{ "out", 0, "DIR", WORD_FOLDER,
	  "the run's folder (must not exist; default: a new one among `labctl runs`)" },
};

static const struct option story_options[] = {
	{ "verbose", 'v', NULL, WORD_ANY, "every packet, and each of its frames" },
	{ "lang", 0, "LANG", WORD_LANGUAGE, "en or ko (default: as LANG says)" },
	{ "normal", 0, NULL, WORD_ANY,
	  "only what is the same in every such run, one fact per line" },
	{ "experiment", 0, "FILE", WORD_EXPERIMENT,
	  "judge by this experiment, not the one that ran" },
	{ "as", 0, "EXPERIMENT", WORD_EXPERIMENT,
	  "RUN is a capture that was made elsewhere: tell it in these phases" },
};

static const struct option runs_options[] = {
	{ "keep", 0, "N", WORD_ANY, "prune: keep the newest N" },
	{ "older-than", 0, "AGE", WORD_ANY, "prune: keep what has changed since then" },
};

static const struct option open_options[] = {
	{ "live", 0, NULL, WORD_ANY, "list the ports of running labs in Wireshark" },
	{ "print", 0, NULL, WORD_ANY, "only print the command" },
	{ "frame", 0, "N", WORD_ANY, "go to that frame of the file" },
};

static const struct option report_options[] = {
	{ "out", 0, "FILE", WORD_FILE,
	  "where to write (- for standard output; default: the run's report.html)" },
	{ "lang", 0, "LANG", WORD_LANGUAGE, "en or ko (default: the browser's language)" },
	{ "experiment", 0, "FILE", WORD_EXPERIMENT,
	  "judge by this experiment, not the one that ran" },
};

static const struct option ssh_options[] = {
	{ "tty", 't', NULL, WORD_ANY, "a terminal, also for a command" },
	{ "no-tty", 'T', NULL, WORD_ANY, "no terminal" },
	{ "interactive", 'i', NULL, WORD_ANY, "as it always is: for those who type -it" },
};

static const struct option ssh_config_options[] = {
	{ "proxy", 0, "NODE", WORD_NODE,
	  "what the configuration calls: carry bytes to a sshd on the node" },
};

static const struct option capture_options[] = {
	{ "write", 'w', "FILE", WORD_FILE, "where to write (- for standard output, the default)" },
};

static const struct option logs_options[] = {
	{ "lines", 'n', "N", WORD_ANY, "how many lines (200; 10000 at most)" },
};

static const struct option validate_options[] = {
	{ "topology", 0, "TOPOLOGY", WORD_TOPOLOGY,
	  "check experiments against it; it need not be running" },
};

static const struct option image_options[] = {
	{ "for", 0, "TOPOLOGY", WORD_TOPOLOGY, "with the packages that this lab wants besides" },
	{ "force", 0, NULL, WORD_ANY, "build even if there is an image of these inputs" },
	{ "locked", 0, NULL, WORD_ANY, "build from the last build's packages, without a network" },
	{ "packages", 0, "DIR", WORD_FOLDER, "the folder that keeps packages and their lock" },
};

static const struct option assignment_options[] = {
	{ "name", 0, "NAME", WORD_ANY, "start: what to call the lab" },
	{ "cold", 0, NULL, WORD_ANY, "start: as `up`" },
	{ "lang", 0, "LANG", WORD_LANGUAGE, "en or ko (default: as LANG says)" },
};

static const struct option class_options[] = {
	{ "roster", 0, "FILE", WORD_FILE, "new: who is in it, a name a line (the first column)" },
	{ "course", 0, "NAME", WORD_ANY, "new: the course's name (default: the folder's)" },
};

static const struct option task_options[] = {
	{ "lang", 0, "LANG", WORD_LANGUAGE, "en or ko (default: as LANG says)" },
};

static const struct option check_options[] = {
	{ "hint", 0, NULL, WORD_ANY, "tell the next hint; that it was told is kept" },
	{ "lang", 0, "LANG", WORD_LANGUAGE, "en or ko (default: as LANG says)" },
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
	  .text = "Looks at the machine as `doctor` does, brings TOPOLOGY up (default: school),\n"
		  "runs `fetch` in it, takes the lab down and makes the report. Other labs\n"
		  "are left alone. If interrupted (Ctrl-C), it takes its own lab down." },
	{ .name = "up",
	  .operands = "TOPOLOGY",
	  .min = 1,
	  .max = 1,
	  .kind = WORD_TOPOLOGY,
	  OPTIONS(up_options),
	  .summary = "bring a lab up",
	  .run = cmd_up,
	  .text = "Checks the topology, boots its nodes in a sandbox of their own and\n"
		  "waits until every service answers and nothing changes any more. What\n"
		  "then cannot reach what it should is told; it may be the exercise. A lab\n"
		  "that fails says why and is taken down again, unless --keep.\n"
		  "If interrupted (Ctrl-C), it leaves nothing behind." },
	{ .name = "down",
	  .operands = "",
	  .min = 0,
	  .max = 0,
	  OPTIONS(down_options),
	  .summary = "end a lab and remove it",
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
	  OPTIONS(status_options),
	  .summary = "show a lab's nodes and links",
	  .run = cmd_status },
	{ .name = "run",
	  .operands = "[EXPERIMENT|all] [--PARAMETER VALUE...]",
	  .min = 0,
	  .max = 1,
	  .kind = WORD_EXPERIMENT,
	  .parameters = true,
	  OPTIONS(run_options),
	  .summary = "run an experiment and capture every hop",
	  .run = cmd_run,
	  .more_help = cmd_run_help,
	  .text = "EXPERIMENT is the name of one that came with labd, or a file. It\n"
		  "passes when its steps succeed and its expectations hold in the\n"
		  "captures. Without it: which ones this lab can play. all: these, one\n"
		  "after another, and a table." },
	{ .name = "runs",
	  .operands = "[rm RUN...|prune|import FILE]",
	  .min = 0,
	  .max = -1,
	  .kind = WORD_RUNS,
	  OPTIONS(runs_options),
	  .summary = "list the runs that are kept; remove some, or import one",
	  .run = cmd_runs,
	  .text = "RUN is the name of a run in the list. `prune` removes all but the\n"
		  "newest N, or all that are older than AGE (90m, 12h, 30d, 8w), or those\n"
		  "that are both. A run in progress stays. `import` checks and adds a\n"
		  "run from a file that `labctl bundle` made." },
	{ .name = "story",
	  .operands = "[RUN [OTHER]]",
	  .min = 0,
	  .max = 2,
	  .kind = WORD_RUN,
	  .next = WORD_RUN,
	  OPTIONS(story_options),
	  .summary = "tell what a run's packets show, phase by phase",
	  .run = cmd_story,
	  .text = "RUN is a run's folder, or its name among `labctl runs`; without it,\n"
		  "the newest. The captures are judged again. Exits with 0 if the run\n"
		  "did all that it should and every phase holds, with 5 if something\n"
		  "fails, and with 7 if nobody can say. To mark the work of others, give\n"
		  "the experiment: --experiment FILE. With two runs: what both have, and\n"
		  "what only one has, phase by phase." },
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
	  .text = "FILE is a tar archive; `labctl runs import FILE` adds it there. It has\n"
		  "all that is needed to read the captures, including TLS session keys\n"
		  "and the Wi-Fi passphrase, but no private key." },
	{ .name = "report",
	  .operands = "[RUN]",
	  .min = 0,
	  .max = 1,
	  .kind = WORD_RUN,
	  OPTIONS(report_options),
	  .summary = "make one HTML page of what a run's packets show",
	  .run = cmd_report,
	  .text = "RUN is a run's folder, or its name among `labctl runs`; without it,\n"
		  "the newest. The page has the map on which the packets travel, each\n"
		  "phase, and the frames, opened, with and without the keys. It needs\n"
		  "nothing but a browser. The run's keys are in it: it reveals all\n"
		  "that the captures do. Exits as `story`: 0, 5 or 7, with the page made." },
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
	{ .name = "ssh-config",
	  .operands = "",
	  OPTIONS(ssh_config_options),
	  .summary = "the nodes for ssh, scp, sftp and Ansible",
	  .run = cmd_ssh_config,
	  .text = "Prints an ssh_config(5) with a Host for each node of the running lab:\n"
		  "\n"
		  "  labctl ssh-config >lab.conf\n"
		  "  ssh -F lab.conf NODE; sftp -F lab.conf NODE\n"
		  "\n"
		  "The key that it names is made for it, and opens nothing else." },
	{ .name = "cp",
	  .operands = "FROM... TO",
	  .min = 2,
	  .max = -1,
	  .kind = WORD_FILE,
	  .summary = "copy files and folders to or from a node",
	  .run = cmd_cp,
	  .text = "A side on a node is written NODE:PATH. Modes and times are kept, and\n"
		  "folders are copied with all that is in them, by scp(1):\n"
		  "\n"
		  "  labctl cp notes.txt r1:/root/\n"
		  "  labctl cp r1:/etc/bird r2:/var/log/messages here/" },
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
	  .operands = "[LINK [up|down] [delay=TIME] [loss=PERCENT] [rate=RATE] [from=NODE] ...]",
	  .min = 0,
	  .max = 11,
	  .kind = WORD_LINK,
	  .next = WORD_CHANGE,
	  .summary = "list the links; show one, or change it",
	  .run = cmd_link,
	  .text = "Holds for each direction, at once, or with from=NODE for what that node\n"
		  "sends: delay=60ms jitter=5ms loss=0.5% duplicate=1% reorder=5%\n"
		  "corrupt=0.1% rate=10mbit; and, of both, mtu=1400. `none` takes one\n"
		  "away. The nodes on a link that is down see no carrier.\n"
		  "Wi-Fi: `down` and `up` take all radios out of range and back, or with\n"
		  "station=NODE one; from=NODE to=NODE signal=-75 loss=10% sets what lies\n"
		  "between two." },
	{ .name = "restart",
	  .operands = "NODE",
	  .min = 1,
	  .max = 1,
	  .kind = WORD_NODE,
	  .summary = "reboot one node while the lab keeps running",
	  .run = cmd_restart,
	  .text = "Also one that has died, hangs or ran out of memory. It is set up as\n"
		  "the topology says, and waited for as in `up`. What was changed in it is\n"
		  "lost." },
	{ .name = "freeze",
	  .operands = "",
	  .min = 0,
	  .max = 0,
	  .summary = "keep the lab as it is now, for the next `up` of it",
	  .run = cmd_freeze,
	  .text = "All guests stand still for some seconds and are saved; then they go on.\n"
		  "The next `up` of the same topology, with the same image, brings them back\n"
		  "as they are now: seconds instead of minutes." },
	{ .name = "reset",
	  .operands = "[NODE...]",
	  .min = 0,
	  .max = -1,
	  .kind = WORD_NODE,
	  .summary = "back to when the lab was frozen: some nodes, or all of it",
	  .run = cmd_reset,
	  .text = "What has been done to them since then is lost. All of it: links too." },
	{ .name = "cache",
	  .operands = "[show|prune]",
	  .min = 0,
	  .max = 1,
	  .kind = WORD_CACHE,
	  .summary = "frozen labs and templates: what is kept, or remove it",
	  .run = cmd_cache,
	  .text = "`prune` removes all that no lab uses. Both can be made again." },
	{ .name = "assignment",
	  .operands = "validate|preview|answer-key|start ASSIGNMENT",
	  .min = 2,
	  .max = 2,
	  .kind = WORD_DO_ASSIGNMENT,
	  .next = WORD_ASSIGNMENT,
	  OPTIONS(assignment_options),
	  .summary = "a lab in which something is to be found",
	  .run = cmd_assignment,
	  .text = "`start` brings its lab up and breaks it; of several faults, one by\n"
		  "chance. `preview` prints what the student reads, `answer-key` also what\n"
		  "may be broken. ASSIGNMENT is the name of one that came with labd, or a\n"
		  "file (docs/class.md)." },
	{ .name = "class",
	  .operands = "new FOLDER ASSIGNMENT|explain FOLDER STUDENT|grade FOLDER RUN...",
	  .min = 3,
	  .max = -1,
	  .kind = WORD_CLASS,
	  .next = WORD_FOLDER,
	  OPTIONS(class_options),
	  .summary = "a lab of their own for each student, and marks",
	  .run = cmd_class,
	  .text = "`new` makes FOLDER, with a folder for each student of the roster: other\n"
		  "addresses, cards and names, and one fault. `explain` tells what a student\n"
		  "got. `grade` judges what was handed in (runs, or files of `labctl bundle`)\n"
		  "by the class's own files, as CSV (docs/class.md)." },
	{ .name = "task",
	  .operands = "",
	  .min = 0,
	  .max = 0,
	  OPTIONS(task_options),
	  .summary = "what is asked in a lab that was started for an assignment",
	  .run = cmd_task },
	{ .name = "check",
	  .operands = "",
	  .min = 0,
	  .max = 0,
	  OPTIONS(check_options),
	  .summary = "which goals of the assignment are reached, and what is missing",
	  .run = cmd_check,
	  .text = "Runs the assignment's check, whose captures say which goals are\n"
		  "reached; of the first that is not, what is missing, and the frame that\n"
		  "shows it. Exits with 0 if all are, with 5 if one is not, and with 7 if\n"
		  "nobody can say. The run is kept, as every run is." },
	{ .name = "validate",
	  .operands = "FILE...",
	  .min = 1,
	  .max = -1,
	  .kind = WORD_XML,
	  OPTIONS(validate_options),
	  .summary = "check topologies and experiments",
	  .run = cmd_validate,
	  .text = "Reports everything that is wrong and, as notes, what is probably not\n"
		  "meant: a missing route, a routing loop. Wireshark checks each filter." },
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
	  .summary = "build or show the guest image, or move it to another machine",
	  .run = cmd_image,
	  .text = "An image is built once for the same inputs. `export` writes it to one\n"
		  "file, `import` checks and installs it: for a class, or where there is\n"
		  "no network. `prune` removes images of earlier inputs that no\n"
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
	  .summary = "show how to use labctl, or explain a topic",
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
