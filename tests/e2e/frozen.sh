# SPDX-License-Identifier: LGPL-2.1-or-later
# What the tests of frozen labs share: pair.xml, a cache of their own, looking into it and damaging what is there.
# shellcheck shell=sh
. "${srcdir:-.}/tests/e2e/lib.sh"

lab=$top/tests/e2e/labs/pair.xml
"$labctl" image show >/dev/null 2>&1 || skip "the guest image is not built: labctl image build"
[ -w /dev/net/tun ] || skip "/dev/net/tun may not be opened"

# A cache of its own, but for what costs minutes.
shared=${XDG_CACHE_HOME:-$HOME/.cache}/labd
export XDG_CACHE_HOME="$work/cache"
mkdir -p "$XDG_CACHE_HOME/labd"
for kept in "$shared"/*; do
	case ${kept##*/} in frozen | templates) ;; *) ln -s "$kept" "$XDG_CACHE_HOME/labd/" ;; esac
done
frozen=$XDG_CACHE_HOME/labd/frozen

kept() { find "$frozen" -mindepth 1 -maxdepth 1 -printf '%f\n'; }
one_is_kept() { [ "$(kept | wc -l)" = 1 ] && ! kept | grep -F .; }
nothing_is_kept() { [ -z "$(kept)" ]; }
# set_manifest PERL: a value of the frozen lab's manifest is another.
set_manifest() { perl -MJSON::PP -0777 -i -e '$_ = decode_json(scalar <>);'"$1"'; print encode_json($_)' "$frozen"/*/manifest.json; }
# signed FILE: what was done to a file of it is as if it had been written so.
signed() { set_manifest "\$_->{files}{'$1'} = '$(sha256sum <"$(echo "$frozen"/*/"$1")" | cut -d ' ' -f 1)'"; }
# within_half_a_second: the guest's clock, read between two readings of ours.
within_half_a_second()
{
	before=$(date +%s%N)
	guest=$("$labctl" ssh left date +%s%N)
	after=$(date +%s%N)
	echo "$before <= $guest <= $after"
	[ "$guest" -gt $((before - 500000000)) ] && [ "$guest" -lt $((after + 500000000)) ]
}
heard() { "$labctl" ssh right cat /tmp/heard </dev/null | grep -qx "$1"; }
up() { "$labctl" up "$lab" "$@" >"$work/up" 2>&1; }
down() { check "down" "$labctl" down; }
is_thawed() { grep -q 'as it was when it was frozen' "$work/up" || { cat "$work/up"; return 1; }; }
thawed() { must "up" up && check "it is thawed" is_thawed; }
# made_anew WHY: up does not thaw, says in one line why, and the lab is there all the same.
made_anew()
{
	must "up all the same" up
	check "and says: $1" test "$(grep -c "$1" "$work/up")" = 1 || cat "$work/up"
	check "it was not thawed" fails 1 grep -q 'as it was when it was frozen' "$work/up"
	check "its nodes are there" says '^right$' "$labctl" ssh right hostname
	check "and nothing is kept" nothing_is_kept
}
# killed_at WORDS PID COMMAND...: PID, or where that is empty the command itself, is killed as soon as the command says so.
killed_at()
{
	words=$1 victim=$2
	shift 2
	{
		sh -c 'echo $$; exec "$@" 2>&1' sh "$@"
		echo "exit $?"
	} | {
		read -r self
		while read -r line; do
			echo "$line"
			case $line in *"$words"*) kill -KILL "${victim:-$self}" ;; esac
		done
	} >"$work/killed"
}
random() { "$labctl" ssh left 'cat /proc/sys/kernel/random/uuid; head -c 16 /dev/urandom | base64'; }
