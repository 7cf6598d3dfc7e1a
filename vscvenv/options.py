"""The options of the commands, made of the settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable, Optional, TypeVar

import click
from click.core import ParameterSource

from vscvenv.settings import Setting, of_part, shown

_Command = TypeVar("_Command", bound=Callable[..., Any])


class _Text(click.ParamType):  # type: ignore[type-arg]  # not a generic type before Click 8.2
    """A value of a setting on the command line or in its variable, as text."""

    name = "text"

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.envvar_list_splitter = setting.separator  # type: ignore[misc]  # click's is of the class

    def convert(self, value: str, param: Optional[click.Parameter], ctx: Optional[click.Context]) -> str:
        """Return ``value``, unless another option stands where it was forgotten, or nothing, as from an unset one."""
        if param and (not value or (value.startswith("-") and self.setting.part != "build")):
            raise click.BadOptionUsage(param.opts[-1], f"Option '{param.opts[-1]}' requires an argument.", ctx)
        if not self.setting.accepts(value):
            self.fail(f"{value!r} is not {self.setting.expected}.", param, ctx)
        return value


class _Option(click.Option):
    """An option whose value may stand in a variable, which is named where that is wrong."""

    def process_value(self, ctx: click.Context, value: Any) -> Any:
        """Return ``value``, converted."""
        try:
            return super().process_value(ctx, value)
        except click.BadParameter as wrong:
            if self.name and ctx.get_parameter_source(self.name) == ParameterSource.ENVIRONMENT:
                raise click.BadParameter(f"${self.envvar}: {wrong.message}", ctx, self) from wrong
            raise


NAME_IT = "what is it? Put --requirements or --modules before it"
"""What to say of a file that stands where none is expected."""


class FilesCommand(click.Command):
    """A command that is told its files by options, and nothing else."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read ``args``; of a file without its option it is said what is missing."""
        ctx.allow_extra_args = True
        rest = super().parse_args(ctx, args)
        if rest and not ctx.resilient_parsing:
            is_file = Path(rest[0]).is_file()
            ctx.fail(f"{rest[0]}: {NAME_IT}" if is_file else f"Got unexpected extra argument ({rest[0]})")
        return rest


def setting_options(*settings: Setting) -> Callable[[_Command], _Command]:
    """Return what adds the options of ``settings`` to a command."""

    def add(command: _Command) -> _Command:
        for setting in reversed(settings):
            command = _option(setting)(command)
        return command

    return add


def _option(setting: Setting) -> Callable[[_Command], _Command]:
    about: dict[str, Any] = {"cls": _Option, "default": None, "envvar": setting.variable, "help": setting.help}
    if setting.kind == "flag":
        return click.option("/".join(setting.options), setting.parameter, **about)
    if setting.default:
        about["help"] += f"  [default: {shown(setting.default)}]"
    kind = click.Choice(setting.choices) if setting.choices else _Text(setting)
    about |= {"type": kind, "metavar": setting.metavar, "multiple": setting.is_list}
    return click.option(*setting.options, setting.parameter, **about)


_ONCE = (
    click.option("--exact", is_flag=True, help="Drop packages that were installed by hand."),
    click.option("--recreate", is_flag=True, help="Build anew although nothing changed."),
    click.option("--force", is_flag=True, help="Go on although this host does not fit the label."),
)
"""What is asked for one time, and cannot be configured."""


def request_options(command: _Command) -> _Command:
    """Add the options that describe an environment."""
    for option in reversed(_ONCE):
        command = option(command)
    return setting_options(*of_part("request", "installer", "manner"))(command)
