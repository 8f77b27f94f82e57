# SPDX-License-Identifier: LGPL-2.1-or-later
# bash completion for labctl: labctl itself knows its words.

_labctl()
{
	local current=${COMP_WORDS[COMP_CWORD]} line words start=0 i
	COMPREPLY=()

	# readline splits NODE:NIC at the colon and --tls=1.3 at the sign; put such words together again.
	words=("${COMP_LINE:0:COMP_POINT}")
	read -ra words <<<"${COMP_LINE:0:COMP_POINT}"
	[[ ${COMP_LINE:0:COMP_POINT} == *[[:space:]] ]] && words+=("")
	local whole=${words[-1]}
	[[ $whole == *[:=]* && $whole == *"$current" ]] && start=$((${#whole} - ${#current}))
	[[ $current == [:=] ]] && start=${#whole} current=

	while IFS= read -r line; do
		case $line in
		:*)
			compopt -o filenames 2>/dev/null
			while IFS= read -r i; do COMPREPLY+=("$i"); done < <(
				case $line in
				:file) compgen -f -- "$current" ;;
				:folder) compgen -d -- "$current" ;;
				:xml) compgen -d -- "$current"; compgen -f -X '!*.xml' -- "$current" ;;
				esac
			)
			;;
		*)
			# A value follows at once.
			[[ $line == *= ]] && compopt -o nospace 2>/dev/null
			COMPREPLY+=("${line:start}")
			;;
		esac
	done < <("${COMP_WORDS[0]}" __complete "${words[@]:1}" 2>/dev/null)
}
complete -F _labctl labctl
