"""What a hurried user types wrong: one clear message with the remedy, the right status, and nothing changed."""

from __future__ import annotations

import dataclasses
import shlex

import pytest

from driving import ACTIVATE, CLONE, SOURCE, Project, failing

WRONG = [
    ("vsc -a -r docs/requirements.txt", 1, "docs/requirements.txt: this requirements file does not exist"),
    ("vsc -a -r requirement.txt", 1, "requirements.txt: was that meant?"),
    ("vsc -a --requirements=~/requirements.txt", 1, "Write: $HOME"),
    ("vsc -a -r requirements.txt -m SciPy-bundle/2023.07-gfbf-2023a", 1, "Name a file that lists the modules"),
    ("vsc -a requirements.txt", 2, "Put --requirements or --modules before it"),
    ("vsc --activate --requirement requirements.txt", 2, "--requirements"),
    ("vsc --activat", 2, "(Did you mean one of: '--activate'"),
    ("vsc -a -r", 2, "Option '-r' requires an argument.\nvsc-venv: All options: vsc-venv --help"),
    ("vsc lits", 2, "there is no command lits; was list meant?\nvsc-venv: All options: vsc-venv --help"),
    ("$CLONE prepare requirements.txt", 2, "what is it? Put --requirements or --modules before it"),
    ("$CLONE prepare frobnicate", 2, "extra argument (frobnicate)\nvsc-venv: All options: vsc-venv prepare --help"),
    ("$CLONE prepare 'two  blanks'", 2, "extra argument (two  blanks)\n"),
    ("vsc frobnicate", 2, "there is no command frobnicate\nvsc-venv: All options"),
    ("vsc init", 2, "Choose from: bash, fish, tcsh, zsh\nvsc-venv: All options"),
    ("vsc kernel install -r requirements.txt --kernel-name 'a b'", 1, "error: 'a b' cannot name a kernel"),
    ("vsc install numpy", 2, "write it into the requirements file"),
    ("(mkdir -p sub; cd sub; vsc -a -r requirements.txt)", 1, "/requirements.txt. First: cd "),
    ("vsc -a -d", 2, "either --activate or --deactivate"),
    ("vsc -a", 1, "Make it: source vsc-venv --activate --requirements requirements.txt"),
    ("vsc -d", 1, "no environment is active"),
    ("vsc -a -r modules.txt", 1, "That is a module: modules are listed in a file of their own"),
    ("vsc -a -r requirements.txt -m requirements.txt", 1, "put it into the requirements file"),
    ("vsc -a -r requirements.txt -m gone.txt", 1, "gone.txt:2: Lmod cannot load the module Pillow/9.9"),
    ("vsc -a -r requirements.txt -m gone.txt", 1, "Available here: Pillow/10.0.0-GCCcore-12.3.0"),
    ("vsc -a -r .", 1, "is a directory"),
    ("vsc -a -r requirements.txt --cache modules.txt", 1, "modules.txt cannot be made: "),
    ("vsc -a -r requirements.txt --venvs /proc/none", 1, "the directory /proc/none/.vsc-venv/"),
    ("$CLONE -a -r requirements.txt", 33, "type: source"),
    ("bash $CLONE -a -r requirements.txt", 33, "type: source"),
    ("zsh $CLONE -a -r requirements.txt", 33, "type: source"),
    ("dash -c '. $CLONE -a -r requirements.txt'", 2, "this shell is neither bash nor zsh"),
    ("dash $CLONE -a -r requirements.txt", 2, "this shell is neither bash nor zsh"),
]


@pytest.fixture
def user(project):
    """Somebody at a cluster, with the documentation's files, and a module that is gone."""
    (project / "requirements.txt").write_text("beautifulsoup4==4.12.3\n")
    (project / "modules.txt").write_text("SciPy-bundle/2023.07-gfbf-2023a\nPillow/10.0.0-GCCcore-12.3.0\n")
    (project / "gone.txt").write_text("SciPy-bundle/2023.07-gfbf-2023a\nPillow/9.9\n")
    return Project(project).shell()


@pytest.mark.parametrize(("typed", "status", "said"), WRONG)
def test_a_mistake(user, clone, typed, status, said):
    text = typed.replace("vsc ", f"{SOURCE} ").replace("$CLONE", str(clone))
    ran = failing(user, text, first="module load noisy/1.0 >/dev/null 2>&1")
    assert said in ran.stderr
    assert ran.status == status
    assert ran.stderr.count("vsc-venv: error:") == 1
    assert "Traceback" not in ran.stderr
    assert not list(user.cwd.glob("venvs/venv-*"))


def test_two_toolchains_in_one_list_are_told_of(user):
    """Lmod calls it a success; Environment Modules an error, whose own words are enough."""
    (user.cwd / "modules.txt").write_text("SciPy-bundle/2023.07-gfbf-2023a\nPython/3.12.1-GCCcore-13.3.0\n")
    ran = user.script(ACTIVATE)
    assert ran.status == 0
    assert "another module took the place of GCCcore/12.3.0 (required by: gfbf/2023a)" in ran.stderr
    ran = dataclasses.replace(user, tool="envmodules").script(ACTIVATE)
    assert ran.status == 1
    assert "modules.txt:2: Environment Modules cannot load the module Python/3.12.1-GCCcore-13.3.0" in ran.stderr
    assert "conflict" in ran.stderr
    assert "Available here" not in ran.stderr


def test_a_second_place_for_environments_is_told_of_once(user):
    assert "there are environments" not in user.script(f"{SOURCE} -a -r requirements.txt").stderr
    below = f"mkdir -p sub && cd sub && {SOURCE} -a -r ../requirements.txt"
    assert f"there are environments in {user.cwd}/venvs too" in user.script(below).stderr
    assert "there are environments" not in user.script(below).stderr
    at_home = dataclasses.replace(user, home=user.cwd)
    assert "there are environments" not in at_home.script(below.replace("sub", "other")).stderr


def test_who_sources_the_environments_own_script_is_told_of_its_modules(user):
    own = "source venvs/venv-RHEL8-zen2/bin/activate"
    ran = user.script(f"{ACTIVATE}\ndeactivate\nset -eu\n{own}\ndeactivate")
    assert ran.status == 0
    assert "enter it by: source vsc-venv --activate" in ran.stderr
    ran = user.script(
        f"module load SciPy-bundle/2023.07-gfbf-2023a Pillow/10.0.0-GCCcore-12.3.0\n{own} && python -c 'import numpy'"
    )
    assert (ran.status, ran.stderr) == (0, "")


def test_a_warning_comes_once_also_where_something_was_installed_by_hand(user):
    assert user.script(f"{ACTIVATE} && pip install -q --disable-pip-version-check colorama==0.4.6").status == 0
    (user.cwd / "requirements.txt").write_text("numpy==1.24.0\n")
    ran = user.script(ACTIVATE)
    assert "kept what was installed by hand: colorama==0.4.6" in ran.stderr
    assert ran.stderr.count("numpy 1.24.0 may break what modules compiled for another") == 1


def test_what_an_environment_was_built_from_is_gone(user):
    assert user.script(ACTIVATE).status == 0
    (user.cwd / "modules.txt").unlink()
    for command in (f"{SOURCE} -a", f"{shlex.quote(str(CLONE))} lock"):
        ran = user.script(command)
        assert ran.status == 1
        assert f"the environment here was built from {user.cwd}/modules.txt, which is gone" in ran.stderr
    assert user.script(f"{SOURCE} -a -r requirements.txt").status == 0


def test_forgotten_modules_are_told_of(user):
    assert user.script(ACTIVATE).status == 0
    ran = user.script(f"{SOURCE} -a -r requirements.txt")
    assert "no modules are asked for: using the system's" in ran.stderr
    assert "updating venv-RHEL8-zen2: modules: none instead of modules.txt; Python" in ran.stderr


def test_who_removed_the_link_only_needs_not_say_again_what_it_is_made_of(user):
    again = (
        f"{SOURCE} -a -r requirements.txt && {SOURCE} -d && rm venvs/venv-* && {SOURCE} -a && python -c 'import bs4'"
    )
    ran = user.script(again)
    assert ran.status == 0, ran.stderr
    assert ran.stderr.count("installed") == 1


@pytest.mark.parametrize(
    ("done", "said"),
    [
        ("mkdir -p venvs/venv-RHEL8-zen2", "was not made by this program"),
        (f"{SOURCE} -a -r requirements.txt && {SOURCE} -d && rm -r venvs/venv-*/*", "is gone, damaged, or of another"),
    ],
)
def test_what_is_there_and_says_nothing_of_what_it_is_made_of(user, done, said):
    ran = failing(user, f"{SOURCE} -a", first=f"({done})")
    assert said in ran.stderr
    assert "Make it: source vsc-venv --activate --requirements requirements.txt --modules modules.txt" in ran.stderr
