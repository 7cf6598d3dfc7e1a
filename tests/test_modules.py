"""The modules tools, both real: what a list of modules makes of an environment, and what is said where it cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

import testbed
from vscvenv import environ as env
from vscvenv import modules, moduletool
from vscvenv.errors import VscVenvError
from vscvenv.reading.inputs import Input
from vscvenv.reading.modulelist import parse

LIST = Path("/project/modules.txt")
PILLOW = "Pillow/10.0.0-GCCcore-12.3.0"
NAMES = {"lmod": "Lmod", "envmodules": "Environment Modules"}


@pytest.fixture(scope="module", params=["lmod", "envmodules"])
def tool(request):
    return request.param


@pytest.fixture(scope="module")
def login(tool, tmp_path_factory):
    """The environment of a login shell with the cluster's module."""
    directory = tmp_path_factory.mktemp("login")
    (directory / "home").mkdir()
    return testbed.Shell(kind="bash", tool=tool, scratch=directory / "dumps", home=directory / "home").logged_in()


def load(text, environ):
    return modules.load(parse(Input(LIST, text.encode()), environ), environ)


def after(text, environ):
    return modules.load(parse(Input(LIST, text.encode()), environ), environ).environ


def failure(text, environ):
    with pytest.raises(VscVenvError) as failed:
        load(text, environ)
    return failed.value


def test_exactly_the_list_and_what_is_sticky(login, tool):
    busy = after("noisy/1.0\nwarns/1.0\n", login)
    loaded = load(f"{PILLOW}\n", busy)
    assert loaded.tool.name == NAMES[tool]
    assert loaded.names[0] == "cluster/alpha"
    assert loaded.names[-1] == PILLOW
    assert "noisy/1.0" not in loaded.names
    assert "VSC_WARNS" not in loaded.environ
    assert moduletool.loaded_names(loaded.purged) == ["cluster/alpha"]
    assert moduletool.unloaded(busy, loaded.environ) == ["noisy/1.0", "warns/1.0"]
    assert [Path(file).name.removesuffix(".lua") for file in loaded.files][-1] == PILLOW.partition("/")[2]
    assert all("Pillow" in entry or "12.3.0" in entry for entry in loaded.brought("PYTHONPATH"))


def test_an_empty_list_is_only_what_is_sticky(login):
    loaded = load("", after(PILLOW, login))
    assert loaded.names == ["cluster/alpha"]
    other = env.diff(loaded.environ, login).after
    assert not {name for name in other if not name.startswith(("_ModuleTable", "__LMOD"))}


def test_in_the_order_of_the_list(login):
    for names in (["pushy/1.0", "warns/1.0"], ["warns/1.0", "pushy/1.0"]):
        assert load("\n".join(names), login).names[1:] == names
    assert load("pushy/1.0", login).environ["VSC_ODD"].startswith('it\'s  "odd" $HOME `id` *')


@pytest.mark.parametrize(
    "where", ["{}\n", "warns/1.0\n{}\n", "warns/1.0 {} pushy/1.0\n", "warns/1.0\nmodule swap warns {}\n"]
)
def test_a_module_that_fails_is_named_with_the_tools_own_message(login, tool, where):
    text = where.format("broken/1.0")
    failed = failure(text, login)
    line = next(number for number, line in enumerate(text.splitlines(), 1) if "broken" in line)
    assert failed.exit_code == 1
    assert failed.message.startswith(f"{LIST}:{line}: {NAMES[tool]} cannot load the module broken/1.0\n")
    assert "the licence server does not answer" in " ".join(failed.message.split())
    assert "\x1b" not in failed.message


def test_a_module_that_needs_one_that_is_absent(login):
    assert "absent/1.0" in failure("needs/1.0\n", login).message


@pytest.mark.parametrize("quiet", [{}, {"LMOD_REDIRECT": "yes"}])
def test_a_module_that_is_not_there_and_what_is_instead(login, quiet, tool):
    failed = failure("Pillow/9.9.9\n", {**login, **quiet})
    assert failed.message.startswith(f"{LIST}:1: ")
    assert failed.hint == f"Available here: {PILLOW}"
    failed = failure("NoSuchThing\n", {**login, **quiet})
    command = {"lmod": "spider", "envmodules": "avail"}[tool]
    assert f"No module NoSuchThing is available on this node ('module {command}'" in failed.hint


@pytest.mark.parametrize("name", ["Pilow/10.0.0", "pillow/9", "PILOW", "Pillow-10.0.0"])
def test_a_name_with_a_slip_of_the_pen(login, name):
    assert failure(f"{name}\n", login).hint.endswith(f"Available here: {PILLOW}")
    assert "No module Pythagoras is" in failure("Pythagoras/1.0\n", login).hint


def test_two_versions_of_one_module(login, tool):
    """Lmod puts the later one into the place of the other, and calls it a success."""
    first, second = (testbed.STYLES[style].name for style in "AC")
    failed = failure(f"{first}\n{second}\n", login)
    if tool == "lmod":
        assert failed.message == f"{LIST}:1: another module of the list takes the place of {first}"
        assert failed.hint == "Keep one of them."
    else:
        assert f"{LIST}:2: Environment Modules cannot load the module {second}" in failed.message


def test_one_of_another_name_does_not_count(login):
    failed = failure(f"{testbed.STYLES['A'].name}\nSciPy\n", login)
    assert "cannot load the module SciPy\n" in failed.message
    assert failed.message.startswith(f"{LIST}:2: ")


@pytest.mark.parametrize("name", ["Pillow", PILLOW])
def test_a_name_may_leave_the_version_to_the_tool(login, tool, name):
    assert PILLOW in load(name, login).names
    if tool == "lmod":
        assert PILLOW in load("Pillow/10.0", login).names


def test_noise_is_no_failure_and_no_news(login, capfd):
    assert "noisy/1.0" in load("noisy/1.0\n", login).names
    assert capfd.readouterr() == ("", "")


def test_a_warning_with_a_non_zero_status_is_passed_on(login, tool, capfd):
    loaded = load("warns/1.0\nnoisy/1.0\n", login)
    assert loaded.environ["VSC_WARNS"] == "loaded"
    assert loaded.names[-2:] == ["warns/1.0", "noisy/1.0"]
    said = capfd.readouterr().err
    assert ("no GPU on this node" in said) == (tool == "lmod"), "Environment Modules calls it a success"


def test_lines_that_swap_use_unload_and_purge(login, tool, tmp_path):
    tree = testbed.site().tree("beta", tool)
    assert load("warns/1.0\nmodule swap warns/1.0 noisy/1.0\n", login).names[1:] == ["noisy/1.0"]
    assert load("warns/1.0 noisy/1.0\nmodule unload warns/1.0\n", login).names[1:] == ["noisy/1.0"]
    assert load("warns/1.0\nmodule purge\nnoisy/1.0\n", login).names == ["cluster/alpha", "noisy/1.0"]
    first, *_ = env.paths(load(f"module use {tree}\nwarns/1.0\n", login).environ["MODULEPATH"])
    assert first == str(tree)
    *_, last = env.paths(load(f"module use -a {tmp_path}\nwarns/1.0\n", login).environ["MODULEPATH"])
    assert last == str(tmp_path)


def test_a_sticky_module_is_swapped_where_the_tool_does_it(login, tool):
    line = "module swap cluster/alpha cluster/gamma\n"
    if tool == "lmod":
        assert load(line, login).names == ["cluster/gamma"]
    else:
        assert "Unload of sticky module skipped" in failure(line, login).message


def test_what_modules_own_is_all_they_set_and_the_tools_notes(login, tool):
    loaded = after("warns/1.0\npushy/1.0\n", {**login, "MINE": "1"})
    owned = env.diff(loaded, moduletool.without_modules(loaded).environ).after
    assert {"VSC_WARNS", "VSC_ODD", "VSC_ARCH_LOCAL", "LOADEDMODULES", "_LMFILES_", "MODULEPATH"} <= owned.keys()
    assert any(name.startswith("_ModuleTable" if tool == "lmod" else "__MODULES_") for name in owned)
    assert not {"MINE", "HOME", "LMOD_CMD", "MODULES_CMD", "MODULESHOME"} & owned.keys()


def test_without_a_tool(login):
    bare = {"PATH": login["PATH"], "HOME": login["HOME"]}
    assert moduletool.find_tool(bare) is None
    assert moduletool.find_tool({**bare, "LMOD_CMD": "/no/such/lmod"}) is None
    assert load("", bare).environ == bare
    assert moduletool.without_modules(bare).environ == bare
    assert "this shell has no modules tool" in failure("Python\n", bare).message


@pytest.mark.parametrize(
    "odd", [{"IFS": "/:_"}, {"SHELLOPTS": "errexit:nounset"}, {"BASH_ENV": "/no/such"}, {"PATH": ""}]
)
def test_nothing_odd_of_the_callers_gets_in_the_way(login, odd):
    assert load("warns/1.0\n", {**login, **odd}).names[-1] == "warns/1.0"
