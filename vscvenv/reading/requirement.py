"""One requirement: what a line asks for, by the rules that pip reads it with."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, Optional

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version

from vscvenv.errors import InputError
from vscvenv.messages import warn
from vscvenv.reading import hints as requirementhints
from vscvenv.reading.inputs import absolute, kind_of, read_digest
from vscvenv.reading.line import expand, url_path, variables
from vscvenv.reading.pyproject import project_files, project_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from packaging.utils import NormalizedName

    from vscvenv.reading.inputs import Input
    from vscvenv.reading.line import Line

_URL = re.compile(r"(?:https?|ftp|file|(?:git|hg|svn|bzr)(?:\+\w+)?):", re.IGNORECASE)
_VCS = re.compile(r"(git|hg|svn|bzr)[+:]", re.IGNORECASE)
_ARCHIVE = re.compile(r".*\.(?:whl|zip|tar|tgz|tbz|txz|tlz|tar\.(?:gz|bz2|xz|lz|lzma))", re.IGNORECASE)
_EXTRAS = re.compile(r"\s*\[[^\]]+\]$")
_QUOTES = re.compile(r"['\"\\]")
_EGG = re.compile(r"[#&]egg=([\w.-]+)", re.ASCII)


@dataclass(frozen=True)
class Item:
    """A requirement as it stands in a file, and what it is."""

    text: str
    """The logical line as written: variables are not replaced, as their values may be secret."""
    file: Path
    line: int
    requirement: Optional[Requirement] = None
    """None for paths and URLs without a name before them."""
    editable: bool = False
    name: Optional[NormalizedName] = None
    """None where only a build would tell."""
    files: tuple[Input, ...] = ()
    """What it brings from this machine: the files of a local project, or the digest of an archive."""
    rewritten: Optional[str] = None
    """What to install instead of ``text``."""

    @property
    def where(self) -> str:
        """FILE:LINE."""
        return f"{self.file}:{self.line}"


def interpret(line: Line, environ: Mapping[str, str], cwd: Path) -> Item:
    """Return what ``line`` asks for. Paths are relative to ``cwd``, as they are for pip.

    Raises InputError naming the line, why it cannot be met, and what was probably meant.
    """
    # pip takes an empty marker behind a semicolon, uv does not.
    tidy = line.argument.rstrip("; ")
    item = _Reading(replace(line, argument=tidy), environ, cwd).item()
    if tidy != line.argument and not item.rewritten:
        return replace(item, rewritten=line.text.replace(line.argument, tidy, 1))
    return item


def for_pip_only(line: Line) -> Iterator[str]:
    """Yield what in the requirement ``line`` uv cannot do."""
    yield from (
        name for name, _ in line.options if name in {"--config-settings", "--global-option", "--install-option"}
    )
    editable = dict(line.options).get("--editable", "")
    written = editable or line.argument
    if variables(written) and not _URL.search(written) and not _is_path(written):
        yield f"a variable in {written}"
    elif (vcs := _VCS.search(written)) and (editable or vcs[1].lower() != "git"):
        yield f"--editable {vcs[1]}" if editable else vcs[1]


def _is_path(text: str) -> bool:
    return "/" in text or text.startswith(".")


@dataclass(frozen=True)
class _Reading:
    """Finds out what one line is."""

    line: Line
    environ: Mapping[str, str]
    cwd: Path

    def item(self) -> Item:
        editable = dict(self.line.options).get("--editable")
        if editable is not None:
            return self._editable(expand(editable, self.environ))
        value = expand(self.line.argument, self.environ)
        url = bool(_URL.match(value))
        bare = re.split(r"\s;" if url else r"\s*;", value, maxsplit=1)[0]
        plain = _EXTRAS.sub("", bare)
        place = self._place(plain)
        if url and not bare.lower().startswith("file:"):
            return self._made(name=_name_in_url(bare))
        if url or (_is_path(bare) and kind_of(place) == "directory"):
            return self._local(place)
        if _ARCHIVE.fullmatch(plain) and (kind_of(place) == "file" or " @ " not in bare):
            return self._local(place)
        return self._named()

    def _editable(self, value: str) -> Item:
        try:
            asked = Requirement(value)
        except InvalidRequirement:
            asked = None
        url = (asked and asked.url) or value
        if _VCS.match(url):
            name = asked.name if asked else _name_in_url(url)
            if not name:
                self._fail(
                    "pip cannot tell the name of what is to be installed", f"Write: -e {self._shown(url)}#egg=NAME"
                )
            return self._made(editable=True, name=name)
        if _URL.match(url) and not url.lower().startswith("file:"):
            self._fail("only directories and repositories can be editable", "Leave out -e, or write git+https://…")
        return self._local(self._place(_EXTRAS.sub("", url)), editable=True)

    def _local(self, place: Path, *, editable: bool = False) -> Item:
        """Return the item for a project or an archive that lies at ``place``."""
        if kind_of(place) == "file" and not editable:
            return self._made(name=_name_of_archive(place.name), files=(read_digest(place),))
        if kind_of(place) != "directory":
            self._fail(f"there is no {place}", self._where_else())
        files = project_files(place)
        if not files:
            self._fail(f"{place} is no Python project", "It needs a pyproject.toml or a setup.py.")
        rewritten = self._respelled(place) if editable else None
        return self._made(editable=editable, name=project_name(files), files=files, rewritten=rewritten)

    def _respelled(self, place: Path) -> Optional[str]:
        """Return an editable line with a URL where its path is quoted, as pip wants blanks to be, and uv does not.

        So it is where the path is joined to -e.
        """
        if len(self.line.options) > 1 or (self.line.is_spelled_out and not _QUOTES.search(self.line.text)):
            return None
        extras = _EXTRAS.search(dict(self.line.options)["--editable"])
        return f"--editable {place.as_uri()}{extras[0].strip() if extras else ''}"

    def _named(self) -> Item:
        asked = self._requirement()
        if not asked.url or not asked.url.lower().startswith("file:"):
            return self._made(requirement=asked)
        place = self._place(expand(asked.url, self.environ))
        if kind_of(place):
            found = self._local(place)
            return self._made(requirement=asked, files=found.files)
        asked.url = None
        asked.specifier = SpecifierSet(_version_in(place.name, asked.name))
        warn(f"{self.line.where}: {place} is not there, as 'pip freeze' leaves it under modules: read as '{asked}'")
        return self._made(requirement=asked, rewritten=str(asked))

    def _requirement(self) -> Requirement:
        """Return the line parsed; with its variables as written if they stand in its URL."""
        written = self.line.argument
        try:
            return Requirement(written)
        except InvalidRequirement as problem:
            reason = str(problem).split("\n", 1)[0]
        try:
            return Requirement(expand(written, self.environ))
        except InvalidRequirement:
            # What the expanded text is, or why it is wrong, may be secret.
            self._fail(f"'{written}' is not a requirement: {reason}", requirementhints.remedy(written))

    def _made(
        self,
        *,
        requirement: Optional[Requirement] = None,
        editable: bool = False,
        name: Optional[str] = None,
        files: tuple[Input, ...] = (),
        rewritten: Optional[str] = None,
    ) -> Item:
        name = requirement.name if requirement else name
        known = canonicalize_name(name) if name else None
        return Item(self.line.text, self.line.file, self.line.number, requirement, editable, known, files, rewritten)

    def _place(self, text: str) -> Path:
        """Return the path that ``text``, a path or a file: URL, names."""
        if text.lower().startswith("file:"):
            text = url_path(text)
        return absolute(Path(text.replace("\0", "")), self.cwd)

    def _where_else(self) -> str:
        written = expand(dict(self.line.options).get("--editable") or self.line.argument, self.environ)
        if self.line.file.parent != self.cwd and kind_of(self.line.file.parent / _EXTRAS.sub("", written)):
            return f"Like pip, paths are looked for in {self.cwd}, not beside the file: change the path, or cd."
        return f"Correct the path; relative paths start from {self.cwd}."

    def _shown(self, text: str) -> str:
        return text if text in self.line.text else self.line.text

    def _fail(self, what: str, remedy: str) -> NoReturn:
        raise InputError(f"{self.line.where}: {what}", remedy)


def _version_in(file: str, name: str) -> str:
    """Return the specifier of the version that the name of an archive, or of its directory, says; "" for none."""
    stem = re.sub(r"\.(?:tar(?:\.\w+)?|tgz|zip)$|-[^-]+-[^-]+-[^-]+\.whl$", "", file)
    project, _, version = stem.rpartition("-")
    return f"=={version}" if canonicalize_name(project) == canonicalize_name(name) and _is_version(version) else ""


def _is_version(text: str) -> bool:
    try:
        return bool(Version(text))
    except InvalidVersion:
        return False


def _name_in_url(url: str) -> Optional[str]:
    found = _EGG.search(url)
    return found[1] if found else _name_of_archive(url_path(url).rpartition("/")[2])


def _name_of_archive(name: str) -> Optional[str]:
    parse = parse_wheel_filename if name.endswith(".whl") else parse_sdist_filename
    try:
        return str(parse(name)[0])
    except (InvalidWheelFilename, InvalidSdistFilename):
        return None
