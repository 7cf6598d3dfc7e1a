"""The command that shows what is configured, and by whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from vscvenv import asked, table
from vscvenv.engine import caches
from vscvenv.options import request_options, setting_options
from vscvenv.reading.configuration import Value, Values
from vscvenv.settings import SETTINGS, of_part, shown

if TYPE_CHECKING:
    from vscvenv.asked import Asked, Caller
    from vscvenv.environ import Environ


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
@setting_options(*of_part("build"))
@request_options
@click.pass_obj
def config(who: Caller, /, *, as_json: bool, **options: Any) -> None:
    """Show every setting on this node, and who says so. With options, what they would make of it."""
    given = asked.understand(who, options)
    settings = _settings(_with_cache(given.values, who.environ))
    if as_json:
        table.as_json({"settings": settings, "files": _files(given)})
        return
    rows = [(key, _text(one["value"]), one["origin"]) for key, one in settings.items()]
    table.show(["setting", "value", "from"], rows)
    table.say("")
    table.show(["file", ""], list(_files(given).items()))


def _with_cache(values: Values, environ: Environ) -> Values:
    """Return ``values`` with the place of the caches where none says it."""
    if values["cache"].value is not None:
        return values
    place, variable = caches.default_by(environ)
    return {**values, "cache": Value(place, f"default, by ${variable}")}


def _settings(values: Values) -> dict[str, dict[str, Any]]:
    return {
        one.key: {"value": shown(values[one.key].value), "origin": values[one.key].origin, "variable": one.variable}
        for one in SETTINGS
    }


def _files(given: Asked) -> dict[str, str]:
    read = {str(one.path): "read" for one in given.files.read}
    return {**read, **{path: "read" if at is not None else "not there" for path, at in given.files.times.items()}}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) if isinstance(value, list) else str(value or "")


COMMANDS = (config,)
