# Completion of `vsc-venv` in fish, from the words beside this file.

function __vsc_venv_complete
    set -l command -
    set -l expected
    set -l current (commandline -ct)
    set -l lines (cat $__vsc_venv_more/words)
    for word in (commandline -opc)[2..]
        set -l kind (string match -- "$command"\t"$word"\t'*' $lines)[1]
        set kind (string split \t -- "$kind")[3]
        if test -n "$expected"
            set expected
        else if test "$kind" = command
            set command (string trim -- (string replace -r '^-$' '' -- $command)" $word")
        else if string match -q -- '-*' $word; and test -n "$kind"; and test "$kind" != flag
            set expected $kind
        end
    end
    if test -z "$expected"
        for line in (string match -- "$command"\t'*' $lines)
            set -l part (string split \t -- $line)
            if test "$part[2]" = -
                set expected $part[3]
            else if test "$part[3]" = command; or string match -q -- '-*' $current
                printf '%s\t%s\n' $part[2] "$part[4]"
            end
        end
        string match -q -- '-*' $current; and return
    end
    switch "$expected"
        case file directory
            __fish_complete_path $current
        case label
            set -l found venvs/*-*
            string replace -r '^venvs/(venv-)?' '' -- $found
        case name
            set -l found venvs/.vsc-venv/*@*
            string replace -r '^.*/([^@]*)@.*' '$1' -- $found
        case partition
            sinfo --noheader --format %R 2>/dev/null
        case program
            __fish_complete_command
        case '=*'
            string split ' ' -- (string sub -s 2 -- $expected)
    end
end

complete -c vsc-venv -f -a '(__vsc_venv_complete)'
