"""What was asked of the installer, beside the requirements themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Optional

if TYPE_CHECKING:
    from pathlib import Path


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

    def has_in_files(self, name: str) -> bool:
        """Tell whether the option ``name``, with its dashes, is on a line of the requirements files."""
        return any(found == name for found, _ in self.in_files)
