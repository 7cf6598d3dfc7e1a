"""What was asked of the installer, beside the requirements themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Optional

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_LISTS = ("extra_index_url", "find_links", "only_binary", "no_binary")


@dataclass(frozen=True)
class Options:
    """How to install; the fields are named after pip's options, whose meaning they have.

    ``in_files`` are the options on lines of the requirements files, long name and value: some of them pip takes and uv
    does not. ``pip_only`` holds the reasons why uv cannot do what the files ask, e.g. ``--global-option (r.txt:3)``.
    ``cache`` is where downloads are kept, None for the usual place; what is built from source is kept there for each
    ``label`` apart.
    """

    installer: str = "uv"
    pip_only: tuple[str, ...] = ()
    in_files: tuple[tuple[str, str], ...] = ()
    index_url: Optional[str] = None
    extra_index_url: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    only_binary: tuple[str, ...] = ()
    no_binary: tuple[str, ...] = ()
    no_build_isolation: bool = False
    pre: bool = False
    offline: bool = False
    cache: Optional[Path] = None
    label: str = "local"
    local: tuple[str, ...] = ()
    """The names of projects in directories; "" for one that does not say its name."""

    @classmethod
    def of(
        cls, asked: Iterable[tuple[str, str]], *, label: str, offline: bool = False, cache: Optional[Path] = None
    ) -> Options:
        """Return the options for what was ``asked``, in the long names and values of a request."""
        values: dict[str, list[str]] = {}
        for name, value in asked:
            values.setdefault(name.lstrip("-").replace("-", "_"), []).append(value)
        single = {name: values[name][-1] for name in ("installer", "index_url") if name in values}
        lists = {name: tuple(values.get(name, ())) for name in _LISTS}
        flags = {name: name in values for name in ("pre", "no_build_isolation")}
        return cls(label=label, offline=offline, cache=cache, **single, **lists, **flags)  # type: ignore[arg-type]

    @property
    def by_pip(self) -> bool:
        """Whether pip installs, because that was asked for or because the files ask for what uv cannot do."""
        return self.installer == "pip" or bool(self.pip_only)

    @property
    def forgotten(self) -> Optional[str]:
        """A URL whose password is not known any more, as the record that it comes from does not keep any."""
        urls = (self.index_url or "", *self.extra_index_url, *self.find_links)
        return next((url for url in urls if "://****@" in url), None)

    def has_in_files(self, name: str) -> bool:
        """Tell whether the option ``name``, with its dashes, is on a line of the requirements files."""
        return any(found == name for found, _ in self.in_files)
