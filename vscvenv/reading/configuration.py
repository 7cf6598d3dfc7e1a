"""A configuration file: its settings, checked, each with the line that says it.

What holds for one label, or for one environment of several, stands in tables of its own::

    modules = "modules.txt"
    [labels.zen5]
    modules = "modules-zen5.txt"
    [names.gpu]
    requirements = "gpu.txt"
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Optional

from vscvenv.errors import InputError
from vscvenv.reading import toml
from vscvenv.request import Modules
from vscvenv.settings import BY_KEY, Setting

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from vscvenv.reading.inputs import Input
    from vscvenv.reading.toml import Key

Whose = Literal["project", "user", "site"]

IN_PYPROJECT = ("tool", "vsc-venv")
"""The table of pyproject.toml that is a configuration."""
_TABLES: Mapping[Whose, tuple[str, ...]] = {
    "project": ("labels", "names"),
    "user": ("labels",),
    "site": ("labels", "enforce", "trust"),
}
_SIMILAR = 0.75
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))", re.ASCII)
_PATHS = frozenset({"files", "modules", "directory", "places"})
_LISTS = frozenset({"files", "modules", "texts", "places"})


@dataclass(frozen=True)
class Value:
    """What a setting is, and who says so: ``vsc-venv.toml:3``, ``--installer``, ``$VSC_VENV_INSTALLER``."""

    value: Any
    origin: str


Values = dict[str, Value]


@dataclass(frozen=True)
class Label:
    """A label and its parts, as tables are named after them."""

    text: str
    os: str
    arch: str
    suffix: str = ""

    def rank(self, pattern: str) -> Optional[tuple[int, int]]:
        """Return how closely ``pattern`` describes this label, more is closer; None where it does not."""
        for rank, words in ((3, [self.text]), (2, [f"{self.arch}-{self.suffix}", self.arch]), (1, [self.os])):
            if pattern in words:
                return rank, len(pattern)
        if any(fnmatchcase(word, pattern) for word in (self.text, self.arch, self.os)):
            return 0, len(re.sub(r"[*?\[\]]", "", pattern))
        return None


@dataclass(frozen=True)
class Section:
    """Settings, and those that some labels have instead."""

    values: Values = field(default_factory=dict)
    labels: Mapping[str, Values] = field(default_factory=dict)

    def of(self, label: Optional[Label]) -> Values:
        """Return what holds for ``label``: what describes it more closely wins, then what stands further down."""
        ranked = [(label.rank(pattern), values) for pattern, values in self.labels.items()] if label else []
        found = dict(self.values)
        for _, values in sorted(((rank, one) for rank, one in ranked if rank), key=lambda pair: pair[0]):
            found |= values
        return found


@dataclass(frozen=True)
class Configuration:
    """One configuration file, or the table of a pyproject.toml; ``enforced`` and ``trust`` are a site's."""

    given: Input
    whose: Whose
    own: Section = Section()
    names: Mapping[str, Section] = field(default_factory=dict)
    enforced: Section = Section()
    trust: tuple[Path, ...] = ()

    @property
    def has_labels(self) -> bool:
        """Whether anything in it depends on the label."""
        return any(one.labels for one in (self.own, self.enforced, *self.names.values()))


def parse(given: Input, whose: Whose, environ: Mapping[str, str]) -> Optional[Configuration]:
    """Return the configuration in ``given``; None for a pyproject.toml without one.

    Raises InputError naming file, line and key for what is unknown, of the wrong type, or in the wrong place.
    """
    prefix = IN_PYPROJECT if given.path.name == "pyproject.toml" else ()
    if prefix and prefix[-1].encode() not in given.content:
        return None  # what is wrong with it is none of our business
    data: Any = toml.parse(given)
    for key in prefix:
        if not isinstance(data, dict) or key not in data:
            return None
        data = data[key]
    return _Reader(given, whose, environ, prefix).configuration(data)


@dataclass(frozen=True)
class _Reader:
    """Reads one file; ``prefix`` is where its configuration stands."""

    given: Input
    whose: Whose
    environ: Mapping[str, str]
    prefix: Key

    @property
    def _here(self) -> Path:
        return self.given.path.parent

    def configuration(self, data: Any) -> Configuration:
        table = self._table(data, ())
        more = _TABLES[self.whose]
        return Configuration(
            self.given,
            self.whose,
            own=self._section(table, (), more),
            names={name: self._section(one, ("names", name), ("labels",)) for name, one in self._names(table)},
            enforced=self._section(table.get("enforce", {}), ("enforce",), ("labels",)),
            trust=tuple(self._trust(table)),
        )

    def _names(self, table: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        for name, one in self._table(table.get("names", {}), ("names",)).items():
            if not BY_KEY["name"].accepts(name):
                raise self._error(("names", name), f"{name!r} cannot name an environment", "Use letters and digits.")
            yield name, one

    def _trust(self, table: Mapping[str, Any]) -> Iterator[Path]:
        listed = table.get("trust", [])
        if not _is_strings(listed):
            raise self._wrong_type(("trust",), listed, "a list of directories")
        for one in listed:
            yield self._absolute(("trust",), self._expand(("trust",), one))

    def _section(self, data: Any, at: Key, tables: tuple[str, ...]) -> Section:
        table = self._table(data, at)
        for key in table:
            if key not in tables:
                self._check_known(key, (*at, key), tables)
        labels = self._table(table.get("labels", {}), (*at, "labels")) if "labels" in tables else {}
        values = {key: value for key, value in table.items() if key not in tables}
        return Section(
            self._values(values, at),
            {name: self._of_label(one, (*at, "labels", name)) for name, one in labels.items()},
        )

    def _of_label(self, data: Any, at: Key) -> Values:
        table = self._table(data, at)
        for key in table:
            self._check_known(key, (*at, key), ())
            if not BY_KEY[key].is_for_any_label:
                raise self._error((*at, key), f"{key} is the same for all labels", "Write it above the first table.")
        return self._values(table, at)

    def _values(self, table: Mapping[str, Any], at: Key) -> Values:
        return {
            key: Value(self._value(BY_KEY[key], raw, (*at, key)), self._where((*at, key))) for key, raw in table.items()
        }

    def _check_known(self, key: str, at: Key, tables: Iterable[str]) -> None:
        """Raise InputError where ``key`` is no setting, or none that may stand here."""
        if key in BY_KEY:
            if BY_KEY[key].is_projects and self.whose != "project":
                raise self._error(at, f"{key} is a project's own", "Write it to vsc-venv.toml in the project.")
            return
        if key in {"trust", "enforce"}:
            raise self._error(at, f"only a site's configuration has '{key}'", self._instead(key))
        known = [*(name for name, one in BY_KEY.items() if self.whose == "project" or not one.is_projects), *tables]
        close = difflib.get_close_matches(key, known, n=1, cutoff=_SIMILAR)
        remedy = f"Was {close[0]} meant?" if close else "All settings: vsc-venv config"
        if key in {"tool", "vsc-venv"} and not self.prefix:
            remedy = "Here the settings stand at the top, without a table [tool.vsc-venv] or [vsc-venv]."
        raise self._error(at, f"there is no setting {key!r}", remedy)

    def _instead(self, key: str) -> str:
        return "Say it yourself: vsc-venv trust DIR" if key == "trust" else "Write the settings above all tables."

    def _value(self, setting: Setting, raw: Any, at: Key) -> Any:
        given = f"{raw} days" if setting.kind == "duration" and type(raw) in {int, float} else raw
        if setting.kind == "flag":
            if not isinstance(raw, bool):
                raise self._wrong_type(at, raw, setting.expected)
            return raw
        words = [given] if isinstance(given, str) else given
        if not _is_strings(words) or (isinstance(given, list) and setting.kind not in _LISTS):
            raise self._wrong_type(at, raw, setting.expected)
        for word in words:
            if not setting.accepts(word):
                raise self._error(at, f"{setting.key} is {word!r}, not {setting.expected}", "Correct it.")
            if setting.kind == "files" and re.search(r"[<>=~!;\[]", word) and not (self._here / word).exists():
                raise self._error(at, f"{word!r} is a requirement, not a file", "Write it to a file, and name that.")
        if setting.kind == "modules" and isinstance(given, list):
            return self._listed(given, at)
        if setting.kind in _PATHS:
            words = [self._place(at, word) for word in words]
        return setting.value(words[0] if isinstance(given, str) else words, self._here)

    def _listed(self, names: list[str], at: Key) -> Modules:
        for name in names:
            if (self._here / name).is_file():
                raise self._error(
                    at, f"{name} is a file, not a module", f'Name it without brackets: modules = "{name}"'
                )
        return Modules(self.given.path, tuple(names))

    def _place(self, at: Key, text: str) -> str:
        """Return a path or URL with its variables put in; only a project's may be relative."""
        if "://" in text:
            return text
        expanded = self._expand(at, text)
        return expanded if self.whose == "project" else str(self._absolute(at, expanded))

    def _expand(self, at: Key, text: str) -> str:
        try:
            home = re.sub(r"^~(?=/|$)", "${HOME}", text)
            return _VARIABLE.sub(lambda found: self.environ[found[1] or found[2]], home)
        except KeyError as unset:
            raise self._error(at, f"${unset.args[0]} is not set", "Set it, or write the path itself.") from unset

    def _absolute(self, at: Key, text: str) -> Path:
        if not text.startswith("/"):
            raise self._error(at, f"{text} is not an absolute path", "Begin it with / or with a variable.")
        return Path(text)

    def _table(self, data: Any, at: Key) -> dict[str, Any]:
        if not isinstance(data, dict):
            raise self._wrong_type(at, data, f"a table: [{'.'.join((*self.prefix, *at))}]")
        return data

    def _wrong_type(self, at: Key, raw: Any, expected: str) -> InputError:
        return self._error(at, f"{'.'.join((*self.prefix, *at))} is {_type(raw)}", f"It must be {expected}.")

    def _error(self, at: Key, what: str, remedy: str) -> InputError:
        return InputError(f"{self._where(at)}: {what}", remedy)

    def _where(self, at: Key) -> str:
        return f"{self.given.path}:{toml.line_of(self.given.text, (*self.prefix, *at))}"


def _is_strings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _type(value: Any) -> str:
    words = {str: "a string", bool: "true or false", list: "a list", dict: "a table"}
    return words.get(type(value), "a number" if isinstance(value, (int, float)) else "a date")
