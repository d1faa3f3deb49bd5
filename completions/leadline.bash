# Bash completion for leadline. Change with docs/leadline.1 and completions/_leadline.

_leadline() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command='' i
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
            assess | hunt | dump | report | rules) command=${COMP_WORDS[i]} && break ;;
        esac
    done

    COMPREPLY=()
    case $prev in
        --format)
            case $command in
                assess) COMPREPLY=($(compgen -W 'text json none' -- "$cur")) ;;
                hunt) COMPREPLY=($(compgen -W 'text jsonl csv' -- "$cur")) ;;
                dump) COMPREPLY=($(compgen -W 'jsonl csv' -- "$cur")) ;;
                report) COMPREPLY=($(compgen -W 'html json markdown checklist csv' -- "$cur")) ;;
                rules) COMPREPLY=($(compgen -W 'text json' -- "$cur")) ;;
            esac
            return
            ;;
        --level) COMPREPLY=($(compgen -W 'informational low medium high critical' -- "$cur")) && return ;;
        --table) COMPREPLY=($(compgen -W 'findings timeline indicators coverage' -- "$cur")) && return ;;
        --matcher) COMPREPLY=($(compgen -W 'fast plain' -- "$cur")) && return ;;
        --record | --threads | --since | --until | --host | --password) return ;;
    esac

    local words=''
    case $command in
        '') words='assess hunt dump report rules --help --version' ;;
        assess)
            words='--output --force --format --context --since --until --host --rules --no-builtin --logsources --placeholders --no-cache --verify-rules --carve --threads --password --no-progress --matcher --help'
            ;;
        hunt) words='--format --level --rules --no-builtin --logsources --placeholders --no-cache --verify-rules --carve --threads --password --no-progress --matcher --help' ;;
        dump) words='--format --carve --threads --password --no-progress --help' ;;
        report) words='--format --table --output --help' ;;
        rules)
            words='--rules --no-builtin --logsources --placeholders --format --strict --record --matcher --help'
            [ "$prev" != rules ] || words="check list explain test $words"
            ;;
    esac
    # Words where a word can stand; else files and folders, which is what every other argument is.
    if [ -z "$command" ] || [[ $cur == -* ]] || [ "$prev" = rules ]; then
        COMPREPLY=($(compgen -W "$words" -- "$cur"))
    else
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
    fi
}

complete -F _leadline leadline
