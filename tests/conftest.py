"""Fixtures over the testbed: which shell, which modules tool, where the user stands."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

import testbed
from driving import CLONE, ODD_NAME, Project
from testbed.environment import hermetic
from vscvenv.process import run

if TYPE_CHECKING:
    from pathlib import Path

    from testbed.tools import Kind, Tool

_HEARD = {
    signal.SIGINT: signal.default_int_handler,
    signal.SIGQUIT: signal.SIG_DFL,
    signal.SIGHUP: signal.SIG_DFL,
}


def pytest_configure() -> None:
    """Hear what `nohup`, or a shell in its background, has us ignore: what we start would ignore it, too."""
    for number, handler in _HEARD.items():
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)


@pytest.fixture(scope="session", autouse=True)
def shared_core() -> None:
    """Set up the program's own environment, so that no test sees it done on the way."""
    env = {**hermetic(testbed.shared_cache("home")), "XDG_CACHE_HOME": str(testbed.shared_cache("xdg"))}
    run((CLONE, "--version"), env=env)


@pytest.fixture(scope="session")
def site() -> testbed.Site:
    """The site, built once on this machine."""
    return testbed.site()


@pytest.fixture(params=["bash", "zsh"])
def shell_kind(request: pytest.FixtureRequest) -> Kind:
    """Each shell in turn."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(params=["lmod", "envmodules"])
def tool(request: pytest.FixtureRequest) -> Tool:
    """Each modules tool in turn."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project's directory whose path no careless quoting survives."""
    directory = tmp_path / ODD_NAME
    directory.mkdir()
    return directory


@pytest.fixture
def empty_home(tmp_path: Path) -> Path:
    """The home directory of `shell`, without anything in it."""
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    return home


@pytest.fixture
def clone(site: testbed.Site) -> Path:
    """The sourceable file of this checkout."""
    return site.clone


@pytest.fixture
def shell(shell_kind: Kind, tool: Tool, project: Path) -> testbed.Shell:
    """Each shell under each modules tool, standing in the project."""
    return Project(project).shell(shell_kind, tool)
