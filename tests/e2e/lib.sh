# SPDX-License-Identifier: LGPL-2.1-or-later
# What the end-to-end tests share: a state of their own, one line per check, and a clean end.
set -u
build=${LABD_BUILDDIR:?set by make check}
top=$(cd "${srcdir:-.}" && pwd)
labctl=$build/labctl
work=$(mktemp -d /tmp/labd-e2e.XXXXXX)
# Labs of a test are found by that test alone; the image and what libvirt learned are shared.
export XDG_STATE_HOME="$work/state" XDG_DATA_HOME="$work/data"
unset LABCTL_LAB
export LC_ALL=C.UTF-8
failed=0

say() { printf '%s\n' "$*"; }

finish()
{
	"$labctl" down --all >/dev/null 2>&1
	if [ "$failed" = 0 ]; then rm -rf "$work"; else say "# left for a look: $work"; fi
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

skip()
{
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

# until_true SECONDS COMMAND...: tries again until it holds.
until_true()
{
	end=$(($(date +%s) + $1))
	shift
	until "$@"; do
		[ "$(date +%s)" -lt "$end" ] || return 1
		sleep 0.2
	done
}

# No process, namespace or mount of a lab that belongs to this test: every one names a path below $work.
nothing_left()
{
	for dir in /proc/[0-9]*; do
		[ "${dir#/proc/}" != "$$" ] || continue
		if tr '\0' '\n' 2>/dev/null <"$dir/environ" | grep -q "^XDG_STATE_HOME=$work/state$" ||
			tr '\0' ' ' 2>/dev/null <"$dir/cmdline" | grep -q "$work/"; then
			case $(cat "$dir/comm" 2>/dev/null) in
			labd* | qemu* | labctl) echo "process ${dir#/proc/}: $(tr '\0' ' ' <"$dir/cmdline")"; return 1 ;;
			esac
		fi
	done
	[ -z "$(ls -A "$work/state/labd/labs" 2>/dev/null | grep -v '^\.lock$')" ] || {
		ls -la "$work/state/labd/labs"
		return 1
	}
}

# pid_of_lab NAME: the lab's init.
pid_of_lab()
{
	sed -n 's/.*"pid": *\([0-9]*\).*/\1/p' "$work/state/labd/labs/$1/entry.json"
}

# count_matches FILE FILTER: how many frames of a capture match.
count_matches()
{
	tshark -n -r "$1" -Y "$2" 2>/dev/null | wc -l
}

# matches FILE FILTER: at least one frame does.
matches()
{
	[ "$(count_matches "$1" "$2")" -gt 0 ] || { echo "no frame of $1 matches: $2"; return 1; }
}

# first_time FILE FILTER: seconds since the epoch of the first frame that matches.
first_time()
{
	tshark -n -r "$1" -Y "$2" -T fields -e frame.time_epoch 2>/dev/null | head -n 1
}
