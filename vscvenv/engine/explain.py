"""Why an installation failed, in words that say what to do."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from vscvenv.errors import VscVenvError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from packaging.utils import NormalizedName

    from vscvenv.engine.provided import Provided
    from vscvenv.process import Completed

# What uv and pip print, or which signal ended them, and what it means; the first that is found counts.
_CAUSES = (
    (
        r"No space left on device|Disk quota exceeded|os error 28\b|os error 122\b",
        "the disk is full, or your quota is used up",
        "Make room, or name a place for the cache on another file system: --cache DIR.",
    ),
    (
        r"network was disabled|connectivity is disabled",
        "what is needed has not been downloaded yet, and --offline forbids it",
        "Where there is a network, type: vsc-venv fetch; or name a directory of wheels with --find-links.",
    ),
    (
        r"error sending request|tcp connect error|timed out|Connection refused|Max retries exceeded|unreachable",
        "the package index cannot be reached",
        "Some compute nodes have no internet: build on a login node first, or use --find-links DIR --offline.",
    ),
    (
        r"memory allocation of \d+|Cannot allocate memory|MemoryError|os error 12\b|Killed signal|\Asignal 9\Z",
        "memory is used up",
        "Login nodes allow little: build in a job, or by 'vsc-venv build'.",
    ),
    (r"\Asignal 25\Z", "a file grew larger than this shell allows", "See: ulimit -f"),
    (
        r"40[13] (?:Unauthorized|Forbidden|Client Error)|Authentication|status code 40[13]",
        "the package index wants a user name and password",
        "Put them in ~/.netrc, or in the index URL in pip's configuration.",
    ),
)


# How uv and pip say that a source could not be built, with words of the tools that build.
_BUILDING = re.compile(r"Failed to build|Failed building|did not run successfully")
# How they say that there is no version of something at all.
_UNKNOWN = re.compile(r"\b([\w.-]+) was not found in the|No matching distribution found for ([\w.-]+)")


class UnresolvableError(VscVenvError):
    """The requirements cannot be met by what the indexes and the modules have."""


def failure(ended: Completed, provided: Mapping[NormalizedName, Provided]) -> VscVenvError:
    """Return the error that tells why ``ended``, a run of uv or pip, could not install.

    The installer's own explanation comes with it, as does which module provides a distribution that it names.
    """
    said = _last_words(ended.messages)
    killed_by = f"signal {-ended.code}"
    for pattern, meaning, hint in _CAUSES:
        if re.search(pattern, ended.messages) or re.search(pattern, killed_by):
            return VscVenvError(f"cannot install: {meaning}\n{said}".rstrip(), hint)
    named = [each for name, each in provided.items() if is_named(name, said) and not _BUILDING.search(said)]
    lines = [*_none_at_all(said), *(f"{each} is provided by {each.location}" for each in named)]
    return UnresolvableError(f"the requirements cannot be installed\n{said}".rstrip(), "\n".join(lines) or None)


def _none_at_all(said: str) -> Iterator[str]:
    """Yield what to write instead of names that no index has, since they are Python's own."""
    for name in dict.fromkeys(filter(None, sum(_UNKNOWN.findall(said), ()))):
        if name == "python":
            yield "python is no package: leave it out. Which one it is, the modules say: list a Python module."
        elif name in getattr(sys, "stdlib_module_names", ()):
            yield f"{name} comes with Python: leave it out."


def _last_words(messages: str) -> str:
    """Return what an installer said from its error on, without its progress before that."""
    # Older versions of uv start it with a cross.
    start = re.search(r"^\s*(?:error:|ERROR:|\u00d7)", messages, re.MULTILINE)
    return messages[start.start() :].strip("\n") if start else messages.strip("\n")


def is_named(name: str, text: str) -> bool:
    """Tell whether ``text`` names the distribution ``name``, however its parts are joined."""
    pattern = rf"(?<![\w.-]){re.escape(name).replace(re.escape('-'), '[-_.]')}(?![\w-])"
    return re.search(pattern, text, re.IGNORECASE) is not None
