"""Fixtures over the testbed: which shell, which modules tool, where the user stands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import testbed
from testbed.environment import hermetic
from vscvenv.process import run

if TYPE_CHECKING:
    from testbed.tools import Kind, Tool


@pytest.fixture(scope="session", autouse=True)
def shared_core() -> None:
    """Set up the program's own environment, so that no test sees it done on the way."""
    env = {**hermetic(testbed.shared_cache("home")), "XDG_CACHE_HOME": str(testbed.shared_cache("xdg"))}
    run((Path(__file__).parents[1] / "shell" / "vsc-venv", "--version"), env=env)


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
    directory = tmp_path / 'it\'s a $HOME "project" [0-9]*'
    directory.mkdir()
    return directory


@pytest.fixture
def empty_home(tmp_path: Path) -> Path:
    """A home directory without anything in it."""
    home = tmp_path / "home"
    home.mkdir()
    return home


@pytest.fixture
def clone(site: testbed.Site) -> Path:
    """The sourceable file of this checkout."""
    return site.clone


@pytest.fixture
def shell(shell_kind: Kind, tool: Tool, empty_home: Path, project: Path, tmp_path: Path) -> testbed.Shell:
    """Each shell under each modules tool, standing in the project."""
    # The program's own environment is set up once for all tests; test_bootstrap.py tests the setting up.
    shared = {"XDG_CACHE_HOME": str(testbed.shared_cache("xdg"))}
    return testbed.Shell(
        kind=shell_kind, tool=tool, scratch=tmp_path / "dumps", home=empty_home, cwd=project, env=shared
    )
