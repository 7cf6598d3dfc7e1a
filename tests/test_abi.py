from __future__ import annotations

import pytest

from engine import module
from testbed import Distribution
from vscvenv.engine import provided
from vscvenv.engine.abi import broken, guards


@pytest.fixture
def offered(tmp_path):
    """numpy 1.25 and those that use it: one compiled, one not, one that does not tell; and another."""
    library = {"fast/_fast.so": "", "fast/__init__.py": ""}
    bundle = (
        Distribution("numpy", "1.25.1"),
        Distribution("fast", "1", ("numpy>=1.20",), modules=library),
        Distribution("plain", "1", ("numpy",)),
        Distribution("other", "1", ("six",), modules={"other/_o.so": ""}),
    )
    (module(tmp_path / "bundle", *bundle) / "old-1.egg-info").mkdir()
    (tmp_path / "bundle" / "old-1.egg-info" / "PKG-INFO").write_text("Name: old\nVersion: 1\n", "utf-8")
    (tmp_path / "bundle" / "old-1.egg-info" / "requires.txt").write_text("numpy\n", "utf-8")
    return provided.scan([str(tmp_path / "bundle")])


@pytest.mark.parametrize(
    ("version", "names"),
    [("2.0", {"fast", "old"}), ("1.24", {"fast", "old"}), ("1.25.1", set()), ("1.26", set()), ("0.9", {"fast", "old"})],
)
def test_another_major_or_an_older_numpy_breaks_what_was_compiled(version, names, offered, tmp_path):
    installed = provided.scan([str(module(tmp_path / "env", Distribution("numpy", version)))])
    assert set(broken(offered, installed)) == names


def test_what_is_installed_too_is_not_broken(offered, tmp_path):
    env = module(tmp_path / "env", Distribution("numpy", "2"), Distribution("fast", "2"))
    assert set(broken(offered, provided.scan([str(env)]))) == {"old"}


def test_without_numpy_there_is_nothing_to_break(offered):
    assert broken(offered, {}) == {}


@pytest.mark.parametrize(("version", "is_broken"), [("2.1.1", False), ("2.2.0", True), ("2.0.1", True)])
def test_of_some_another_minor_version_has_another_interface(version, is_broken, tmp_path):
    vision = Distribution("torchvision", "1", ("torch",), modules={"torchvision/_C.so": ""})
    offered = provided.scan([str(module(tmp_path / "bundle", Distribution("torch", "2.1.2+cu121"), vision))])
    installed = provided.scan([str(module(tmp_path / "env", Distribution("torch", version)))])
    assert bool(broken(offered, installed)) == is_broken


def test_what_was_compiled_can_be_guarded(offered, tmp_path):
    vision = Distribution("torchvision", "1", ("torch",), modules={"torchvision/_C.so": ""})
    more = module(tmp_path / "more", Distribution("torch", "2.1.2+cu121"), vision, Distribution("pyarrow", "14.0"))
    offered |= provided.scan([str(more)])
    assert guards(offered, {}) == ["numpy>=1.25,<2", "torch>=2.1,<2.2"]
    env = module(tmp_path / "env", Distribution("numpy", "2"), Distribution("torch", "2.1.3"))
    assert guards(offered, provided.scan([str(env)])) == ["torch>=2.1,<2.2"]
