"""All that builds on nodes without a network need, downloaded where there is one.

Wheels, index pages and what builds from source need lie in the shared part of the cache, once something was built here.
The sources themselves lie there apart for each label, mixed with what was built from them: so their archives are
downloaded again, to where every label finds them.
"""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from vscvenv.build import temporary
from vscvenv.engine.freeze import freeze, without_commit
from vscvenv.engine.tags import tags
from vscvenv.engine.uvtool import Uv
from vscvenv.engine.venv import site_packages
from vscvenv.errors import VscVenvError
from vscvenv.files import temporary_directory, write
from vscvenv.messages import note
from vscvenv.reading import toml

if TYPE_CHECKING:
    from collections.abc import Container, Iterator
    from pathlib import Path

    from packaging.tags import Tag

    from vscvenv.build import Plan
    from vscvenv.engine.options import Options
    from vscvenv.generation import Generation, Store

_TIMEOUT = 60.0


def directory(venvs: Path) -> Path:
    """Return where archives of sources lie for all labels."""
    return venvs / ".vsc-venv" / "sources"


def offline(options: Options, venvs: Path) -> Options:
    """Return ``options`` for a build without a network, which takes what was fetched."""
    place = directory(venvs)
    return replace(options, find_links=(*options.find_links, str(place))) if place.is_dir() else options


def fetch(store: Store, plan: Plan) -> list[str]:
    """Download what ``plan`` needs on any node, and return the names of the archives of sources. The lock is held.

    The environment is built for it, since only a build knows what it needs, and thrown away. Raises VscVenvError where
    something cannot be had, or not be built without a network.
    """
    place = directory(store.venvs)
    place.mkdir(parents=True, exist_ok=True)
    with temporary(store, plan) as generation:
        installed = site_packages(generation.path, plan.interpreter)
        lines, moving = freeze(installed), without_commit(installed)
        of_modules = _locked_of_modules(generation, plan)
        pins = [*(f"{name}=={version}" for name, version in of_modules.items())]
        packages = _locked(generation, plan, [line for line in [*lines, *pins] if "==" in line and "://" not in line])
    fetched = [_download(one, place) for one in _archives(packages, plan, of_modules)]
    if moving:
        raise VscVenvError(
            "without a network nobody knows which commit of a repository is meant",
            "\n  ".join(["Name it in the requirements, or lock the versions (vsc-venv lock):", *moving]),
        )
    return fetched


def _locked_of_modules(generation: Generation, plan: Plan) -> dict[str, str]:
    """Return which locked versions are used from modules here: those of another node may lack them."""
    locked = plan.locked.versions if plan.locked else {}
    return {name: version for name, version in locked.items() if name in generation.record.kept}


def _locked(generation: Generation, plan: Plan, lines: list[str]) -> list[dict[str, Any]]:
    with temporary_directory("fetch") as place:
        file = place / "requirements.txt"
        write(file, "".join(f"{line}\n" for line in [*plan.option_lines, *lines]))
        uv = Uv(generation.path, plan.environ, plan.all_options)
        done = uv.lock(file, plan.interpreter.version, cwd=place)
    if done.code != 0:
        raise VscVenvError(f"uv cannot tell where the sources are\n{done.messages}")
    packages: list[dict[str, Any]] = toml.loads(done.output).get("packages", [])
    return packages


def _archives(packages: list[dict[str, Any]], plan: Plan, not_built: Container[str]) -> Iterator[dict[str, Any]]:
    """Yield the sources of the packages that have no wheel for this Python, and the wheels of those ``not_built``."""
    own = frozenset(tags(plan.interpreter))
    for package in packages:
        wheels = [wheel for wheel in package.get("wheels", ()) if _tags_of(wheel) & own and "url" in wheel]
        if "sdist" in package and "url" in package["sdist"] and (plan.options.no_binary or not wheels):
            yield package["sdist"]
        elif package["name"] in not_built:
            yield from wheels


def _tags_of(wheel: dict[str, Any]) -> frozenset[Tag]:
    try:
        return parse_wheel_filename(_name(wheel))[3]
    except InvalidWheelFilename:
        return frozenset()


def _name(archive: dict[str, Any]) -> str:
    return str(archive.get("name") or urlsplit(archive["url"]).path.rpartition("/")[2])


def _download(archive: dict[str, Any], place: Path) -> str:
    """Put ``archive`` into ``place``, checked by its hash, where it is not there yet, and return its name."""
    file, url = place / _name(archive), str(archive["url"])
    expected = archive["hashes"]["sha256"]
    if not (file.exists() and sha256(file.read_bytes()).hexdigest() == expected):
        content = _content(url)
        if sha256(content).hexdigest() != expected:
            raise VscVenvError(f"{url} is not what the index says it is: its hash differs")
        write(file, content)
        note(f"fetched {file.name}")
    return file.name


def _content(url: str) -> bytes:
    from urllib.request import urlopen  # noqa: PLC0415  # takes 20 ms to import, which few runs have to spend

    try:
        with urlopen(url, timeout=_TIMEOUT) as stream:  # noqa: S310  # the URL is the index's
            content: bytes = stream.read()
    except OSError as problem:
        raise VscVenvError(f"cannot download {url}: {problem}", "It takes a node with a network.") from problem
    return content
