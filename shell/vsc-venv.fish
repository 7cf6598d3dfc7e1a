# vsc-venv as a command of fish. Usage: vsc-venv init fish | source
#
# $__vsc_venv_shim is vsc-venv itself, $__vsc_venv_more the directory of this file. A bash finds out what is to be changed, and
# prints it as calls of the functions below (for.bash).

function vsc-venv --description "Python environments on top of a cluster's modules"
    # Options alone change this shell; a command's name, and what only prints something, go to the program.
    if string match -q -- '-*' "$argv[1]"; and not contains -- "$argv[1]" -h --help -v --version
        __vsc_venv_change $argv
    else
        /bin/bash -p $__vsc_venv_shim $argv
    end
end

function __vsc_venv_change
    # Another environment that was activated on top of ours is left by its own means, as ours is by this.
    if test -n "$__vsc_venv_state[2]"; and contains -- "$argv" -d --deactivate; and not __vsc_venv_is_ours deactivate
        functions -q deactivate; and deactivate
    end
    set -lx __VSC_VENV_STATE_1 $__vsc_venv_state[2]
    set -lx __VSC_VENV_STATE_2 $__vsc_venv_state[3]
    set -lx __VSC_VENV_STATE_3 $__vsc_venv_state[4]
    set -lx __VSC_VENV_STATE_4 $__vsc_venv_state[5]
    set -lx __VSC_VENV_TYPED (string join \x1e -- '' $argv | string collect)
    /bin/bash -p $__vsc_venv_shim for $__vsc_venv_more fish | source
    set -l codes $pipestatus
    test "$codes[1]" = 0; or return $codes[1]
    if test -n "$__vsc_venv_state[2]"
        __vsc_venv_entered
    else
        __vsc_venv_left
    end
end

# Usage: __vsc_venv_put NAME VALUE: export a variable; one that is not exported is kept aside.
function __vsc_venv_put
    if set -qgu $argv[1]
        set -g __vsc_venv_kept_$argv[1] $$argv[1]
    end
    set -gx $argv
end

# Usage: __vsc_venv_take NAME: take an exported variable away, and give back what was kept.
function __vsc_venv_take
    set -l kept __vsc_venv_kept_$argv[1]
    set -eg $argv[1]
    if set -qg $kept
        set -gu $argv[1] $$kept
        set -eg $kept
    end
end

# Usage: __vsc_venv_alias NAME [TEXT]: define an alias, or only have none; what has that name is kept aside. No alias of fish's
# own: that reads the text as it defines it, and could be made to run some.
function __vsc_venv_alias
    set -ga __vsc_venv_aliases $argv[1]
    __vsc_venv_keep $argv[1]
    functions -e $argv[1]
    set -q argv[2]; or return
    set -l __vsc_venv_text $argv[2]
    # What it calls by its own name is not itself.
    if string match -q -- "$argv[1] *" "$argv[2] "
        contains -- $argv[1] (builtin -n); and set -p __vsc_venv_text builtin; or set -p __vsc_venv_text command
    end
    function $argv[1] --description "alias $argv" --inherit-variable __vsc_venv_text
        eval $__vsc_venv_text \$argv
    end
end

# Usage: __vsc_venv_unalias: give all names of aliases their former meaning.
function __vsc_venv_unalias
    for name in $__vsc_venv_aliases
        __vsc_venv_restore $name
    end
    set -eg __vsc_venv_aliases
end

function __vsc_venv_entered
    if not __vsc_venv_is_ours deactivate
        __vsc_venv_keep deactivate
        function deactivate --description "Leave the environment"
            __vsc_venv_change --deactivate
        end
    end
    if status is-interactive; and test -n "$__vsc_venv_state[1]"; and not __vsc_venv_is_ours fish_prompt
        __vsc_venv_keep fish_prompt
        function fish_prompt
            set -l code $status
            printf %s "$__vsc_venv_state[1]"
            __vsc_venv_return $code
            __vsc_venv_before_fish_prompt
        end
    end
end

function __vsc_venv_left
    set -eg __vsc_venv_state
    for name in deactivate fish_prompt
        # Unless it has a new meaning already.
        __vsc_venv_is_ours $name; and __vsc_venv_restore $name
        functions -e __vsc_venv_before_$name
    end
end

# Usage: __vsc_venv_keep NAME: keep the function of that name aside, if there is one.
function __vsc_venv_keep
    functions -q $argv[1]; and functions -c $argv[1] __vsc_venv_before_$argv[1]
end

# Usage: __vsc_venv_restore NAME: give back what was kept aside, or have nothing of that name.
function __vsc_venv_restore
    set -l before __vsc_venv_before_$argv[1]
    functions -e $argv[1]
    functions -q $before; and functions -c $before $argv[1]
    functions -e $before
end

function __vsc_venv_is_ours
    functions -q $argv[1]; and functions $argv[1] | string match -q '*__vsc_venv_*'
end

function __vsc_venv_return
    return $argv[1]
end
