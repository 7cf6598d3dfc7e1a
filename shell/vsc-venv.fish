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

function __vsc_venv_entered
    if not __vsc_venv_is_ours deactivate
        functions -q deactivate; and functions -c deactivate __vsc_venv_deactivate_before
        function deactivate --description "Leave the environment"
            __vsc_venv_change --deactivate
        end
    end
    if status is-interactive; and test -n "$__vsc_venv_state[1]"; and not __vsc_venv_is_ours fish_prompt
        functions -c fish_prompt __vsc_venv_prompt_before
        function fish_prompt
            set -l code $status
            printf %s "$__vsc_venv_state[1]"
            __vsc_venv_return $code
            __vsc_venv_prompt_before
        end
    end
end

function __vsc_venv_left
    set -eg __vsc_venv_state
    __vsc_venv_restore deactivate __vsc_venv_deactivate_before
    __vsc_venv_restore fish_prompt __vsc_venv_prompt_before
end

# Usage: __vsc_venv_restore NAME BEFORE: give the function its former meaning, unless it has a new one already.
function __vsc_venv_restore
    if __vsc_venv_is_ours $argv[1]
        functions -e $argv[1]
        functions -q $argv[2]; and functions -c $argv[2] $argv[1]
    end
    functions -e $argv[2]
end

function __vsc_venv_is_ours
    functions -q $argv[1]; and functions $argv[1] | string match -q '*__vsc_venv_*'
end

function __vsc_venv_return
    return $argv[1]
end
