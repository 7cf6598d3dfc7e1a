from __future__ import annotations

import os
import subprocess

import pytest

from engine import Place, index, module
from testbed import Distribution, Wheels, source
from vscvenv.engine.options import Options
from vscvenv.errors import VscVenvError

NUMPY = Distribution("numpy", "1.25.1")


def compiled(name, version, *requires):
    """A distribution with a shared library, as far as its metadata say."""
    return Distribution(
        name, version, requires, modules={f"{name}/__init__.py": f"V = {version!r}", f"{name}/_c.so": ""}
    )


BUNDLE = (
    NUMPY,
    compiled("scipy", "1.11", "numpy<2.7"),
    compiled("pandas", "2.0", "numpy", "dateutil"),
    Distribution("dateutil", "2"),
)


@pytest.fixture
def place(tmp_path):
    """An environment over a module with a small SciPy-bundle; newer versions are in the wheels."""
    place = Place(tmp_path, modules=(module(tmp_path / "bundle", *BUNDLE),))
    for distribution in (
        Distribution("numpy", "1.26.4"),
        Distribution("numpy", "2.1"),
        compiled("scipy", "1.15", "numpy>=1.23"),
        compiled("pandas", "2.2", "numpy>=1.26", "dateutil"),
        Distribution("dateutil", "3"),
        Distribution("plot", "1", ("numpy>=1.20", "scipy")),
        Distribution("small", "1", ("tiny[x]",)),
        Distribution("tiny", "1", extras={"x": ("dateutil",)}),
    ):
        place.wheels.wheel(distribution)
    return place


def leftovers(place):
    return [file for file in place.site_packages.rglob("INSTALLER") if "stub" in file.read_text("utf-8")]


@pytest.mark.parametrize("installer", ["uv", "pip"])
def test_what_modules_provide_is_kept_and_the_rest_installed(installer, place):
    report = place.install("plot", "small", options=Options(installer=installer, cache=place.root / "c"))
    assert report.installed == {"plot": "1", "small": "1", "tiny": "1"}
    assert report.kept == {"dateutil": "2", "numpy": "1.25.1", "scipy": "1.11"}
    assert (report.shadowed, report.warnings) == ({}, ())
    assert report.summary(1.25) == "installed 3, kept 3 from modules, in 1.2 s"
    assert report.summary(1.25, has_modules=False) == "installed 3, kept 3 from the base Python, in 1.2 s"
    assert leftovers(place) == []


def test_a_distribution_that_no_index_has_is_kept(place):
    module(place.root / "bundle", Distribution("only-here", "7"))
    assert place.install("only-here>=5").kept == {"only-here": "7"}


def test_provided_ones_in_conflict_with_each_other_do_not_disturb(place):
    module(place.root / "bundle", Distribution("quarrel", "1", ("numpy<1",)))
    report = place.install("plot")
    assert (report.installed, report.warnings) == ({"plot": "1"}, ())


@pytest.mark.parametrize("installer", ["uv", "pip"])
def test_what_does_not_satisfy_is_shadowed(installer, place):
    report = place.install("dateutil>=3", options=Options(installer=installer, cache=place.root / "c"))
    assert report.shadowed == {"dateutil": ("2", "3")}
    assert report.summary(1).endswith("shadowed 1 (dateutil), in 1.0 s")
    look = [place.python, "-c", "import dateutil; print(dateutil.__version__)"]
    assert subprocess.check_output(look, env=place.environ, text=True).strip() == "3"


def test_a_newer_numpy_of_the_same_major_breaks_nothing(place):
    report = place.install("numpy>=1.26,<2", "scipy")
    assert (report.installed, report.warnings) == ({"numpy": "1.26.4"}, ())


def test_what_the_modules_compiled_for_another_numpy_is_named(place):
    (warning,) = place.install("numpy>=2").warnings
    assert "numpy 2.1" in warning
    assert "pandas 2.0, scipy 1.11" in warning


@pytest.mark.parametrize("installer", ["uv", "pip"])
def test_and_installed_where_the_requirements_need_it(installer, place):
    report = place.install("numpy>=2", "plot", options=Options(installer=installer, cache=place.root / "c"))
    assert report.installed == {"numpy": "2.1", "plot": "1", "scipy": "1.15"}
    (warning,) = report.warnings
    assert "scipy" not in warning
    assert "pandas 2.0" in warning


@pytest.mark.parametrize("installer", ["uv", "pip"])
def test_as_is_what_that_breaks_in_turn(installer, place):
    module(place.root / "bundle", compiled("torch", "2.1.2+cu121", "numpy"), compiled("torchvision", "0.16", "torch"))
    for newer in (compiled("torch", "2.5", "numpy>=2"), compiled("torchvision", "0.20", "torch")):
        place.wheels.wheel(newer)
    options = Options(installer=installer, cache=place.root / "c")
    report = place.install("numpy>=2", "torchvision", options=options)
    assert report.installed == {"numpy": "2.1", "torch": "2.5", "torchvision": "0.20"}


def test_pip_leaves_it_where_no_other_version_can_be_had_and_it_is_named(place):
    module(place.root / "bundle", compiled("rare", "1", "numpy"))
    report = place.install("numpy>=2", "rare", options=Options(installer="pip", cache=place.root / "c"))
    assert report.installed == {"numpy": "2.1"}
    assert "rare 1" in report.warnings[0]


def test_what_no_longer_fits_together_is_named(place):
    module(place.root / "bundle", Distribution("strict", "1", ("dateutil<3",)))
    (warning,) = place.install("dateutil>=3").warnings
    assert warning == "strict 1 requires dateutil<3, and dateutil 3 is there"


@pytest.mark.parametrize("installer", ["uv", "pip"])
def test_the_impossible_is_explained_with_what_modules_provide(installer, place):
    with pytest.raises(VscVenvError, match="numpy") as raised:
        place.install("numpy>=2", "numpy<2", options=Options(installer=installer, cache=place.root / "c"))
    assert "cannot be installed" in raised.value.message
    assert f"numpy 1.25.1 is provided by {place.root}/bundle" in raised.value.hint
    assert leftovers(place) == []


def test_the_impossible_is_explained_also_where_progress_was_shown(place):
    with pytest.raises(VscVenvError, match="numpy<2"):
        place.install("numpy>=2", "numpy<2", show=True)


@pytest.mark.parametrize("installer", ["uv", "pip"])
def test_and_where_colours_are_wanted_everywhere(installer, place):
    place.variables = {"FORCE_COLOR": "1", "CLICOLOR_FORCE": "1"}
    with pytest.raises(VscVenvError) as raised:
        place.install("numpy<1.20", "plot", options=Options(installer=installer, cache=place.root / "c"))
    assert "\x1b" not in raised.value.message
    assert "numpy 1.25.1 is provided by" in (raised.value.hint or "")
    assert place.install("small", foreseen=True) == {"small": "1", "tiny": "1"}


@pytest.mark.parametrize("installer", ["uv", "pip"])
def test_what_the_user_has_at_home_is_nothing_that_is_there_already(installer, place):
    module(
        place.root / "home/.local/lib/python3.11/site-packages", Distribution("tiny", "1"), Distribution("numpy", "2")
    )
    report = place.install("small", "numpy", options=Options(installer=installer, cache=place.root / "c"))
    assert report.installed == {"small": "1", "tiny": "1"}
    assert report.kept["numpy"] == "1.25.1"


@pytest.mark.parametrize(
    "variables",
    [
        {"UV_VENV_SEED": "1"},
        {"UV_WORKING_DIR": "/"},
        {"UV_WORKING_DIRECTORY": "/"},
        {"UV_LINK_MODE": "symlink"},
        {"UV_NO_INSTALLER_METADATA": "1"},
    ],
)
def test_what_the_user_sets_for_other_work_with_uv_is_not_for_this(variables, place):
    place.wheels.wheel(Distribution("pip", "99"))
    source(place.root / "here", Distribution("made", "1"))
    place.variables = variables
    assert place.install("small", "./here").installed == {"made": "1", "small": "1", "tiny": "1"}
    assert (place.site_packages / "made-1.dist-info/direct_url.json").exists()
    assert not [file for file in place.site_packages.rglob("*") if file.is_symlink()]


@pytest.mark.parametrize(("said_in", "minor"), [("a variable", "3.11"), ("a file", "3.6"), ("a file", "3.12")])
@pytest.mark.parametrize("setting", ["user", "target", "prefix", "root", "dry-run"])
def test_pip_installs_into_the_environment_whatever_it_is_told(setting, said_in, minor, tmp_path):
    place = Place(tmp_path, minor)
    place.wheels.wheel(Distribution("small", "1"))
    value = "1" if setting in {"user", "dry-run"} else str(tmp_path / "elsewhere")
    (tmp_path / "pip.conf").write_text(f"[install]\n{setting} = {value}\n")
    in_file = {"PIP_CONFIG_FILE": str(tmp_path / "pip.conf")}
    told = in_file if said_in == "a file" else {f"PIP_{setting.upper().replace('-', '_')}": value}
    report = place.install("small", options=Options(installer="pip", cache=tmp_path / "c"), environ=told)
    assert report.installed == {"small": "1"}


def test_an_interrupt_leaves_no_stubs(place):
    command = "import os, signal, time; os.kill(os.getppid(), signal.SIGINT); time.sleep(9)"
    tree = source(place.root / "slow", Distribution("slow", "1"))
    (tree / "backend.py").write_text(
        f"def build_wheel(*_):\n    pass\n{command.replace('os.getppid()', str(os.getpid()))}\n"
    )
    with pytest.raises(KeyboardInterrupt):
        place.install("./slow")
    assert leftovers(place) == []


def test_local_paths_and_editables_are_relative_to_the_working_directory(place):
    source(place.root / "here", Distribution("here", "1", ("numpy",)))
    source(place.root / "there", Distribution("there", "1"))
    report = place.install("./here", "-e ./there")
    assert report.installed == {"here": "1", "there": "1"}
    assert report.kept == {"numpy": "1.25.1"}
    look = [place.python, "-c", "import there; print(there.__file__)"]
    assert subprocess.check_output(look, env=place.environ, text=True).startswith(str(place.root / "there"))


def test_nested_files_constraints_and_markers(place):
    (place.root / "more.txt").write_text("small\nplot; python_version < '3'\n", "utf-8")
    (place.root / "limits.txt").write_text("dateutil<3\nnumpy<2\n", "utf-8")
    report = place.install("-r more.txt", "-c limits.txt", "numpy>1.25.1")
    assert report.installed == {"numpy": "1.26.4", "small": "1", "tiny": "1"}


def test_a_hash_that_is_wrong_is_refused(place):
    with pytest.raises(VscVenvError, match=r"(?i)hash"):
        place.install(f"tiny==1 --hash=sha256:{'0' * 64}")


def test_pip_takes_over_and_says_why(place, capsys):
    options = Options(pip_only=("--global-option (requirements.txt:2)",), cache=place.root / "c")
    assert place.install("small", options=options).installed == {"small": "1", "tiny": "1"}
    assert "--global-option (requirements.txt:2)" in capsys.readouterr().err


def test_an_isolated_build_does_not_see_modules_and_another_does(place):
    place.wheels.wheel(Distribution("maker", "2"))
    module(place.root / "bundle", Distribution("maker", "1"))
    place.wheels.sdist(Distribution("made", "1", builds_with=("maker",)))
    place.install("made")
    built = (place.site_packages / "made-1.dist-info" / "built_with.json").read_text("utf-8")
    assert '"maker": ["2"' in built
    subprocess.run(["rm", "-r", place.path], check=True)
    place.install("made", options=Options(no_build_isolation=True, cache=place.root / "cache"))
    built = (place.site_packages / "made-1.dist-info" / "built_with.json").read_text("utf-8")
    assert '"maker": ["1"' in built


def test_pre_releases_come_where_they_are_asked_for(place):
    for version in ("1", "2rc1"):
        place.wheels.wheel(Distribution("early", version))
    assert place.install("early").installed == {"early": "1"}
    subprocess.run(["rm", "-r", place.path], check=True)
    assert place.install("early", options=Options(pre=True, cache=place.root / "cache")).installed == {"early": "2rc1"}


def test_offline_says_so(place):
    options = Options(offline=True, cache=place.root / "cache")
    with pytest.raises(VscVenvError, match="--offline"):
        place.install("unheard-of", online=True, options=options)


def test_an_index_that_cannot_be_reached_is_told_as_such(place):
    options = Options(index_url="http://127.0.0.1:9/simple", cache=place.root / "cache")
    with pytest.raises(VscVenvError, match="cannot be reached") as raised:
        place.install("unheard-of", online=True, options=options, environ={"UV_HTTP_RETRIES": "0"})
    assert "login node" in raised.value.hint


def test_a_build_that_fails_is_shown(place):
    tree = source(place.root / "bad", Distribution("bad", "1"))
    (tree / "backend.py").write_text("raise RuntimeError('no compiler here')", "utf-8")
    with pytest.raises(VscVenvError, match="no compiler here"):
        place.install("./bad")


def test_pips_configuration_holds_and_so_does_netrc(place):
    conf = place.root / "home" / ".config" / "pip" / "pip.conf"
    conf.parent.mkdir(parents=True)
    with index(place.root / "private", Distribution("secret", "1"), user="me:word") as (url, _):
        conf.write_text(f"[global]\nindex-url = {url}\n", "utf-8")
        netrc = place.root / "home" / ".netrc"
        netrc.write_text("machine 127.0.0.1 login me password word\n", "utf-8")
        netrc.chmod(0o600)
        report = place.install("secret", online=True, environ={"PIP_CONFIG_FILE": ""})
    assert report.installed == {"secret": "1"}


def test_credentials_that_lack_are_told_as_such(place):
    with (
        index(place.root / "private", Distribution("secret", "1"), user="me:word") as (url, _),
        pytest.raises(VscVenvError, match="password"),
    ):
        place.install("secret", online=True, options=Options(index_url=url, cache=place.root / "c"))


def test_an_index_in_the_file_wins_over_pips_configuration(place):
    with index(place.root / "public", Distribution("open", "1")) as (url, _):
        line = ("--index-url", url)
        report = place.install(
            " ".join(line),
            "open",
            online=True,
            options=Options(in_files=(line,), cache=place.root / "c"),
            environ={"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "UV_HTTP_RETRIES": "0"},
        )
    assert report.installed == {"open": "1"}


def test_an_option_adds_to_what_the_user_told_uv(place):
    own, more = Wheels(place.root / "own"), Wheels(place.root / "more")
    own.wheel(Distribution("one", "1"))
    more.wheel(Distribution("two", "2"))
    place.variables = {"UV_FIND_LINKS": str(own.directory), "PIP_NO_INDEX": "1"}
    options = Options(find_links=(str(more.directory),), cache=place.root / "c")
    assert place.install("one", "two", options=options, online=True).installed == {"one": "1", "two": "2"}
    with index(place.root / "a", Distribution("three", "3")) as (url, _), index(place.root / "b") as (other, _):
        Wheels(place.root / "b/simple/four").wheel(Distribution("four", "4"))
        place.variables = {"UV_INDEX": f"mine={url}"}
        options = Options(extra_index_url=(other,), index_url=other, cache=place.root / "c")
        report = place.install("three==3", "four==4", options=options, online=True)
        assert report.installed.keys() >= {"three", "four"}


def test_the_best_version_of_all_indexes_is_taken(place):
    with (
        index(place.root / "one", Distribution("open", "1")) as (one, _),
        index(place.root / "two", Distribution("open", "2")) as (two, _),
    ):
        options = Options(index_url=two, extra_index_url=(one,), cache=place.root / "c")
        report = place.install("open", online=True, options=options)
    assert report.installed == {"open": "2"}


def test_pre_releases_and_hashes_are_also_asked_for_in_the_file(place):
    place.wheels.wheel(Distribution("early", "2rc1"))
    place.wheels.wheel(Distribution("early", "1"))
    options = Options(in_files=(("--pre", ""),), cache=place.root / "c")
    assert place.install("--pre", "early", options=options).installed == {"early": "2rc1"}
    options = Options(in_files=(("--require-hashes", ""),), cache=place.root / "c")
    with pytest.raises(VscVenvError, match="hash"):
        place.install("--require-hashes", "tiny", options=options)
