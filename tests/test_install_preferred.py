"""Versions that another environment has come first, and never stand in the way."""

from __future__ import annotations

import pytest

from engine import Place, index, module
from testbed import Distribution
from vscvenv.engine import provided
from vscvenv.engine.options import Options

INSTALLERS = pytest.mark.parametrize("installer", ["uv", "pip"])


@pytest.fixture
def place(tmp_path):
    place = Place(tmp_path, modules=(module(tmp_path / "bundle", Distribution("heavy", "1")),))
    for distribution in (
        Distribution("top", "1", ("leaf",)),
        Distribution("top", "2", ("leaf",)),
        Distribution("top", "3", ("leaf>=3",)),
        *(Distribution("leaf", version) for version in ("1", "2", "3")),
        *(Distribution("heavy", version) for version in ("2", "3")),
        Distribution("on-old", "1", ("leaf<2",)),
        Distribution("on-old", "2", ("leaf>=2",)),
    ):
        place.wheels.wheel(distribution)
    return place


def sibling(place, *distributions):
    """What another environment has."""
    return provided.scan([str(module(place.root / "sibling", *distributions))])


TOP, LEAF = Distribution("top", "1", ("leaf",)), Distribution("leaf", "1")


@INSTALLERS
def test_what_is_needed_comes_in_the_versions_of_the_other(installer, place):
    preferred = sibling(place, TOP, LEAF, Distribution("other", "7"))
    report = place.install("top", preferred=preferred, options=Options(installer=installer, cache=place.root / "c"))
    assert report.installed == {"leaf": "1", "top": "1"}


@INSTALLERS
def test_but_not_where_the_requirements_want_others(installer, place):
    options = Options(installer=installer, cache=place.root / "c")
    report = place.install("top>=3", preferred=sibling(place, TOP, LEAF), options=options)
    assert report.installed == {"leaf": "3", "top": "3"}


def test_nor_are_old_versions_of_something_new_taken_for_their_sake(place):
    report = place.install("on-old", preferred=sibling(place, LEAF))
    assert report.installed == {"leaf": "3", "on-old": "2"}


@INSTALLERS
def test_versions_that_are_no_longer_to_be_had_do_not_matter(installer, place):
    options = Options(installer=installer, cache=place.root / "c")
    preferred = sibling(place, Distribution("top", "1.5", ("leaf",)), LEAF)
    report = place.install("top<3", preferred=preferred, options=options)
    assert report.installed == {"leaf": "1", "top": "2"}


def test_what_modules_provide_is_used_all_the_same(place):
    report = place.install("heavy", "leaf", preferred=sibling(place, Distribution("heavy", "2"), LEAF))
    assert (report.installed, report.kept) == ({"leaf": "1"}, {"heavy": "1"})


def test_what_shadows_a_module_comes_in_the_version_of_the_other_as_well(place):
    report = place.install("heavy>=2", "leaf", preferred=sibling(place, Distribution("heavy", "2"), LEAF))
    assert report.installed == {"heavy": "2", "leaf": "1"}
    assert report.warnings == ()


def test_what_lies_in_the_cache_is_not_asked_for_again(tmp_path):
    with index(tmp_path / "index", TOP, LEAF, Distribution("other", "1")) as (url, requests):
        options = Options(index_url=url, cache=tmp_path / "cache")
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
        one, two = Place(tmp_path / "one"), Place(tmp_path / "two")
        one.install("top", "other", options=options, online=True)
        assert requests
        requests.clear()
        preferred = provided.scan([str(one.site_packages)])
        report = two.install("top", preferred=preferred, options=options, online=True)
        assert report.installed == {"leaf": "1", "top": "1"}
        assert requests == []
