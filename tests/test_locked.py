"""Versions that agree: lock files, and what other environments of a project have."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
import uv
from packaging.pylock import Pylock

import testbed
from counting import is_warm
from driving import ACTIVATE, SOURCE, project
from engine import index, module
from testbed import STYLES, Distribution, Wheels, interpreters
from testbed.environment import hermetic
from testbed.modulefile import easybuild
from testbed.wheels import source

if TYPE_CHECKING:
    from pathlib import Path

toml: Any = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
VSC_VENV = SOURCE.removeprefix("source ")


@dataclass
class Site:
    """A project that finds packages in a directory only, and modules in another."""

    root: Path

    def __post_init__(self):
        self.project = project(self.root, "project")
        self.wheels = Wheels(self.root / "wheels")

    @property
    def here(self):
        return self.project.directory

    def offer(self, *distributions):
        for one in distributions:
            self.wheels.wheel(one)

    def module(self, label, *distributions):
        """Have the module bundle/1 of ``label`` provide ``distributions``."""
        prefix = self.root / "software" / label
        packages = module(prefix / "lib", *distributions)
        needs, prepends = (testbed.site().python.module,), [("PYTHONPATH", str(packages))]
        file = self.root / "modules" / label / "bundle/1.lua"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(easybuild("bundle/1", prefix, needs=needs, prepends=prepends).as_lua())

    def ask(self, *lines):
        self.project.write(f"--no-index\n--find-links {self.wheels.directory}\n" + "".join(f"{one}\n" for one in lines))
        if (self.root / "modules").exists():
            (self.here / "modules.txt").write_text(f"module use {self.root}/modules/$VSC_ARCH_LOCAL\nbundle/1\n")

    def run(self, text, label="zen2", *, status=0, kind="bash"):
        ran = self.project.shell(kind).script(f"export VSC_ARCH_LOCAL={label}\n{text}")
        assert ran.status == status, ran.stderr
        return ran

    def versions(self, label="zen2", command=ACTIVATE):
        """Activate as ``label`` and return what was installed then."""
        self.run(command, label)
        record = json.loads((self.here / f"venvs/venv-RHEL8-{label}/vsc-venv.json").read_text())
        return record["installed"]

    @property
    def lock(self):
        return toml.loads((self.here / "pylock.toml").read_text())

    def locked(self):
        return {one["name"]: one.get("version") for one in self.lock["packages"]}


WHO = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
LOCK = f"{VSC_VENV} lock -r requirements.txt -m modules.txt"


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path)


def test_what_was_locked_on_one_microarchitecture_is_installed_on_another(site):
    site.offer(Distribution("top", "1", ("leaf",)), Distribution("leaf", "1"))
    site.ask("top")
    site.run(LOCK)
    site.offer(Distribution("top", "2", ("leaf",)), Distribution("leaf", "2"))
    assert site.versions("zen2") == site.versions("zen4") == {"leaf": "1", "top": "1"}
    site.run(LOCK)
    assert site.locked() == {"leaf": "1", "top": "1"}
    site.run(f"{LOCK} --upgrade leaf")
    assert site.locked() == {"leaf": "2", "top": "1"}
    assert site.versions("zen4") == {"leaf": "2", "top": "1"}
    site.run(f"{LOCK} --upgrade")
    assert site.locked() == {"leaf": "2", "top": "2"}
    assert site.versions("zen2") == {"leaf": "2", "top": "2"}


def test_what_modules_provide_in_another_version_or_not_at_all(site):
    site.offer(Distribution("top", "1", ("heavy", "site-only")), *(Distribution("heavy", one) for one in "123"))
    site.module("zen2", Distribution("heavy", "2"), Distribution("site-only", "1.0"))
    site.module("zen3", Distribution("site-only", "1.0"))
    site.module("zen4", Distribution("heavy", "3"), Distribution("site-only", "1.1"))
    site.module("haswell", Distribution("heavy", "2"))
    site.ask("top")
    assert "only modules have site-only" in site.run(LOCK).stderr
    assert site.locked() == {"heavy": "2", "top": "1"}
    assert site.versions("zen2") == {"top": "1"}
    assert site.versions("zen3") == {"heavy": "2", "top": "1"}
    told = site.run(ACTIVATE, "zen4").stderr
    assert "modules provide site-only 1.1 here, and 1.0 where pylock.toml was made" in told
    assert site.versions("zen4") == {"heavy": "2", "top": "1"}
    for command in (f"{ACTIVATE} --dry-run", ACTIVATE):
        refused = site.run(command, "haswell", status=1).stderr
        assert "site-only 1.0 was provided by a module" in refused
    assert "pylock.toml" in refused
    before = site.lock
    site.run(LOCK, "zen4")
    assert site.lock["packages"] == before["packages"]
    offers = {one["label"]: one["distributions"] for one in site.lock["tool"]["vsc-venv"]["provided"]}
    assert offers == {"RHEL8-zen2": {"heavy": "2", "site-only": "1.0"}, "RHEL8-zen4": {"site-only": "1.1"}}
    assert "site-only" not in site.run(ACTIVATE, "zen4").stderr


def test_environments_side_by_side_share_one(site):
    """As microarchitectures do: what is locked for one of the same requirements holds for the others."""
    site.offer(Distribution("top", "1", ("heavy", "site-only")), *(Distribution("heavy", one) for one in "123"))
    site.module("zen2", Distribution("heavy", "2"), Distribution("site-only", "1.0"))
    site.module("gpu", Distribution("heavy", "3"), Distribution("site-only", "1.1"))
    site.ask("top")
    (site.here / "gpu.txt").write_text(f"module use {site.root}/modules/gpu\nbundle/1\n")
    gpu = "-r requirements.txt --name gpu -m gpu.txt"
    site.run(LOCK)
    site.run(f"{ACTIVATE}\ndeactivate\n{SOURCE} -a {gpu}")
    before = site.lock["packages"]
    site.run(f"{VSC_VENV} lock {gpu}")
    assert site.lock["packages"] == before
    assert site.versions() == {"top": "1"}
    site.run(f"{SOURCE} -a {gpu} --locked")
    record = json.loads((site.here / "venvs/gpu-RHEL8-zen2/vsc-venv.json").read_text())
    assert record["installed"] == {"heavy": "2", "top": "1"}
    assert is_warm(site.project.shell(), ACTIVATE)


SHOW = "python -c 'import numpy, pandas; print(numpy.__version__, pandas.__version__, pandas.Series([1, 2]).sum())'"


@pytest.mark.parametrize("style", STYLES)
def test_real_packages_are_locked_on_top_of_real_modules(site, style):
    bundle = STYLES[style]
    of_module = dict(one.split("==") for one in bundle.requirements)

    def locked_and_used(text):
        """Lock on one label, activate on another; return the lock file's versions, what was said and is imported."""
        site.project.write(text, f"{bundle.name}\n")
        site.run(LOCK)
        ran = site.run(f"{ACTIVATE} --locked && {SHOW}", "zen4")
        return site.locked(), ran.stderr, ran.stdout.split()

    locked, said, imported = locked_and_used("pandas\nicecream\n")
    assert {name: locked[name] for name in of_module} == of_module
    assert re.search(r"installed \d, kept [\d]+ from modules, in", said)
    assert imported == [*of_module.values(), "3"]
    assert all(one["wheels"][0]["hashes"] for one in site.lock["packages"])
    (offer,) = site.lock["tool"]["vsc-venv"]["provided"]
    assert of_module.items() <= offer["distributions"].items()

    locked, said, imported = locked_and_used("pandas\nnumpy>=2\n")
    assert int(locked["numpy"][0]) >= 2
    assert locked["pandas"] != of_module["pandas"]
    assert "shadowed 2 (numpy, pandas)" in said
    assert imported == [locked["numpy"], locked["pandas"], "3"]


def compiled(version):
    """A distribution with an extension that was compiled for some numpy."""
    return Distribution("plot", version, ("numpy",), modules={"plot/__init__.py": "", "plot/_plot.so": ""})


@pytest.mark.parametrize("installer", ["uv", "pip"])
def test_what_modules_compiled_for_another_numpy_than_the_locked_one(site, installer):
    site.offer(*(Distribution("numpy", one) for one in ("1.25", "2.1")), compiled("1"))
    site.module("zen2", Distribution("unrelated", "1"))
    site.module("zen4", Distribution("numpy", "1.25"), compiled("1"))
    site.ask("numpy>=2", "plot")
    site.run(LOCK)
    both = {"numpy": "2.1", "plot": "1"}
    assert site.versions("zen4", f"{ACTIVATE} --installer {installer}") == both


@pytest.mark.parametrize("installer", ["uv", "pip"])
def test_an_update_keeps_no_version_that_goes_with_another_numpy(site, installer):
    activate = f"{ACTIVATE} --installer {installer}"
    site.offer(*(Distribution("numpy", one) for one in ("1.25", "2.1")), compiled("1"), compiled("2"))
    site.module("zen2", Distribution("numpy", "1.25"), compiled("1"))
    site.ask("plot")
    assert site.versions(command=activate) == {}
    site.ask("plot", "numpy>=2")
    assert site.versions(command=activate) == {"numpy": "2.1", "plot": "2"}
    site.offer(compiled("3"), Distribution("more", "1"))
    site.ask("plot", "numpy>=2", "more")
    found = site.versions(command=activate)
    assert found == {"more": "1", "numpy": "2.1", "plot": "2"}


def test_requirements_that_have_moved_on(site):
    site.offer(Distribution("top", "1"), Distribution("more", "1"))
    site.ask("top")
    missing = site.run(f"{ACTIVATE} --locked", status=1).stderr
    assert f"there is no {site.here}/pylock.toml" in missing
    site.run(LOCK)
    site.run(f"{ACTIVATE} --locked")
    site.ask("top>=1", "more")
    moved = "the requirements have moved on since pylock.toml was made: +top>=1, +more, -top"
    for _ in range(2):
        told = site.run(ACTIVATE).stderr
        assert moved in told
        assert "vsc-venv lock --requirements requirements.txt --modules modules.txt" in told
    assert site.versions() == {"top": "1"}
    refused = site.run(f"{ACTIVATE} --locked", status=1).stderr
    assert moved in refused
    assert site.versions(command=f"{ACTIVATE} --no-lock") == {"more": "1", "top": "1"}
    assert "exclude each other" in site.run(f"{ACTIVATE} --no-lock --locked", status=2).stderr


def test_a_new_microarchitecture_has_the_versions_of_the_others(site):
    site.offer(Distribution("top", "1", ("leaf",)), Distribution("leaf", "1"))
    site.ask("top")
    assert site.versions("zen2") == {"leaf": "1", "top": "1"}
    site.offer(Distribution("top", "2", ("leaf",)), Distribution("leaf", "2"), Distribution("more", "1"))
    assert "leaf 1\n" in site.run(f"{ACTIVATE} --dry-run", "zen4").stdout
    assert "versions as in venv-RHEL8-zen2" in site.run(ACTIVATE, "zen4").stderr
    assert site.versions("zen4") == {"leaf": "1", "top": "1"}
    site.ask("top", "more")
    assert site.versions("zen4") == {"leaf": "1", "more": "1", "top": "1"}
    assert site.versions("zen4", f"{ACTIVATE} --recreate") == {"leaf": "2", "more": "1", "top": "2"}
    assert site.versions("zen2") == {"leaf": "2", "more": "1", "top": "2"}


def test_an_update_compares_hashes(site, tmp_path):
    def update(line, status=0):
        site.project.write(f"{line}\n")
        return site.run(f"export PIP_INDEX_URL={url} UV_CACHE_DIR={tmp_path}/cache; {ACTIVATE}", status=status).stderr

    with index(tmp_path / "served", Distribution("top", "1")) as (url, _):
        (wheel,) = tmp_path.glob("served/simple/top/*")
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        update("top")
        assert f"sha256:{digest}" in update(f"top==1 --hash=sha256:{'0' * 64}", 1)
        assert "installed 1" in update(f"top==1 --hash=sha256:{digest}")


@pytest.mark.parametrize("kind", ["bash", "zsh"])
def test_a_lock_file_that_appears_or_changes_is_seen_by_the_shell_alone(site, kind):
    site.offer(Distribution("top", "1"), Distribution("top", "2"))
    site.ask("top==1")
    shell = site.project.shell(kind)
    assert shell.script(ACTIVATE).status == 0
    assert is_warm(shell, ACTIVATE)
    site.run(LOCK)
    assert "pylock.toml is read too" in shell.script(ACTIVATE).stderr
    assert is_warm(shell, ACTIVATE)
    file = site.here / "pylock.toml"
    file.write_text(file.read_text() + "# more\n")
    assert "pylock.toml changed: comments" in shell.script(ACTIVATE).stderr
    assert is_warm(shell, ACTIVATE)
    file.unlink()
    assert "pylock.toml" in shell.script(ACTIVATE).stderr


def test_a_password_is_not_in_it(site, tmp_path):
    with index(tmp_path / "served", Distribution("private", "1"), user="me:p@ss") as (url, _):
        at = url.replace("://", "://me:p%40ss@")
        (site.here / "requirements.txt").write_text(f"--index-url {at}\nprivate\n")
        site.run(LOCK)
        assert site.locked() == {"private": "1"}
        assert "p%40ss" not in (site.here / "pylock.toml").read_text()
        assert url in (site.here / "pylock.toml").read_text()
        assert site.versions("zen4") == {"private": "1"}
        assert "p%40ss" not in site.run(f"{VSC_VENV} export -r requirements.txt").stdout


def test_all_that_is_locked_is_fetched(site, tmp_path):
    site.module("zen2", Distribution("heavy", "1"))
    site.module("haswell")
    served = (Distribution("top", "1", ("heavy",)), Distribution("heavy", "1"), Distribution("heavy", "2"))
    site.ask("top")
    with index(tmp_path / "served", *served) as (url, _):
        (site.here / "requirements.txt").write_text(f"--index-url {url}\ntop\n")
        fetch = f"{VSC_VENV} fetch -r requirements.txt -m modules.txt"
        site.run(f"export UV_CACHE_DIR={tmp_path}/cache; {LOCK} && rm -r {tmp_path}/cache && {fetch}")
    ran = site.run(f"export UV_CACHE_DIR={tmp_path}/cache; {ACTIVATE} --offline", "haswell")
    assert "installed 2" in ran.stderr


def repository(directory: Path, distribution: Distribution) -> str:
    """Make a git repository of ``distribution`` and return its commit."""
    source(directory, distribution)
    for words in (["init", "-q"], ["add", "."], [*WHO, "commit", "-q", "-m", "x"]):
        subprocess.run(["git", *words], cwd=directory, check=True)
    return subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=directory, check=True, capture_output=True, text=True
    ).stdout.strip()


def test_all_kinds_of_entries_and_other_readers(site, tmp_path):
    site.offer(Distribution("top", "1", ("newer; python_version >= '3.15'",)), Distribution("newer", "1"))
    site.wheels.sdist(Distribution("built", "1"))
    commit = repository(tmp_path / "repository", Distribution("tracked", "1"))
    site.ask("top", "built", "-e ./editable", "./local", f"tracked @ git+file://{tmp_path}/repository")
    source(site.here / "editable", Distribution("editable", "1"))
    source(site.here / "local", Distribution("local", "1"))
    site.run(LOCK)
    versions = {"built": "1", "editable": "1", "local": "1", "top": "1", "tracked": "1"}
    assert site.versions("zen4") == versions
    packages = {one["name"]: one for one in site.lock["packages"]}
    assert packages["editable"]["directory"] == {"path": "editable", "editable": True}
    assert packages["tracked"]["vcs"]["commit-id"] == commit
    assert packages["newer"]["marker"] == "python_full_version >= '3.15'"
    assert {one.name for one in Pylock.from_dict(site.lock).packages} == {*versions, "newer"}
    found = installed_by_uv(site.here, "--preview-features", "pylock", "-r", "pylock.toml", scratch=tmp_path)
    assert found == versions
    subprocess.run(["git", *WHO, "commit", "-q", "--allow-empty", "-m", "y"], cwd=tmp_path / "repository", check=True)
    site.run(LOCK)
    assert commit in (site.here / "pylock.toml").read_text()
    site.run(f"{LOCK} --upgrade tracked")
    assert commit not in (site.here / "pylock.toml").read_text()


def test_pip_installs_what_is_locked(site):
    site.offer(Distribution("top", "1", ("heavy",)), *(Distribution("heavy", one) for one in "12"))
    site.module("zen2", Distribution("heavy", "1"))
    site.module("zen4", Distribution("heavy", "2"))
    site.ask("top", "-e ./editable")
    source(site.here / "editable", Distribution("editable", "1"))
    site.run(f"{LOCK} --installer pip")
    assert site.versions("zen2", f"{ACTIVATE} --installer pip") == {"editable": "1", "top": "1"}
    assert site.versions("zen4", f"{ACTIVATE} --installer pip") == {"editable": "1", "heavy": "1", "top": "1"}


@pytest.mark.parametrize("installer", ["uv", "pip"])
def test_where_modules_have_all_that_is_locked_nothing_is_installed(site, installer):
    site.offer(Distribution("heavy", "1"))
    site.module("zen2", Distribution("heavy", "1"))
    site.module("zen4", Distribution("other", "1"))
    site.ask("heavy")
    site.run(LOCK)
    assert site.versions("zen2", f"{ACTIVATE} --installer {installer}") == {}
    assert site.versions("zen4", f"{ACTIVATE} --installer {installer}") == {"heavy": "1"}


def installed_by_uv(here, *words, scratch):
    """Return what uv alone installs into a new environment for these words."""
    return installed_by([uv.find_uv_bin(), "pip", "install", "--python"], here, words, scratch)


def installed_by_pip(here, *words, scratch):
    """Return what the pip of a module's Python installs into a new environment for these words."""
    pip = [interpreters.install("3.11").executable, "-m", "pip", "--disable-pip-version-check", "--python"]
    return installed_by(pip, here, ["install", *words], scratch)


def installed_by(installer, here, words, scratch):
    env = {**hermetic(scratch / "home"), **interpreters.install("3.11").environment(), "UV_NO_CONFIG": "1"}
    python = scratch / "plain/bin/python"
    commands = (
        [uv.find_uv_bin(), "venv", "-q", "--clear", "--python", sys.executable, scratch / "plain"],
        [*installer, python, "-q", *words],
        [uv.find_uv_bin(), "pip", "list", "--python", python, "--format", "json"],
    )
    for command in commands:
        ran = subprocess.run(command, cwd=here, env=env, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr
    return {one["name"]: one["version"] for one in json.loads(ran.stdout)}


def test_a_plain_requirements_file(site, tmp_path):
    site.offer(Distribution("top", "1", ("heavy",)), *(Distribution("heavy", one) for one in "12"))
    site.module("zen2", Distribution("heavy", "1"), Distribution("unused", "1"))
    site.ask("top", "-e ./editable")
    source(site.here / "editable", Distribution("editable", "1"))
    export = f"{VSC_VENV} export -r requirements.txt -m modules.txt"
    found = f"--find-links {site.wheels.directory.as_uri()}"
    plain = ["--no-index", found, "-e ./editable", "top==1", "heavy==1"]
    assert site.run(export).stdout.splitlines() == plain
    site.run(f"{export} -o plain.txt && {export} --hashes | grep -v editable >hashed.txt && {LOCK}")
    assert installed_by_uv(site.here, "-r", "plain.txt", scratch=tmp_path) == {
        "editable": "1",
        "heavy": "1",
        "top": "1",
    }
    hashed = installed_by_uv(site.here, "--require-hashes", "-r", "hashed.txt", scratch=tmp_path)
    assert hashed == {"heavy": "1", "top": "1"}
    site.offer(Distribution("top", "2"))
    of_lock = site.run(f"{VSC_VENV} export -r requirements.txt").stdout.splitlines()
    assert of_lock == ["--no-index", found, "-e ./editable", "heavy==1", "top==1"]


def test_pip_and_uv_read_what_is_exported_whatever_directories_are_called(site, tmp_path):
    places = {"plain": "one", "it's/a -e": "two", "with space/[x]; é": "three", '100%25 "a@b" $HOME': "four"}
    for place, name in places.items():
        source(site.here / place, Distribution(name, "1"))
    (site.here / "requirements.txt").write_text(
        "".join(f"-e {shlex.quote(place)}\n" if " " in place else f"file:{quote(place)}\n" for place in places)
    )
    export = f"{VSC_VENV} export -r requirements.txt"
    site.run(f"{export} -o built.txt && {LOCK} && {export} -o locked.txt")
    built, locked = ((site.here / f"{name}.txt").read_text().splitlines() for name in ("built", "locked"))
    assert sorted(built) == sorted(locked)
    assert {"./plain", "-e file:./with%20space/%5Bx%5D%3B%20%C3%A9"} < set(built)
    for read in (installed_by_uv, installed_by_pip):
        assert read(site.here, "-r", "built.txt", scratch=tmp_path) == dict.fromkeys(places.values(), "1")
    assert site.versions(command=f"{SOURCE} --activate -r built.txt --no-lock") == dict.fromkeys(places.values(), "1")


def test_what_pip_lists_recreates_the_environment_elsewhere(site):
    site.offer(Distribution("top", "1", ("heavy", "site-only")), *(Distribution("heavy", one) for one in "12"))
    site.module("zen2", Distribution("heavy", "1"), Distribution("site-only", "1.0"))
    site.module("zen4", Distribution("heavy", "1"), Distribution("site-only", "1.0"))
    site.module("haswell", Distribution("heavy", "1"))
    site.ask("top")
    listed = site.run(f"{ACTIVATE}; pip --disable-pip-version-check list --format=freeze 2>/dev/null").stdout
    assert {"heavy==1", "site-only==1.0", "top==1"} <= set(listed.split())
    site.offer(Distribution("top", "2"))
    site.ask(*listed.split(), "heavy @ file:///dev/shm/vsc40000/heavy-1/heavy-1-py3-none-any.whl")
    assert site.versions("zen4") == {"top": "1"}
    refused = site.run(ACTIVATE, "haswell", status=1).stderr
    number = ["", "", *listed.split()].index("site-only==1.0") + 1
    assert f"requirements.txt:{number} asks for it: site-only==1.0" in refused


BAD = {
    "truncated": ('lock-version = "1.0"\ncreated-by = "x"\n[[packages]]\nname = "to', "pylock.toml:4"),
    "garbage": ("\x01\x02\x03 %%%", "pylock.toml:1"),
    "empty": ("", "pylock.toml:1"),
    "another version": ('created-by = "x"\nlock-version = "7.0"\npackages = []\n', "pylock.toml:2"),
    "of no version": ('lock-version = "1.0"\ncreated-by = "x"\n[[packages]]\nname = "top"\n', "pylock.toml:1"),
    "of another shape": ('lock-version = "1.0"\ncreated-by = "x"\npackages = []\ntool.vsc-venv = 3\n', "pylock.toml:1"),
    "for another Python": (
        'lock-version = "1.0"\ncreated-by = "x"\nrequires-python = ">=3.99"\npackages = []\n',
        "pylock.toml: it does not serve Python",
    ),
    "huge": ("#" * 11_000_000, "pylock.toml: this lock file has 11,000,000 bytes"),
    "a dead link": (None, "pylock.toml: this lock file does not exist"),
}


@pytest.mark.parametrize("kind", BAD)
def test_lock_files_that_cannot_be_used(site, kind):
    content, message = BAD[kind]
    site.ask()
    file = site.here / "pylock.toml"
    file.write_text(content) if content is not None else file.symlink_to("/nowhere/at/all")
    refused = site.run(f"{VSC_VENV} prepare -r requirements.txt", status=1).stderr
    assert message in refused
    assert "Traceback" not in refused
