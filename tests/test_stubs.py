from __future__ import annotations

import contextlib
import subprocess

import pytest

from engine import Place, module
from testbed import Distribution
from vscvenv.engine import provided, stubs, uvtool


def offered(tmp_path):
    alpha = Distribution("Al-pha", "1.0", requires=("beta<1",), scripts={"a": "b:c"})
    return provided.scan([str(module(tmp_path / "modules", alpha, Distribution("beta", "2")))]).values()


def names(directory):
    return sorted(file.name for file in directory.iterdir() if file.name.endswith(".dist-info"))


def test_stubs_say_what_the_distributions_say_and_go(tmp_path):
    with stubs.standing(tmp_path, offered(tmp_path)):
        found = provided.scan([str(tmp_path)])
        assert found["al-pha"].requires == ("beta<1",)
        assert "a = b:c" in found["al-pha"].entry_points
        assert all(stubs.stands_for(tmp_path, each) for each in found.values())
    assert names(tmp_path) == []


@pytest.mark.parametrize("how", [KeyboardInterrupt, RuntimeError])
def test_they_go_when_something_fails(how, tmp_path):
    with contextlib.suppress(how), stubs.standing(tmp_path, offered(tmp_path)):
        assert names(tmp_path) == ["al_pha-1.0.dist-info", "beta-2.dist-info"]
        raise how
    assert names(tmp_path) == []


def test_what_a_killed_run_left_is_swept_and_distributions_are_not(tmp_path):
    module(tmp_path, Distribution("gamma", "3"))
    left = tmp_path / "beta-1.dist-info"
    left.mkdir()
    (left / "INSTALLER").write_text("vsc-venv-stub\n", "utf-8")
    with stubs.standing(tmp_path, offered(tmp_path)):
        assert "beta-1.dist-info" not in names(tmp_path)
    assert names(tmp_path) == ["gamma-3.dist-info"]


def test_dropping_takes_stubs_only(tmp_path):
    modules = list(offered(tmp_path))
    with stubs.standing(tmp_path, [each for each in modules if each.name != "beta"]):
        module(tmp_path, Distribution("beta", "2"))
        stubs.drop(tmp_path, modules)
        assert names(tmp_path) == ["beta-2.dist-info"]


def test_uv_takes_them_for_distributions(tmp_path):
    place = Place(tmp_path)
    place.create()
    with stubs.standing(place.site_packages, offered(tmp_path)):
        listed = [uvtool.executable(), "pip", "list", "--python", place.python, "--format", "freeze"]
        found = subprocess.run(listed, env=place.environ, check=True, capture_output=True, text=True).stdout
    assert found.splitlines() == ["al-pha==1.0", "beta==2"]
