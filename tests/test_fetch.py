"""Builds without a network, from what `vsc-venv fetch` downloaded."""

from __future__ import annotations

import os

import pytest

import testbed

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
