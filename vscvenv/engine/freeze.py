"""What lies in an environment, as lines of a requirements file that install the same again."""

from __future__ import annotations

import json
import re
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional
from urllib.parse import quote, unquote, urlsplit

from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Iterator

_PASSWORD = re.compile(r"(?<=://)(?:[^/\s]+@)")
# The user of an SSH address is no secret but part of where something is.
_SSH = re.compile(r"(?:git\+)?ssh://")


def freeze(directory: Path, base: Optional[Path] = None) -> list[str]:
    """Return a line for each distribution in the site-packages ``directory``, by name, without passwords.

    Where it came from a URL, a repository or a directory (PEP 610), so does the line; paths below ``base`` are written
    from there on, and those that are gone are left out.
    """
    found = {canonicalize_name(one.metadata["Name"]): one for one in _distributions(directory)}
    return [_line(name, one, base) for name, one in sorted(found.items())]


def without_commit(directory: Path) -> list[str]:
    """Return lines as `freeze` does, of what came from a repository elsewhere and was not asked for by its commit."""
    return [
        _line(canonicalize_name(one.metadata["Name"]), one, None)
        for one in _distributions(directory)
        if (origin := _origin(one)) and _may_move(origin)
    ]


def _may_move(origin: dict[str, Any]) -> bool:
    """Tell whether what was asked for is a branch or a tag of a repository elsewhere, which may mean another commit."""
    found = origin.get("vcs_info", {})
    return not origin["url"].startswith("file:") and found.get("requested_revision") != found.get("commit_id")


def without_password(url: str) -> str:
    """Return ``url`` without the user and password in it."""
    return url if _SSH.match(url) else _PASSWORD.sub("", url)


def place(path: Path, base: Optional[Path]) -> str:
    """Return what names ``path`` in a requirements file: how it is reached from ``base``, where it is in there.

    Of a path with blanks or quotes pip reads something else than uv. A URL may be relative too, and both read it alike.
    """
    if base is None or not path.is_relative_to(base):
        return path.as_uri()
    below = path.relative_to(base).as_posix()
    return f"./{below}" if quote(below) == below else f"file:./{quote(below)}"


def is_relative(named: str) -> bool:
    """Tell whether `place` has ``named`` something from its base on."""
    return named.startswith(("./", "file:./"))


def _distributions(directory: Path) -> Iterator[metadata.Distribution]:
    for one in metadata.distributions(path=[str(directory)]):
        if one.metadata["Name"] and one.metadata["Version"]:
            yield one


def _line(name: str, distribution: metadata.Distribution, base: Optional[Path]) -> str:
    origin = _origin(distribution)
    if origin is None or _is_gone(str(origin["url"])):
        return f"{name}=={distribution.metadata['Version']}"
    url = without_password(str(origin["url"]))
    if "vcs_info" in origin:
        url = f"{origin['vcs_info']['vcs']}+{url}@{origin['vcs_info']['commit_id']}"
    if url.startswith("file:"):
        url = place(Path(unquote(urlsplit(url).path)), base)
    if "subdirectory" in origin:
        url += f"#subdirectory={origin['subdirectory']}"
    if origin.get("dir_info", {}).get("editable"):
        return f"-e {url}"
    if is_relative(url):
        # pip takes no path behind a name.
        return url
    return f"{name} @ {url}"


def _origin(distribution: metadata.Distribution) -> Optional[dict[str, Any]]:
    """Return what the distribution's direct_url.json says; None for what came from an index."""
    try:
        origin = dict(json.loads(distribution.read_text("direct_url.json") or "null"))
        return origin if isinstance(origin["url"], str) else None
    except (ValueError, TypeError, KeyError):
        return None


def _is_gone(url: str) -> bool:
    """Tell whether ``url`` is a place on this machine that is not there any more, such as where a site built it."""
    return url.startswith("file:") and not Path(unquote(urlsplit(url).path)).exists()
