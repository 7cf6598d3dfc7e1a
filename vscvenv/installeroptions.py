"""The options that are the installer's: as they are typed, and as a request keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from pathlib import Path

_NAMES = "NAME[,NAME...]"
OPTIONS = [
    click.option("--installer", type=click.Choice(["uv", "pip"]), help="What installs.  [default: uv]"),
    click.option("--index-url", metavar="URL", help="The package index, instead of PyPI."),
    click.option("--extra-index-url", multiple=True, metavar="URL", help="One more package index; may be repeated."),
    click.option("--find-links", multiple=True, metavar="DIR|URL", help="Where archives lie; may be repeated."),
    click.option("--only-binary", multiple=True, metavar=_NAMES, help="Never build these, or :all:, from source."),
    click.option("--no-binary", multiple=True, metavar=_NAMES, help="Always build these, or :all:, from source."),
    click.option("--pre", is_flag=True, help="Take pre-releases too."),
    click.option("--no-build-isolation", is_flag=True, help="Build with what the modules provide."),
]
"""In the order of the help. pip has the same, with the same meaning, but for --installer."""


def given(asked: dict[str, Any], here: Path) -> tuple[tuple[str, str], ...]:
    """Take the installer's options out of what was ``asked`` and return them, paths from ``here`` on made absolute."""
    values = {name: asked.pop(name) for name in _PARAMETERS}
    if values["installer"] == "uv":
        values["installer"] = None
    values["find_links"] = [_absolute(here, value) for value in values["find_links"]]
    return tuple(pair for name, value in values.items() for pair in _pairs(name, value))


def _pairs(name: str, value: Any) -> list[tuple[str, str]]:
    option = f"--{name.replace('_', '-')}"
    if isinstance(value, (tuple, list)):
        return [(option, one) for one in value]
    return [(option, "" if value is True else value)] if value else []


def _absolute(here: Path, value: str) -> str:
    return value if "://" in value else str(here / value)


_PARAMETERS = (
    *("installer", "index_url", "extra_index_url", "find_links"),
    *("only_binary", "no_binary", "pre", "no_build_isolation"),
)
