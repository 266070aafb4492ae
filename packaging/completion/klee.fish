# fish completion for klee: klee itself knows what can stand where.

function __klee_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l klee $words[1]
    set -e words[1]
    set -l answers ($klee __complete $words "$current" 2>/dev/null)
    set -l more $answers[-1]
    set -e answers[-1]
    printf '%s\n' $answers
    switch "$more"
        case :files
            __fish_complete_path "$current"
        case :directories
            __fish_complete_directories "$current" ''
    end
end

complete -c klee -f -a '(__klee_complete)'
