# SPDX-License-Identifier: LGPL-2.1-or-later
# What the end-to-end tests share: a state of their own, one line per check, and a clean end.
set -u
. "${srcdir:-.}/tests/tools/environment"
build=${LABD_BUILDDIR:?set by make check}
top=$(cd "${srcdir:-.}" && pwd)
labctl=$build/labctl
work=$(mktemp -d /tmp/labd-e2e.XXXXXX)
# Labs of a test are found by that test alone; the image and what libvirt learned are shared.
export XDG_STATE_HOME="$work/state" XDG_DATA_HOME="$work/data"
# What is made under way is looked for here; the mark is what nothing_left() looks for.
export TMPDIR="$work/tmp" LABD_E2E="$work"
mkdir "$TMPDIR"
failed=0
registry=$work/state/labd/labs

say() { printf '%s\n' "$*"; }

finish()
{
	"$labctl" down --all >/dev/null 2>&1
	if [ "$failed" = 0 ]; then rm -rf "$work"; else say "# left for a look: $work"; fi
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

# skip WHY: this machine cannot; where it has to (LABD_MUST_RUN=1, as in `./bootstrap check`) that is a failure.
skip()
{
	if [ "${LABD_MUST_RUN:-0}" = 1 ]; then
		say "FAIL - must run here, but: $*"
		exit 1
	fi
	say "SKIP: $*"
	exit 77
}

# check NAME COMMAND...: ok when the command succeeds; its output is shown when it does not.
check()
{
	name=$1
	shift
	if "$@" >"$work/out" 2>&1; then
		say "ok   - $name"
	else
		say "FAIL - $name ($*: $?)"
		tail -n 40 "$work/out" | sed 's/^/       | /'
		failed=1
		return 1
	fi
}

# must NAME COMMAND...: as check, and the test ends when it fails.
must()
{
	check "$@" || exit 1
}

# says TEXT COMMAND...: the command's output (stdout and stderr) has the text; its status does not count.
says()
{
	text=$1
	shift
	"$@" 2>&1 | tee "$work/said" | grep -q -e "$text" && return 0
	cat "$work/said"
	return 1
}

# fails STATUS COMMAND...: the command ends with just that status.
fails()
{
	want=$1
	shift
	"$@"
	got=$?
	[ "$got" = "$want" ] || { echo "exit status $got, not $want"; return 1; }
}

# busy: how many times as long as on an idle machine things may take here and now: 1 and more.
busy()
{
	read -r load _ </proc/loadavg
	echo $((1 + ${load%.*} / $(nproc)))
}

# clock: seconds, by one that nobody sets.
clock()
{
	read -r seconds _ </proc/uptime
	echo "${seconds%.*}"
}

# until_true SECONDS COMMAND...: tries again until it holds, so long on an idle machine, longer on a busy one.
until_true()
{
	since=$(clock)
	patience=$1
	shift
	until "$@"; do
		[ $(($(clock) - since)) -lt $((patience * $(busy))) ] || return 1
		sleep "$(($(busy) / 4)).2"
	done
}

# pid_of_lab NAME: the lab's init.
pid_of_lab()
{
	sed -n 's/.*"pid": *\([0-9]*\).*/\1/p' "$registry/$1/entry.json"
}

# descendants PID: the process and all below it, whatever PID namespaces these are in.
descendants()
{
	ps -eo pid=,ppid= | awk -v top="$1" '
		{ parent[$1] = $2 }
		END {
			for (pid in parent) {
				for (up = pid; up > 1 && up != top; up = parent[up]);
				if (up == top) print pid
			}
		}' | sort -n
}

# processes_of NAME: all of a lab.
processes_of()
{
	descendants "$(pid_of_lab "$1")"
}

# processes_named NAME COMM: those of them with that name.
processes_named()
(
	for pid in $(processes_of "$1"); do
		[ "$(cat "/proc/$pid/comm" 2>/dev/null)" = "$2" ] && echo "$pid"
	done
	true
)

# --- what a lab leaves behind: nothing ---

# namespaces_of PID: as the kernel names them; a process that has gone has none.
namespaces_of()
{
	readlink "/proc/$1/ns/user" "/proc/$1/ns/pid" "/proc/$1/ns/net" "/proc/$1/ns/mnt" 2>/dev/null
}

# lab_mounts: those that could be of this test's labs; others come and go, with disks, logins, images.
lab_mounts()
{
	grep -E "^[^ ]+ (/proc|/run|(/run/labd|$work)(/[^ ]*)?) " /proc/self/mounts
}

# What the host shows of labs: mounts, devices with the names of ours, files of ours in /tmp but what tests make
# there by mktemp.
beside=/tmp
host_state()
{
	lab_mounts
	ls /sys/class/net | grep -E '^(t[0-9]+\.[0-9]+|br[0-9]+)$'
	find "$beside" -maxdepth 1 -user "$(id -u)" -name 'labd*' ! -name 'labd-*[.-]??????' | sort
}

ours=$(namespaces_of self)
host_state >"$work/host"

# marked: the processes with this test's mark that are labd's or live in other namespaces than the test. This and
# the next are subshells, so that their variables are their own.
marked()
(
	for file in $(grep -szlxF "LABD_E2E=$work" /proc/[0-9]*/environ); do
		pid=${file#/proc/}
		pid=${pid%/environ}
		case $(cat "/proc/$pid/comm" 2>/dev/null) in
		labd* | qemu* | labctl) echo "$pid" ;;
		*) ! namespaces_of "$pid" | grep -qvxF "$ours" || echo "$pid" ;;
		esac
	done
)

# No process, file, mount or device of this test's labs; those of others do not count. Every process of labctl, and
# of a lab all but QEMU, has the mark in its environment. That is enough: QEMU cannot leave the lab's PID
# namespace, and the kernel ends all in there with the first process, labd-init, which has it.
nothing_left()
(
	marked >"$work/left"
	while read -r pid; do
		echo "process $pid: $(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline")"
	done <"$work/left"
	{
		ls -A "$registry" 2>/dev/null | grep -v '^\.lock$' | sed 's/^/entry: /'
		ls -A "$TMPDIR" | sed 's/^/file: /'
		host_state | diff "$work/host" - | grep '^>'
	} | tee "$work/files"
	[ ! -s "$work/left" ] && [ ! -s "$work/files" ]
)

# labd_of NAME: the lab's daemon, the child of that name that its first process has.
labd_of()
{
	pgrep -P "$(pid_of_lab "$1")" -x labd
}

# has_mark NAME: the lab's first process can be seen by nothing_left().
has_mark()
{
	marked | grep -x "$(pid_of_lab "$1")"
}

# count_matches FILE FILTER: how many frames of a capture match.
count_matches()
{
	tshark -n -r "$1" -Y "$2" 2>/dev/null | wc -l
}

# matches_air FILE FILTER: the same, with the passphrase of the labs' network.
matches_air()
{
	n=$(tshark -n -r "$1" -o wlan.enable_decryption:TRUE \
		-o 'uat:80211_keys:"wpa-pwd","learn-by-doing:iptime01"' -Y "$2" 2>/dev/null | wc -l)
	[ "$n" -gt 0 ] || { echo "no frame of $1 matches: $2"; return 1; }
}

# reads_air DIR: the command that the run folder's wifi-keys.txt names shows what is inside.
reads_air()
{
	(cd "$1" && sed -n '/^tshark/,$p' wifi-keys.txt | sh) 2>/dev/null | grep -q 'DHCP ACK'
}

# matches FILE FILTER: at least one frame does.
matches()
{
	[ "$(count_matches "$1" "$2")" -gt 0 ] || { echo "no frame of $1 matches: $2"; return 1; }
}

# calm_story RUN: its normal story, but for how often somebody asked again: where a guest is too slow, somebody loses
# patience. Into RUN.normal.
calm_story()
{
	"$labctl" story --normal "$work/$1" | sed -E 's/; times [0-9]+$//; s/^( *hop .*), frames [0-9]+$/\1/' >"$work/$1.normal"
}

# first_time FILE FILTER: seconds since the epoch of the first frame that matches.
first_time()
{
	tshark -n -r "$1" -Y "$2" -T fields -e frame.time_epoch 2>/dev/null | head -n 1
}

# as_schema DEFINITION COMMAND...: what the command prints on stdout is JSON as docs/json.schema.json has it.
as_schema()
{
	definition=$1
	shift
	"$@" 2>"$work/stderr" | tee "$work/said" | "$top/tests/tools/check-json" "$top/docs/json.schema.json" "$definition" &&
		return 0
	tail -c 1500 "$work/said" "$work/stderr"
	return 1
}

# completes SHELL LINE RESULT: the tab key makes RESULT of LINE in that shell.
completes()
{
	found=$(cd "$work" && timeout 60 "$top/tests/tools/complete" "$1" "$build/environment" "$2")
	[ "$found" = "$3" ] || { echo "'$2' became '$found'"; return 1; }
}

# has_schema: what checks JSON is installed.
has_schema()
{
	python3 -c 'import jsonschema' 2>/dev/null
}

# clean_wires DIR MACS: no frame in a run's captures has a wrong checksum, is above the MTU or cut, or comes from a
# NIC that no guest has; those that do are told.
clean_wires()
{
	for capture in "$1"/*_*.pcapng; do
		tshark -n -r "$capture" -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE -o udp.check_checksum:TRUE \
			-o wlan.enable_decryption:TRUE -o 'uat:80211_keys:"wpa-pwd","learn-by-doing:iptime01"' \
			-T fields -E separator=, -E occurrence=f -e frame.number -e frame.len -e frame.cap_len -e eth.src \
			-e ip.len -e ip.checksum.status -e tcp.checksum.status -e udp.checksum.status \
			-e icmp.checksum.status -e tcp.checksum 2>"$work/tshark" >"$work/frames" ||
			{ cat "$work/tshark"; return 1; }
		awk -F, -v macs="$(echo "$2" | tr '\n' ' ')" -v file="${capture##*/}" '
			BEGIN { n = split(macs, list, " "); for (i = 1; i <= n; i++) known[list[i]] = 1 }
			$3 < $2 { print file ": frame " $1 " is cut" }
			$4 != "" && $2 > 1514 || $5 > 1500 { print file ": frame " $1 " is above the MTU: " $2; }
			$4 != "" && !($4 in known) { print file ": frame " $1 " is from " $4 }
			# Linux writes a checksum of zero as ffff, which is the same number (RFC 1624), one time in 65536.
			$7 == "0" && $10 == "0xffff" { $7 = 1 }
			{ for (i = 6; i <= 9; i++) if ($i == "0") print file ": frame " $1 ": checksum " i - 5 " is wrong" }
		' "$work/frames"
	done >"$work/unclean"
	head -n 20 "$work/unclean"
	[ ! -s "$work/unclean" ]
}

# right_checksums FILE: TCP segments whose checksum was looked at and is right.
right_checksums()
{
	[ "$(tshark -n -r "$1" -o tcp.check_checksum:TRUE -Y 'tcp.checksum.status == 1' 2>/dev/null | wc -l)" -gt 0 ]
}
