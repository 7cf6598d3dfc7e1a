"""Builds without a network, from what `vsc-venv fetch` downloaded."""

from __future__ import annotations

import os
import subprocess

import pytest

import testbed
from engine import index

# The first comes as sources only, the second as a wheel.
REQUIREMENTS = "docopt==0.6.2\nsix==1.16.0\n"
CUT_OFF = "unshare --net" if os.getuid() == 0 else "unshare --map-root-user --net"


@pytest.fixture
def plain(tmp_path, empty_home, clone):
    (empty_home / "requirements.txt").write_text(REQUIREMENTS)
    environ = {
        "XDG_CACHE_HOME": str(testbed.shared_cache("xdg")),
        "UV_CACHE_DIR": str(tmp_path / "cache"),
        "VSC_OS_LOCAL": "debian12",
        "VSC_VENV": str(clone),
    }
    return testbed.Shell(kind="bash", tool="none", scratch=tmp_path / "dumps", home=empty_home, env=environ)


def test_another_kind_of_node_builds_without_a_network(plain):
    ran = plain.script(f"""
build() {{
    VSC_ARCH_LOCAL=zen2 {CUT_OFF} "$VSC_VENV" run --offline -r requirements.txt python -c 'import docopt, six'
}}
build && exit 7
VSC_ARCH_LOCAL=haswell "$VSC_VENV" fetch -r requirements.txt || exit
VSC_ARCH_LOCAL=haswell "$VSC_VENV" fetch -r requirements.txt || exit
build
""")
    assert ran.status == 0, ran.stderr
    assert "has not been downloaded yet" in ran.stderr
    assert ran.stderr.count("fetched docopt-0.6.2.tar.gz") == 1, "once is enough"
    assert [one.name for one in plain.home.glob("venvs/.vsc-venv/sources/*")] == ["docopt-0.6.2.tar.gz"]
    assert [one.name for one in plain.home.glob("venvs/venv-*")] == ["venv-debian12-zen2"]


@pytest.fixture
def repository(tmp_path):
    """A git repository that is served over HTTP: its URL, and its newest commit."""
    made = tmp_path / "git/simple/repo"
    testbed.source(made, testbed.Distribution("tracked", "1"))
    git = ["git", "-c", "user.name=me", "-c", "user.email=me@example.org", "-C", str(made)]
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "x"], ["update-server-info"]):
        subprocess.run([*git, *words], check=True)
    commit = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    with index(tmp_path / "git") as (url, _):
        yield f"{url}/repo/.git", commit


def test_of_a_repository_the_commit_must_be_known(plain, repository):
    url, commit = repository
    requirements = plain.home / "requirements.txt"
    requirements.write_text(f"git+{url}\n")
    fetch = 'VSC_ARCH_LOCAL=haswell "$VSC_VENV" fetch -r requirements.txt'
    build = f"{CUT_OFF} \"$VSC_VENV\" run --offline -r requirements.txt python -c 'import tracked'"
    refused = plain.script(fetch)
    assert refused.status == 1
    assert "all is here" not in refused.stderr
    (line,) = (line.strip() for line in refused.stderr.splitlines() if "tracked @ " in line)
    assert line == f"tracked @ git+{url}@{commit}"
    requirements.write_text(f"{line}\n")
    ran = plain.script(f"{fetch} && VSC_ARCH_LOCAL=zen2 {build}")
    assert ran.status == 0, ran.stderr
    requirements.write_text(f"git+{url}\n")
    lock = 'VSC_ARCH_LOCAL=haswell "$VSC_VENV" lock -r requirements.txt'
    ran = plain.script(f"{lock} && {fetch} && VSC_ARCH_LOCAL=zen3 {build}")
    assert ran.status == 0, ran.stderr
