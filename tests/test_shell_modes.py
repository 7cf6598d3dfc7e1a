"""Every mode a shell can be in: activating, leaving and failing work, and change nothing of it."""

from __future__ import annotations

import pytest

from driving import ACTIVATE, DEACTIVATE, SOURCE, changes, differences, project

WORDS = "rm cd mktemp printf [ . unset export local eval set shift return test read command hash echo exit typeset :"
ALIASES = f'for w in {WORDS}; do \\builtin alias "$w=echo ALIASED $w"; done'
FUNCTIONS = (
    "rm() { echo RM; }; cd() { echo CD; }; mktemp() { echo MK; }; readlink() { echo RL; }; python() { echo PY; }"
)
MODES = {
    "bash": (
        "set -euo pipefail -Cf",
        "shopt -s nullglob dotglob nocaseglob nocasematch extglob globstar localvar_inherit inherit_errexit; IFS=/:_v",
        "shopt -s failglob extdebug xpg_echo; set -akBh; unset HOME",
        "exec 9>/dev/null; BASH_XTRACEFD=9; set -o posix -eux; IFS=",
        f"shopt -s expand_aliases; {ALIASES}",
        "set -ET; trap 'echo ERR' ERR; trap ': debug' DEBUG; trap ': return' RETURN; trap 'echo INT' INT",
        FUNCTIONS,
    ),
    "zsh": (
        "set -euo pipefail; setopt no_clobber null_glob warn_create_global 2>/dev/null",
        "setopt sh_word_split ksh_arrays err_return glob_subst rc_expand_param ksh_glob; IFS=/:_v",
        "setopt no_nomatch extended_glob rc_quotes all_export posix_builtins posix_identifiers auto_cd; unset HOME",
        "emulate ksh; IFS=",
        "emulate sh; set -eu",
        f"{ALIASES}; builtin alias -g self=GLOBAL venvs=GLOBAL",
        "setopt local_options local_traps; trap 'echo ERR' ERR; trap : DEBUG EXIT; TRAPUSR1() { :; }",
        f"{FUNCTIONS}; chpwd() {{ echo CHPWD; }}",
    ),
}


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """A project in which the environment is there, and a record for either shell."""
    ready = project(tmp_path_factory.mktemp("modes"))
    assert ready.shell().script(ACTIVATE).status == 0
    return ready


@pytest.mark.parametrize(("kind", "mode"), [(kind, mode) for kind, modes in MODES.items() for mode in modes])
def test_in_every_mode(here, kind, mode):
    place = "{}" if MODES[kind].index(mode) % 2 else "f() {{\n{}\n}}\nf one"
    shell = here.shell(kind)
    activate, leave, fail = (f"\\{text}" for text in (ACTIVATE, DEACTIVATE, f"{SOURCE} -a -r missing.txt"))
    steps = f"""
{shell.snapshot("before")}
{shell.state("before")}
{activate}
{shell.snapshot("warm")}
{activate}
{shell.snapshot("cold")}
{leave}
{shell.state("after")}
{shell.snapshot("after")}
{fail} || {shell.state("failed")}
"""
    ran = shell.script(f"st=0\n{mode}\n{place.format(steps)}")
    assert (ran.status, ran.stdout) == (0, ""), ran.stderr
    environments, states = ran.environments, ran.states
    assert environments["warm"]["VIRTUAL_ENV_PROMPT"] == "venv-RHEL8-zen2"
    assert not differences(environments["before"], environments["after"])
    assert differences(environments["warm"], environments["cold"]).keys() <= {"VSC_VENV_CHANGE"}
    assert not changes(states["before"], states["after"])
    assert not changes(states["before"], states["failed"])
    assert not [line for line in ran.stderr.splitlines() if not line.startswith("vsc-venv: ")]


@pytest.mark.parametrize("mode", ["set -e", "set -eu; trap 'echo ERR $?' ERR"])
def test_where_it_fails_errexit_ends_a_script_as_at_any_command(here, shell_kind, mode):
    ran = here.shell(shell_kind).script(f"{mode}\n{SOURCE} -a -r missing.txt\necho WRONG")
    assert ran.status == 1
    assert set(ran.stdout.splitlines()) <= {"ERR 1"}


def test_a_read_only_path_is_refused_and_nothing_changes(here, shell_kind):
    shell = here.shell(shell_kind)
    ran = shell.script(f"""
readonly PATH
{shell.snapshot("before")}
{shell.state("before")}
{ACTIVATE} || {shell.state("warm")}
{ACTIVATE} --force || {shell.state("cold")}
{shell.snapshot("after")}
""")
    assert "$PATH is read-only in this shell" in ran.stderr
    assert not changes(ran.states["before"], ran.states["warm"])
    assert not changes(ran.states["before"], ran.states["cold"])
    assert not differences(ran.environments["before"], ran.environments["after"])
