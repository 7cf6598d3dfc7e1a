"""What is typed behind `source vsc-venv`, in every shape, and what it leaves behind where it cannot be done."""

from __future__ import annotations

import shlex

import pytest

from driving import ACTIVATE, CLONE, SOURCE, changes, differences, project


@pytest.fixture
def here(tmp_path):
    return project(tmp_path)


def test_every_spelling_is_the_same(here, shell_kind):
    spellings = (
        "--activate --requirements requirements.txt --modules modules.txt",
        "--modules=modules.txt --requirements=requirements.txt --activate",
        "-m modules.txt -a -r requirements.txt",
        "-armore.txt --requirements ./requirements.txt -mmodules.txt -r 'more.txt'",
    )
    (here.directory / "more.txt").touch()
    lines = (f'{SOURCE} {words} || echo "not: {words}"\necho "$LOADEDMODULES"\ndeactivate' for words in spellings)
    ran = here.shell(shell_kind).script("\n".join(lines))
    *loaded, two = ran.stdout.splitlines()
    assert len({*loaded, two}) == 1, ran
    assert "Python" in two
    assert ran.stderr.count("installed") == 2
    assert "requirements: more.txt, requirements.txt, more.txt instead of requirements.txt" in ran.stderr


def test_no_value_survives_from_an_earlier_call(here, shell_kind):
    ran = here.shell(shell_kind).script(f"""
{ACTIVATE} --exact; echo "$? $LOADEDMODULES"
deactivate
{SOURCE} -a -m no-such-file; echo "$?"
{SOURCE} --requirements; echo "$?"
{SOURCE} -a --venvs elsewhere -r requirements.txt; echo "$? $LOADEDMODULES"
{SOURCE} -d
{SOURCE} -r requirements.txt; echo "$?"
""")
    first, missing, usage, second, neither = ran.stdout.splitlines()
    assert "Python" in first
    assert (missing, usage, second, neither) == ("1", "2", "0 cluster/alpha", "2")
    assert (here.directory / "elsewhere").is_dir()


@pytest.mark.parametrize("words", ["--no-such", "-a -r", "-a -d", "-a -r missing.txt", "-d"])
def test_what_cannot_be_done_leaves_the_shell_as_it_was(here, shell_kind, words):
    shell = here.shell(shell_kind, "none")
    ran = shell.script(
        f"""
f() {{
    {shell.snapshot("before")}
    {shell.state("before")}
    {SOURCE} {words} && echo WRONG
    set -- "$?" "$@"
    {shell.state("after")}
    {shell.snapshot("after")}
}}
f one 'two  three'
""",
        arguments=("caller's own", "--activate"),
    )
    before, after = ran.states["before"], ran.states["after"]
    status = {"--no-such": "2", "-a -r": "2", "-a -d": "2"}.get(words, "1")
    assert changes(before, after) == {"arguments": ("one\0two  three\0", f"{status}\0one\0two  three\0")}
    assert not differences(ran.environments["before"], ran.environments["after"])
    assert ran.stdout == ""
    lines = ran.stderr.splitlines()
    assert ran.stderr.startswith("vsc-venv: error: ")
    assert len(lines) == (2 if status == "2" else 1)


def test_without_words_it_helps_and_reads_nothing_of_the_callers(here, shell_kind):
    shell = here.shell(shell_kind, "none")
    path = shlex.quote(str(CLONE))
    sources = (
        SOURCE,
        f". {path}",
        f"f() {{ {SOURCE}; }}; f --activate --no-such",
        f"{shell_kind} -c {shlex.quote(SOURCE)} name -d",
        f"cd {shlex.quote(str(CLONE.parent))}; . ./vsc-venv",
        'PATH=.:$PATH; source vsc-venv; cd "$OLDPWD"',
        f"set -- {path}; {SOURCE}; set -- -d",
        f'set -- {path}; source "$1"',
    )
    text = "\n".join(f"{source}\necho status $?" for source in sources)
    ran = shell.script(text, arguments=("--activate", "-r", "missing.txt"))
    assert ran.stderr == ""
    assert ran.stdout.count("Usage: source vsc-venv ") == ran.stdout.count("status 0\n") == len(sources)
    assert not (here.directory / "venvs").exists()


def test_at_the_prompt_the_callers_arguments_are_not_read_either(here, shell_kind):
    with here.shell(shell_kind, "none").interactive() as terminal:
        terminal.run("set -- --activate --no-such")
        assert "Usage: source vsc-venv " in terminal.run(SOURCE)
        assert terminal.status() == 0
        assert "--no-such" in terminal.run('echo "$@"')


def test_at_the_prompt_it_says_what_is_active(here, shell_kind):
    with here.shell(shell_kind, "none").interactive() as terminal:
        terminal.run("alias cd=false rm=false printf=false; f() { :; }")
        assert terminal.run(f"{SOURCE} -a -r requirements.txt").endswith(f"\n({link(here)}) ")
        assert terminal.run("python -c 'import sys; print(sys.prefix != sys.base_prefix)'").startswith("True\n")
        assert terminal.run("deactivate") == ""
        assert terminal.run(f"VIRTUAL_ENV_DISABLE_PROMPT=1; {SOURCE} -a").count("(") == 1, "that of the Python"
        assert terminal.run("alias cd").count("false") == 1


def link(here):
    (found,) = (here.directory / "venvs").glob("venv-*")
    return found.name


def test_words_are_told_from_the_callers_though_those_end_with_the_file(here, shell_kind):
    ran = here.shell(shell_kind, "none").script('source "$2" -v', arguments=("one", str(CLONE)))
    assert (ran.status, ran.stderr) == (0, "")
    assert ran.stdout.startswith("vsc-venv ")


def test_without_requirements_what_is_here_is_activated(here):
    shell = here.shell()
    ran = shell.script(f"""
{SOURCE} -a; echo "$? ${{VIRTUAL_ENV-}}"
{ACTIVATE}; deactivate
{SOURCE} -a; echo "$? $VIRTUAL_ENV_PROMPT $LOADEDMODULES"; deactivate
export VSC_ARCH_LOCAL=haswell
{SOURCE} -a; echo "$? ${{VIRTUAL_ENV-}}"
""")
    none, active, other = ran.stdout.splitlines()
    assert (none, other) == ("1 ", "1 ")
    assert active.startswith("0 venv-RHEL8-zen2 cluster/alpha:")
    assert "Python" in active
    to_type = [line.partition("source vsc-venv ")[2] for line in ran.stderr.splitlines() if "Make it" in line]
    assert to_type == [
        "--activate --requirements requirements.txt --modules modules.txt",
        "--activate --requirements requirements.txt --modules modules.txt",
    ]
    assert shell.script(f"export VSC_ARCH_LOCAL=haswell\n{SOURCE} {to_type[1]}").status == 0


def test_all_is_well_is_one_short_line(here, shell_kind, tool):
    shell = here.shell(shell_kind, tool)
    shell.script(ACTIVATE)
    ran = shell.script(f"{ACTIVATE}\n{SOURCE} --deactivate")
    assert (ran.status, ran.stdout) == (0, "")
    assert ran.stderr == f"vsc-venv: venv-RHEL8-zen2 is active (Python {here.python_version})\n"
    again = shell.script(f"{ACTIVATE}\n{ACTIVATE} 2>again")
    assert "\x1b" not in again.stderr
    lines = (here.directory / "again").read_text().splitlines()
    assert [line for line in lines if "not RHEL8" not in line] == ran.stderr.splitlines()
