# SPDX-License-Identifier: LGPL-2.1-or-later
# bash completion for labctl: labctl itself knows its words.

_labctl()
{
	local current=${COMP_WORDS[COMP_CWORD]} line words start=0 i
	COMPREPLY=()

	# readline splits NODE:NIC at the colon; put such words together again.
	words=("${COMP_LINE:0:COMP_POINT}")
	read -ra words <<<"${COMP_LINE:0:COMP_POINT}"
	[[ ${COMP_LINE:0:COMP_POINT} == *[[:space:]] ]] && words+=("")
	local whole=${words[-1]}
	[[ $whole == *:* && $whole == *"$current" ]] && start=$((${#whole} - ${#current}))
	[[ $current == : ]] && start=${#whole} current=

	while IFS= read -r line; do
		if [[ $line == :file ]]; then
			compopt -o filenames 2>/dev/null
			while IFS= read -r i; do COMPREPLY+=("$i"); done < <(compgen -f -- "$current")
		else
			COMPREPLY+=("${line:start}")
		fi
	done < <("${COMP_WORDS[0]}" __complete "${words[@]:1}" 2>/dev/null)
}
complete -F _labctl labctl
