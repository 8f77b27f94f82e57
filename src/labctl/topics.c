/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What `labctl help TOPIC` tells: enough to go on with, and where the rest stands. */
#include "labctl/labctl.h"

const struct topic topics[] = {
	{ "topology", "what a lab is made of",
	  "A topology is an XML file: nodes with their NICs and roles, and the links between\n"
	  "them. Those that came with labd are called by name (school, small, wifi).\n"
	  "\n"
	  "    <lab name=\"pair\">\n"
	  "      <network name=\"net\" prefix=\"10.9.8.0/24\"/>\n"
	  "      <node name=\"left\"><nic name=\"eth0\" address=\"10.9.8.1/24\"/></node>\n"
	  "      <node name=\"right\"><nic name=\"eth0\" address=\"10.9.8.2/24\"/></node>\n"
	  "      <link name=\"wire\" kind=\"wire\" delay=\"40ms\">\n"
	  "        <end node=\"left\" nic=\"eth0\"/><end node=\"right\" nic=\"eth0\"/>\n"
	  "      </link>\n"
	  "    </lab>\n"
	  "\n"
	  "    labctl validate pair.xml    every problem, with its line\n"
	  "    labctl plan pair.xml        all that `up` would do\n"
	  "    labctl up pair.xml\n"
	  "\n"
	  "The rest: man lab-topology; docs/topologies.md\n" },
	{ "experiment", "what is done in a lab, and what the packets must show",
	  "An experiment is an XML file: steps on nodes, and expectations, which are Wireshark\n"
	  "filters for the capture of one port each. Those that came with labd are called by\n"
	  "name (fetch, wifi-scan, wifi-wrong-key).\n"
	  "\n"
	  "    <experiment name=\"ping\">\n"
	  "      <steps>\n"
	  "        <step name=\"ping\" node=\"left\"><run>ping -c 1 10.9.8.2</run></step>\n"
	  "      </steps>\n"
	  "      <expect name=\"reply\" at=\"right:eth0\" filter=\"icmp.type == 0\"/>\n"
	  "    </experiment>\n"
	  "\n"
	  "    labctl run ping.xml\n"
	  "    labctl run fetch --help     the parameters of an experiment\n"
	  "\n"
	  "fetch and the lab school follow an article, in Korean:\n"
	  "https://parksb.github.io/article/36.html; its remarks say where it is loose.\n"
	  "\n"
	  "The rest: man lab-experiment; docs/experiments.md\n" },
	{ "wifi", "the air between nodes, and how to look at it",
	  "Frames in wifi_LINK.pcapng are encrypted, as they were in the air. wifi-keys.txt in "
	  "the\n"
	  "run's folder has the command that decrypts them: Wireshark needs the passphrase, and "
	  "the\n"
	  "station's four-way handshake in the same file.\n"
	  "\n"
	  "    labctl capture wifi:client-ap | wireshark -k -i -\n"
	  "    labctl link client-ap down station=client             out of range\n"
	  "    labctl link client-ap from=client to=ap signal=-77    further away\n"
	  "    labctl run wifi-scan; labctl run wifi-wrong-key\n"
	  "\n"
	  "The rest: docs/wifi.md\n" },
	{ "captures", "the files of a run, and how to read them",
	  "A run's folder has NODE_NIC.pcapng for each port, wifi_LINK.pcapng for the air, and\n"
	  "all.pcapng with every hop as an interface NODE:NIC, all on one clock. TLS session "
	  "keys\n"
	  "are inside, so that Wireshark shows HTTP/2 as it is.\n"
	  "\n"
	  "    wireshark all.pcapng        filter: frame.interface_name == \"www:eth0\"\n"
	  "    tshark -r www_eth0.pcapng -Y http2\n"
	  "\n"
	  "Look for conversations in the file of one port: in all.pcapng Wireshark takes each "
	  "further\n"
	  "hop for a retransmission.\n"
	  "\n"
	  "The rest: docs/capture.md\n" },
	{ "bundles", "runs: keeping them, removing them, giving them away",
	  "    labctl runs                              those that are kept, newest first\n"
	  "    labctl runs rm RUN...\n"
	  "    labctl runs prune --keep 20              or --older-than 30d\n"
	  "    labctl bundle RUN fetch.tar.gz           one file, for somebody else\n"
	  "    labctl runs import fetch.tar.gz          and back; checked\n"
	  "\n"
	  "A bundle has the keys that its captures need, and no private key.\n"
	  "\n"
	  "The rest: docs/runs.md\n" },
	{ "offline", "an image without a network, for a class",
	  "What the nodes boot from is built once, from your Debian mirror, or comes with the\n"
	  "package labd-image, for all users; then `up` and `run` need no network.\n"
	  "\n"
	  "    labctl image build --locked      the same packages again, without a network\n"
	  "    labctl image export FILE         for a class, or a machine without a network\n"
	  "    labctl image import FILE\n"
	  "    labctl image prune               those of earlier inputs go\n"
	  "\n"
	  "The rest: docs/image.md\n" },
	{ "json", "answers for programs",
	  "With --json a command answers with one JSON value on standard output; `up`, `run` and\n"
	  "`restart` with one a line: {\"event\":...} as things happen, {\"result\":...} at the "
	  "end.\n"
	  "What goes wrong is {\"error\":{\"code\":...,\"message\":...}}, and the exit code says "
	  "the rest.\n"
	  "\n"
	  "    labctl status --json | jq -r '.nodes[].name'\n"
	  "    labctl ssh --json client ip route\n"
	  "\n"
	  "The rest: docs/json.md, and docs/json.schema.json for each answer\n" },
	{ "exit-codes", "what the exit code tells",
	  "    0    done\n"
	  "    1    failed, for a reason that has no code of its own\n"
	  "    2    the command line is wrong\n"
	  "    3    no such lab, no lab at all, or several and none chosen\n"
	  "    4    a topology or experiment is not valid\n"
	  "    5    the lab did not come up, or the experiment or the story fails\n"
	  "    6    this machine lacks something; nothing was begun\n"
	  "    7    nobody can say whether the experiment or the story holds\n"
	  "    130  interrupted\n"
	  "\n"
	  "`ssh` exits with the status of its command, or with 255 when that could not be run.\n"
	  "\n"
	  "The rest: man labctl\n" },
	{ "completion", "words that the shell completes",
	  "Completion for bash and zsh comes with the package, and with `make install`. From a\n"
	  "build that is not installed, in either shell, the manual too:\n"
	  "\n"
	  "    . build/environment\n"
	  "\n"
	  "Nodes, links, ports, labs and runs are those that are there at that moment.\n" },
};
const size_t n_topics = ARRAY_SIZE(topics);
