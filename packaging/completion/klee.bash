# bash completion for klee: klee itself knows what can stand where.

_klee() {
	# readline takes "=" and ":" for the ends of words, klee does not
	local line=${COMP_LINE:0:COMP_POINT} current= kept= more=:none answer
	local -a words=()
	read -ra words <<<"$line"
	[[ $line == *[[:space:]] ]] && words+=("")
	current=${words[${#words[@]} - 1]}
	[[ $current == *[=:]* && $COMP_WORDBREAKS == *[=:]* ]] && kept=${current%"${current##*[=:]}"}
	COMPREPLY=()
	while IFS= read -r answer; do
		case $answer in
		:*) more=$answer ;;
		*)
			answer=${answer%%$'\t'*}
			COMPREPLY+=("${answer#"$kept"}")
			;;
		esac
	done < <("$1" __complete "${words[@]:1}" 2>/dev/null)
	case $more in
	:files) compopt -o default 2>/dev/null ;;
	:directories) compopt -o dirnames 2>/dev/null ;;
	esac
}
complete -F _klee klee
