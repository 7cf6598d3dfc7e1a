"""Print docs/reference/configuration.md with its table of settings from the program itself."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from vscvenv.settings import SETTINGS, Setting, shown

PAGE = Path(__file__).with_name("reference") / "configuration.md"
BEGIN, END = "<!-- written by docs/configuration.py from the program itself -->\n", "<!-- until here -->\n"
HEAD = "| setting | value | default | option | variable | what it says |\n|---|---|---|---|---|---|\n"


def main() -> None:
    """Print the page."""
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    behind = rest.partition(END)[2]
    sys.stdout.write("".join([before, BEGIN, "\n", HEAD, *map(row, SETTINGS), "\n", END, behind]))


def row(setting: Setting) -> str:
    """Return what the table says of ``setting``."""
    default = "" if setting.default is None else f"`{_toml(shown(setting.default))}`"
    options = ", ".join(f"`{option}`" for option in setting.options)
    whose = " In a project's file only." if setting.is_projects else ""
    cells = (f"`{setting.key}`", setting.expected, default, options, f"`{setting.variable}`", f"{setting.help}{whose}")
    return f"| {' | '.join(cells)} |\n"


def _toml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else f'"{value}"'


if __name__ == "__main__":
    main()
