"""The rendered scripts under the real shells: what was there before is there after."""

import os
import subprocess

import pytest

from vscvenv.environ import diff, parse
from vscvenv.replay import MARKER, Replay, plain, save

BEFORE = {"PATH": "/usr/bin:/bin", "GONE": "it was here", "HOME": "/nowhere", "LANG": "C.UTF-8", "LOGNAME": "u"}
ODD = 'it\'s $HOME `id` "x"\n* \\ ; end~ =x'
AFTER = {**BEFORE, "PATH": "/env/bin:/usr/bin:/bin", "ODD": ODD, "BYTES": os.fsdecode(b"\xff\xfe"), "EMPTY": ""}
del AFTER["GONE"]

# As the shim does it: behind a function's door, where the caller's options do not hold.
ENTER = """
enter() {
    if [ -n "${ZSH_VERSION-}" ]; then emulate -L zsh; else local -; set +aefu; fi
    local IFS=" "
    . "$SCRIPT" check && . "$SCRIPT" /no/shim || exit 9
}
enter
"""


@pytest.fixture(params=["bash", "zsh"])
def shell(request):
    return [request.param, "--norc"] if request.param == "bash" else [request.param, "-f"]


def run(shell, text, tmp_path, change=None, environ=BEFORE):
    """Run `text`, in which `dump NAME` writes the exported environment, and return the dumps by name."""
    stem = save(change or diff(BEFORE, AFTER), tmp_path / "odd ' $dir", "(venv-x) ").stem
    script = tmp_path / "script"
    script.write_text('dump() { /usr/bin/env -0 > "$DUMPS/$1"; }\n' + text)
    extra = {"SCRIPT": f"{stem}.{shell[0]}", "DUMPS": str(tmp_path)}
    ended = subprocess.run([*shell, script], env={**environ, **extra}, capture_output=True, text=True, check=False)
    dumps = {one.name: parse(one.read_bytes()) for one in tmp_path.iterdir() if one.is_file() and one != script}
    for dump in dumps.values():
        functions = (f"BASH_FUNC_{name}%%" for name in ("enter", "check", "dump"))
        for name in ("_", "SHLVL", "PWD", "OLDPWD", *functions, *extra):
            dump.pop(name, None)
    return ended, dumps


@pytest.mark.parametrize("options", ["", "set -eu", "set -eu -o pipefail -f -C", "set -a", "IFS=/"])
def test_there_and_back(shell, options, tmp_path):
    ended, dumps = run(shell, f"{options}\ndump before\n{ENTER}\ndump active\ndeactivate\ndump after\n", tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")
    marker = dumps["active"].pop(MARKER)
    assert dumps["active"] == AFTER
    assert Replay(type(tmp_path)(marker)).change.undo(dumps["active"] | {MARKER: marker}) == BEFORE
    assert dumps["before"] == dumps["after"] == BEFORE


def test_an_unexported_variable_comes_back_unexported(shell, tmp_path):
    text = f'ODD=mine\n{ENTER}\n[ "$ODD" != mine ] || exit 8\ndeactivate\n[ "$ODD" = mine ] || exit 7\ndump after\n'
    ended, dumps = run(shell, text, tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert dumps["after"] == BEFORE


def test_what_the_user_exports_meanwhile_stays(shell, tmp_path):
    _, dumps = run(shell, f"{ENTER}\nexport MINE=1\ndeactivate\ndump after\n", tmp_path)
    assert dumps["after"] == {**BEFORE, "MINE": "1"}


def test_a_readonly_variable_is_found_before_anything_changes(shell, tmp_path):
    text = 'readonly ODD=1\ndump before\ncheck() { . "$SCRIPT" check; }\ncheck && exit 9\ndump after\nexit 0\n'
    ended, dumps = run(shell, text, tmp_path)
    assert ended.returncode == 0
    assert "$ODD is read-only" in ended.stderr
    assert dumps["before"] == dumps["after"]


def test_the_prompt_says_what_is_active_and_later_edits_of_it_survive(shell, tmp_path):
    text = f"PS1='> '\n{ENTER}\nprintf '[%s]' \"$PS1\"\nPS1=$PS1'! '\ndeactivate\nprintf '[%s]' \"$PS1\"\n"
    ended, _ = run(shell, text, tmp_path)
    assert ended.stdout == "[(venv-x) > ][> ! ]"


def test_the_prompt_stays_where_the_user_wants_it_to(shell, tmp_path):
    text = f"PS1='> '\n{ENTER}\nprintf '[%s]' \"$PS1\"\n"
    ended, _ = run(shell, text, tmp_path, environ={**BEFORE, "VIRTUAL_ENV_DISABLE_PROMPT": "1"})
    assert ended.stdout == "[> ]"


def test_nothing_of_ours_is_left(shell, tmp_path):
    listing = """
    unset -f enter
    typeset -f | grep -e vsc_venv -e deactivate
    set | grep -a -v -e ^_= -e ^BASH_COMMAND= | grep -a __vsc
    """
    text = f"{ENTER}\ndeactivate\n{listing}\nexit 0\n"
    ended, _ = run(shell, text, tmp_path)
    assert ended.stdout == ""


def test_an_equal_change_is_written_once_and_another_elsewhere(tmp_path):
    first = save(diff(BEFORE, AFTER), tmp_path, "(x) ")
    assert save(diff(BEFORE, AFTER), tmp_path, "(x) ") == first
    assert save(diff(BEFORE, {}), tmp_path, "(x) ") != first


def test_a_plain_script_only_makes_the_change(shell, tmp_path):
    script = tmp_path / "plain"
    script.write_text(plain(diff(BEFORE, AFTER)), errors="surrogateescape")
    text = f". {script} check\n. {script} /no/shim\ndump after\n"
    ended, dumps = run(shell, text, tmp_path)
    assert ended.returncode == 0
    assert dumps["after"] == AFTER
