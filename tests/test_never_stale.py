"""Whatever changes: no record answers where the core would not do the same.

`VSC_VENV_TEST_EXAMPLES=10000 python -m pytest tests/test_never_stale.py -n 2 -s` tries more.
"""

import os
import sys
from functools import partial

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from breaking import staleness
from breaking.staleness import MORE, NOW, REQUIREMENTS, STARTS, WORDS, World

COMBINATIONS = [(kind, tool) for tool in ("lmod", "envmodules") for kind in ("bash", "zsh")]
EXAMPLES = int(os.environ.get("VSC_VENV_TEST_EXAMPLES", "160")) // len(COMBINATIONS)
MOMENTS = (NOW, 0, 1, -1, staleness.SECOND, -staleness.SECOND)
INPUTS = {
    "requirements.txt": (REQUIREMENTS, f"{REQUIREMENTS}\n", f"{REQUIREMENTS}# x\n", "# before\n", "six\n", ""),
    "more.txt": (MORE, "# nothing else\n", "six==1.16.0\n"),
    "modules.txt": tuple(
        "\n".join(names) + "\n"
        for names in (
            ["{python}", "tool", "reader/1.0"],
            ["{python}", "tool/2.0", "reader/1.0"],
            ["{python}", "tool/1.0", "reader/1.0"],
            ["{python}", "reader/1.0", "tool"],
            ["{python}", "tool"],
        )
    ),
}
VARIABLES = {
    "PATH": ("/mine:{}", "{}:/mine", "/usr/bin:/bin"),
    "PYTHONPATH": ("/mine", ""),
    "LD_LIBRARY_PATH": ("/mine", "/mine:{}"),
    "MANPATH": ("/mine:{}", "{}:", ""),
    "TOOL": ("mine", ""),
    "READ": ("mine",),
    "VSC_TOLD": ("one", "two", ""),
    "VSC_READ": ("one", "two", ""),
    "MODULEPATH": ("{}:/nowhere", "/nowhere:{}", "/nowhere"),
    "LOADEDMODULES": ("", "{}:other/1.0"),
    "HOME": ("/nowhere",),
    "LMOD_QUIET": ("yes",),
    "MODULES_VERBOSITY": ("silent",),
    "VSC_OS_LOCAL": ("RHEL9", ""),
    "VSC_ARCH_LOCAL": ("haswell", "zen4", ""),
    "VSC_ARCH_SUFFIX": ("-ib", "-h100"),
    "VIRTUAL_ENV": ("/nowhere",),
    "PYTHONHOME": ("/nowhere",),
    "MINE": ("x", ""),
    "LANG": ("C", "nowhere"),
    "VSC_SCRATCH": ("/tmp", "/nowhere"),
    "XDG_CACHE_HOME": ("/tmp/cache",),
    "UV_CACHE_DIR": ("/tmp/cache", ""),
    "UV_LINK_MODE": ("copy",),
    "VSC_VENV_PRE": ("1", "true", ""),
    "VSC_VENV_NAME": ("other",),
    "PIP_INDEX_URL": ("https://nowhere.invalid/simple",),
}
CONFIGURATION = (
    "pre = true\n",
    'installer = "uv"\n',
    'modules = "more.txt"\n',
    "[labels.RHEL8-zen2]\npre = true\n",
    "grace = 1\n",
)
REQUESTS = (
    *(WORDS, ("--activate", *WORDS[1:]), (WORDS[0], *WORDS[3:], *WORDS[1:3]), WORDS[:3], WORDS[:1], (*WORDS, "--pre")),
    *((*WORDS, "-r", "more.txt"), (*WORDS, "--recreate"), (*WORDS, "--exact"), (*WORDS, "--venvs", "venvs")),
    *((*WORDS, "--venvs=elsewhere"), (*WORDS, "--no-build"), (*WORDS, "--installer", "pip")),
)
LOADED = ("tool/2.0", "reader/1.0")
OTHERS = ("tool/1.0", "tool/3.0", "another/1.0")


def change_input(world, these, name, content, moment):
    text = content.replace("{python}", staleness.testbed.site().python.module)
    these.write(world.project.directory / name, text, moment)


def link_input(world, these, name):
    these.link(world.project.directory / name, world.directory / "elsewhere" / name)


def change_modulefile(world, these, *, name, value, moment, tree):
    """A modulefile's content never changes without its time: the shell looks at that alone."""
    text = f'setenv("TOOL", "{value}")\n' if world.language == "lua" else f"#%Module\nsetenv TOOL {value}\n"
    these.write(world.modulefile(name, tree), text, moment or 1)


def touch_modulefile(world, these, name, moment):
    file = world.modulefile(name)
    if file.exists():
        these.write(file, file.read_text(), moment)


def remove_modulefile(world, these, name):
    these.remove(world.modulefile(name))


def choose_version(world, these, version, in_tree):
    lua = world.language == "lua"
    text = f'module_version("tool/{version}", "default")\n'
    place = world.trees[1] / "tool" if in_tree else world.shell.home
    tcl = f"#%Module\nmodule-version tool/{version} default\n"
    these.write(place / f".modulerc{'.lua' if lua else ''}", text if lua else tcl, NOW)


def configure(world, these, *, own, text):
    place = world.project.directory / "vsc-venv.toml" if own else world.shell.home / ".config/vsc-venv/config.toml"
    these.write(place, text, NOW)


def lock(world, these, text):
    these.write(world.project.directory / "pylock.toml", text, NOW)


def set_variable(_, these, name, value):
    these.environ[name] = value.format(these.environ.get(name, ""))


def unset_variable(_, these, name):
    these.environ.pop(name, None)


def start(world, these, name):
    these.environ = dict(world.starts[name])


def ask(_, these, words):
    these.words = words


def go(world, these, where):
    these.cwd = world.directory / where


def point(world, these, where):
    these.link(world.project.directory / "current", world.directory / where)


def change_build(world, these, number):
    link = next(world.project.directory.glob("venvs/venv-*"))
    these.link(link, link.readlink().with_name(str(number)))


def touch_record(world, these, moment):
    record = next(world.project.directory.glob("venvs/venv-*")) / "vsc-venv.json"
    these.write(record, record.read_text(), moment)


def step(change, **among):
    """Return a strategy for ``change`` with arguments each drawn ``among`` some."""
    return st.builds(partial, st.just(change), **{name: st.sampled_from(values) for name, values in among.items()})


OF_INPUTS = st.one_of(
    *(step(change_input, name=[name], content=contents, moment=MOMENTS) for name, contents in INPUTS.items()),
    step(link_input, name=list(INPUTS)),
)
OF_MODULES = st.one_of(
    step(change_modulefile, name=LOADED, value="xy", moment=MOMENTS, tree=[1]),
    step(change_modulefile, name=(*LOADED, *OTHERS), value="xy", moment=MOMENTS, tree=(0, 1)),
    step(touch_modulefile, name=(*LOADED, *OTHERS), moment=MOMENTS),
    step(remove_modulefile, name=(*LOADED, *OTHERS)),
    step(choose_version, version=("1.0", "2.0"), in_tree=(True, False)),
)
OF_ENVIRONMENT = st.one_of(
    st.one_of(*(step(set_variable, name=[name], value=values) for name, values in VARIABLES.items())),
    step(unset_variable, name=list(VARIABLES)),
    step(start, name=list(STARTS)),
)
OF_REQUEST = st.one_of(
    step(ask, words=REQUESTS),
    step(lock, text=("", 'lock-version = "1.0"\n')),
    step(configure, own=(True, False), text=CONFIGURATION),
    step(go, where=("link", "elsewhere")),
    step(point, where=("link", "elsewhere", "nowhere")),
)
OF_BUILD = st.one_of(step(change_build, number=(1, 2)), step(touch_record, moment=MOMENTS))
# One change alone hides nothing; of those that come together, one may make the core be asked whatever the others are.
CHANGES = st.one_of(OF_INPUTS, OF_MODULES, OF_MODULES, OF_ENVIRONMENT, OF_REQUEST, OF_BUILD)
DRAWN = st.one_of(st.lists(CHANGES, min_size=1, max_size=1), st.lists(CHANGES, max_size=3))


@pytest.fixture(scope="module", params=COMBINATIONS, ids="-".join)
def world(request, tmp_path_factory):
    """A project in each shell under each modules tool; what was found is told at the end."""
    made = World(tmp_path_factory.mktemp("world"), *request.param)
    yield made
    assert made.warm, "no record ever answered, so that none could be wrong"
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        sys.stdout.write(f"\n{'-'.join(request.param)}: {made.examples} examples, records answered {made.warm}\n")


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="VSC_VENV_TEST_EXAMPLES" not in os.environ,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(drawn=DRAWN)
@example(drawn=[])
@example(drawn=[partial(set_variable, name="PYTHONHOME", value="/nowhere")])
@example(drawn=[partial(set_variable, name="VSC_READ", value="one")])
@example(drawn=[partial(set_variable, name="VSC_SCRATCH", value="/tmp")])
@example(drawn=[partial(point, where="elsewhere")])
@example(drawn=[partial(lock, text="")])
@example(drawn=[partial(configure, own=True, text="pre = true\n")])
@example(drawn=[partial(configure, own=False, text="pre = true\n")])
@example(drawn=[partial(change_modulefile, name="tool/2.0", value="x", moment=-1, tree=1)])
@example(drawn=[partial(change_modulefile, name="tool/2.0", value="x", moment=NOW, tree=0)])
@example(drawn=[partial(choose_version, version="1.0", in_tree=False)])
def test_no_record_answers_what_the_core_would_not(world, drawn):
    with world.around() as these:
        for change in drawn:
            change(world, these)
        assert not world.stale(these)


def test_what_was_changed_is_back(world):
    """Else the examples would have tried less and less."""
    with world.around() as these:
        before = world.warm
        assert not world.stale(these)
        assert world.warm == before + 1
