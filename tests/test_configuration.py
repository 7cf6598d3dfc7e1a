"""Configuration files: what is read, what is refused and where, and which of several says what holds."""

import re
from pathlib import Path

import pytest

from vscvenv import configured
from vscvenv.errors import InputError, VscVenvError
from vscvenv.reading import configuration
from vscvenv.reading.configuration import Label, Value
from vscvenv.reading.inputs import Input
from vscvenv.request import Modules
from vscvenv.settings import BY_KEY, SETTINGS, seconds, shown

HERE = Path("/project")
ZEN5 = Label("RHEL9-zen5-h100", "RHEL9", "zen5", "h100")


def read(text, whose="project", name="vsc-venv.toml", environ=None):
    return configuration.parse(Input(HERE / name, text.encode()), whose, environ or {"HOME": "/home/me"})


def settled(files, given=None, label=ZEN5):
    return configured.settle(given or {}, configured.Files(found=tuple(filter(None, files))), lambda: label)


def test_each_kind_of_value():
    values = read(
        """
requirements = ["requirements.txt", "/shared/base.txt"]
modules = "modules.txt"
extras = "plot"
installer = "pip"
find-links = ["wheels", "https://example.org/wheels", "$DATA/wheels", "~/wheels"]
pre = true
cache = "${DATA}/cache"
grace = 14
""",
        environ={"DATA": "/data", "HOME": "/home/me"},
    ).own.values
    assert {key: one.value for key, one in values.items()} == {
        "requirements": (HERE / "requirements.txt", Path("/shared/base.txt")),
        "modules": Modules(HERE / "modules.txt"),
        "extras": ("plot",),
        "installer": "pip",
        "find-links": ("/project/wheels", "https://example.org/wheels", "/data/wheels", "/home/me/wheels"),
        "pre": True,
        "cache": Path("/data/cache"),
        "grace": 14 * 86400.0,
    }
    assert values["pre"].origin == "/project/vsc-venv.toml:7"
    assert read('modules = ["A/1", "B"]').own.values["modules"].value == Modules(HERE / "vsc-venv.toml", ("A/1", "B"))


@pytest.mark.parametrize(("text", "expected"), [("90s", 90), ("1.5 hours", 5400), ("2 weeks", 1209600), ("1d", 86400)])
def test_durations(text, expected):
    assert seconds(text) == expected
    assert seconds(shown(float(expected))) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\nmodule = 'x'", "vsc-venv.toml:2: there is no setting 'module' … Was modules meant?"),
        (
            "[tool.vsc-venv]\npre = true",
            "vsc-venv.toml:1: there is no setting 'tool' … without a table [tool.vsc-venv]",
        ),
        ("[vsc-venv]\npre = true", "vsc-venv.toml:1: there is no setting 'vsc-venv' … without a table"),
        ("requirements = requirements.txt", 'vsc-venv.toml:1: this is not TOML … name = "value"'),
        ("pre = 'yes'", "vsc-venv.toml:1: pre is a string … true or false"),
        ("index-url = 3", "vsc-venv.toml:1: index-url is a number … a string"),
        ("index-url = ['a']", "vsc-venv.toml:1: index-url is a list … a string"),
        ("requirements = [1]", "vsc-venv.toml:1: requirements is a list … a file or a list of files"),
        ("installer = 'conda'", "vsc-venv.toml:1: installer is 'conda', not one of uv, pip"),
        ("grace = 'soon'", "vsc-venv.toml:1: grace is 'soon', not a time, as in \"7 days\""),
        ("name = 'a b'", "vsc-venv.toml:1: name is 'a b', not a name"),
        ("[enviroments.gpu]", "vsc-venv.toml:1: there is no setting 'enviroments' … All settings: vsc-venv config"),
        ("requirements = ['numpy>=1']", "vsc-venv.toml:1: 'numpy>=1' is a requirement, not a file"),
        ("requirements = ''", "vsc-venv.toml:1: requirements is '', not a file"),
        ("labels = 3", "vsc-venv.toml:1: labels is a number … a table: [labels]"),
        ("[labels]\nzen5 = 'x'", "vsc-venv.toml:2: labels.zen5 is a string"),
        (
            'pre = true\n[labels."*-zen5"]\n\nprre = true',
            "vsc-venv.toml:4: there is no setting 'prre' … Was pre meant?",
        ),
        ("[labels.zen5]\nvenvs = 'x'", "vsc-venv.toml:2: venvs is the same for all labels"),
        ("[labels.zen5.labels]", "vsc-venv.toml:1: there is no setting 'labels'"),
        ("[names.'a b']", "vsc-venv.toml:1: 'a b' cannot name an environment"),
        ("[names.gpu]\n'requirement' = 'x'", "vsc-venv.toml:2: there is no setting 'requirement'"),
        ("trust = ['/']", "vsc-venv.toml:1: only a site's configuration has 'trust' … vsc-venv trust DIR"),
        ("[enforce]\npre = true", "vsc-venv.toml:1: only a site's configuration has 'enforce'"),
        ("cache = '$NOWHERE/x'", "vsc-venv.toml:1: $NOWHERE is not set"),
        ("pre = \n", "vsc-venv.toml:1: this is not TOML"),
        (f"keep = {'9' * 5000}", "vsc-venv.toml:1: this is not TOML"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(text, said):
    with pytest.raises(InputError) as raised:
        read(text)
    told = f"{raised.value.message} {raised.value.hint}"
    assert re.search(".*".join(map(re.escape, said.split(" … "))), told), told


def test_a_users_and_a_sites_files_say_nothing_of_projects():
    for whose in ("user", "site"):
        with pytest.raises(InputError, match="requirements is a project's own"):
            read("requirements = 'x'", whose)
        with pytest.raises(InputError, match="wheels is not an absolute path"):
            read("find-links = 'wheels'", whose)
    with pytest.raises(InputError, match="only a site's configuration has 'trust'"):
        read("trust = ['/data']", "user")
    assert read("trust = ['/data']", "site").trust == (Path("/data"),)


def test_a_pyproject_counts_where_it_has_the_table():
    assert read("[project]\nname = 'x'", name="pyproject.toml") is None
    assert read("[project\nthis is half done", name="pyproject.toml") is None
    found = read("[project]\nname = 'vsc-venv'\n[tool.vsc-venv]\npre = true\n", name="pyproject.toml")
    assert found.own.values["pre"].origin == "/project/pyproject.toml:4"


@pytest.mark.parametrize(
    ("patterns", "wins"),
    [
        (("*", "zen5"), "zen5"),
        (("zen5", "RHEL9"), "zen5"),
        (("RHEL9-zen5-h100", "zen5-h100"), "RHEL9-zen5-h100"),
        (("zen5-h100", "zen5"), "zen5-h100"),
        (("RHEL*", "RHEL9*"), "RHEL9*"),
        (("*-zen?-*", "RHEL9"), "RHEL9"),
        (("*-h100", "*zen5*"), "*-h100"),
    ],
)
def test_what_describes_a_label_more_closely_wins(patterns, wins):
    for order in (patterns, patterns[::-1]):
        tables = "".join(f'[labels."{one}"]\nindex-url = "{one}"\n' for one in order)
        assert settled([read(f'index-url = "top"\n{tables}')])["index-url"].value == wins


def test_labels_that_do_not_fit_say_nothing():
    text = 'index-url = "top"\n[labels.zen4]\nindex-url = "no"\n[labels."*-zen5"]\nindex-url = "no"\n'
    assert settled([read(text)])["index-url"].value == "top"


def test_the_stronger_wins_setting_by_setting():
    site = read('index-url = "site"\npre = true\ninstaller = "pip"', "site", "site.toml")
    user = read('index-url = "user"\npre = false', "user", "user.toml")
    project = read('index-url = "project"')
    given = {"index-url": Value("typed", "--index-url")}
    assert settled([site])["index-url"].origin == "/project/site.toml:1"
    found = settled([site, user, project])
    assert [found[key].value for key in ("index-url", "pre", "installer")] == ["project", False, "pip"]
    assert settled([site, user, project], given)["index-url"] == Value("typed", "--index-url")
    assert settled([])["grace"] == Value(BY_KEY["grace"].default, "default")
    assert settled([]).keys() == {one.key for one in SETTINGS}


def test_environments_of_several_names():
    project = read(
        'modules = "m"\nrequirements = "r"\n[labels.zen5]\nmodules = "m5"\n'
        '[names.gpu]\nrequirements = "g"\n[names.gpu.labels."*-h100"]\nmodules = "mh"\n'
    )
    assert settled([project])["modules"].value.file.name == "m5"
    gpu = settled([project], {"name": Value("gpu", "--name")})
    assert (gpu["modules"].value.file.name, gpu["requirements"].value[0].name) == ("mh", "g")
    with pytest.raises(VscVenvError) as raised:
        settled([project], {"name": Value("gup", "--name")})
    assert raised.value.message == "/project/vsc-venv.toml has no environment gup (--name)"
    assert raised.value.hint == "Was gpu meant?"
    assert settled([read('name = "gpu"\n[names.gpu]\npre = true')])["pre"].value is True


def test_what_a_site_enforces_stands_and_who_contradicts_is_named():
    site = read('installer = "uv"\n[enforce]\ninstaller = "pip"\n[enforce.labels.zen5]\npre = true', "site", "s.toml")
    found = settled([site, read('installer = "pip"')])
    assert (found["installer"].value, found["pre"].value) == ("pip", True)
    assert found["installer"].origin == "/project/s.toml:3"
    for files, given, said in (
        ([site, read('installer = "uv"')], {}, "/project/vsc-venv.toml:1"),
        ([site], {"installer": Value("uv", "--installer")}, "--installer"),
    ):
        with pytest.raises(VscVenvError) as raised:
            settled(files, given)
        assert raised.value.message.startswith(f'{said} says installer is "uv", but this site allows only "pip" (')
        assert "s.toml:3" in raised.value.message


def test_slips_of_the_pen_in_variables():
    names = ["VSC_VENV_INSTALER", "VSC_VENV_CHANGE", "VSC_VENV_STAND_IN", "VSC_VENV", "VSC_OS_LOCAL", "VSC_VENV_GRACE"]
    assert list(configured.unknown_variables(dict.fromkeys(names, ""))) == [("VSC_VENV_INSTALER", "VSC_VENV_INSTALLER")]
