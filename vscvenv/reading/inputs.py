"""The files that describe an environment: read once, byte for byte, with an error that says where and what to do."""

from __future__ import annotations

import codecs
import difflib
import hashlib
import os
import re
import shlex
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Optional

from vscvenv.errors import InputError
from vscvenv.messages import redact, some

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LIMIT = 10_000_000
"""Bytes. Nobody writes a list this long; what is larger was given by mistake."""

# In this order: the mark of UTF-16 is the beginning of UTF-32's.
_WIDE = ((codecs.BOM_UTF32_LE, "UTF-32"), (codecs.BOM_UTF16_LE, "UTF-16"), (codecs.BOM_UTF16_BE, "UTF-16"))
# PEP 263, which pip honours in the first two lines of a requirements file.
_CODING = re.compile(rb"\A(?:[^\n]*\n)??#[^\n]*coding[:=][ \t]*([-\w.]+)")
_DIGEST = re.compile(rb"\d+ bytes, sha256 [0-9a-f]{64}\n")
_WITH_EXTRAS = re.compile(r"(pyproject\.toml)\[([^\]]+)\]")
_SHOWN = 8
_HINTS = {"modules file": "Name a file that lists the modules, one a line."}
_SUBMITTED_FROM = ("SLURM_SUBMIT_DIR", "PBS_O_WORKDIR")


@dataclass(frozen=True)
class Input:
    """A file as it was read: where (absolute, links not resolved) and what it held."""

    path: Path
    content: bytes

    @property
    def text(self) -> str:
        """The content as text, without a byte order mark.

        UTF-8, or what a PEP 263 comment says; stray bytes of older encodings are read as Latin-1, since they only
        ever stand in comments. Raises InputError for UTF-16, which PowerShell's ``>`` writes and uv misreads.
        """
        if encoding := _wide_encoding(self.content):
            raise InputError(
                f"{self.path}:1: the file is {encoding}, as Windows PowerShell writes it; UTF-8 is needed",
                f"Convert it: iconv -f {encoding} -t UTF-8 '{self.path}' -o new.txt && mv new.txt '{self.path}'",
            )
        declared = _CODING.match(self.content)
        if declared:
            return self._decoded(declared[1].decode())
        try:
            return self.content.decode("utf-8-sig")
        except UnicodeDecodeError:
            return self.content.decode("latin-1")

    def _decoded(self, encoding: str) -> str:
        try:
            return self.content.decode(encoding).lstrip("\ufeff")
        except (LookupError, ValueError) as problem:
            raise InputError(
                f"{self.path}:1: the file says that it is in {encoding}, but cannot be read so",
                "Save it as UTF-8 and remove the 'coding' comment.",
            ) from problem

    @property
    def is_utf8(self) -> bool:
        """Whether it is plain UTF-8, which is all that uv reads."""
        try:
            return bool(self.content.decode() or True)
        except UnicodeDecodeError:
            return False

    @property
    def is_digest(self) -> bool:
        """Whether it has what `read_digest` tells of a file, and not what the file holds."""
        return bool(_DIGEST.fullmatch(self.content))

    @property
    def redacted(self) -> bytes:
        """The content as it may be kept: the user and password of every URL replaced by ``****``."""
        return redacted(self.content)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the redacted content, in hexadecimal: a rotated password is not a change."""
        return hashlib.sha256(self.redacted).hexdigest()


def redacted(content: bytes) -> bytes:
    """Return ``content`` without the credentials in its URLs; all other bytes stay as they are."""
    return redact(content.decode("latin-1")).encode("latin-1")


def absolute(path: Path, cwd: Path) -> Path:
    """Return ``path`` from ``cwd`` on, without ``..`` where that names the same file, links not resolved."""
    joined = cwd / path
    tidy = Path(os.path.normpath(joined))
    return tidy if os.path.realpath(tidy) == os.path.realpath(joined) else joined


def kind_of(path: Path) -> str:
    """Return "file", "directory", or "" for what is neither, not there, or cannot be."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return ""
    return "directory" if stat.S_ISDIR(mode) else "file" if stat.S_ISREG(mode) else ""


def read_input(path: Path, what: str, environ: Mapping[str, str], cwd: Path, *, asked_by: str = "") -> Input:
    """Return the file at ``path``, which is ``what`` ("requirements file"); ``asked_by``: the FILE:LINE that names it.

    Raises InputError for what is missing, a directory or a pipe, unreadable, binary, or larger than LIMIT.
    """
    if "\0" in str(path):
        raise InputError(f"{asked_by or what}: a path cannot hold a zero byte")
    place = absolute(path, cwd)
    name = f"{asked_by}: the {what} {place}" if asked_by else f"{place}: this {what}"
    try:
        _check_kind(place, name)
        content = place.read_bytes()
    except (FileNotFoundError, NotADirectoryError) as problem:
        raise InputError(
            f"{name} does not exist", _where_else(path, place, environ, cwd) or _HINTS.get(what)
        ) from problem
    except OSError as problem:
        raise InputError(f"{name} cannot be read: {problem.strerror}", f"See: ls -ld '{place}'") from problem
    if b"\0" in content and not _wide_encoding(content):
        raise InputError(f"{name} is not a text file", "Give the list itself, one entry a line.")
    return Input(place, content)


def read_digest(path: Path) -> Input:
    """Return the archive at ``path`` as an input whose content is its size and SHA-256: wheels are too large to keep.

    Raises InputError where it cannot be read.
    """
    digest = hashlib.sha256()
    size = 0
    try:
        with path.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
                size += len(block)
    except OSError as problem:
        raise InputError(f"{path}: this archive cannot be read: {problem.strerror}") from problem
    return Input(path, f"{size} bytes, sha256 {digest.hexdigest()}\n".encode())


def read_again(one: Input) -> Optional[Input]:
    """Return what is now where ``one`` was read, or None where nothing is. Raises InputError or OSError."""
    if not one.path.exists():
        return None
    return read_digest(one.path) if one.is_digest else Input(one.path, one.path.read_bytes())


def describe_change(path: Path, old: Mapping[str, str], new: Mapping[str, str]) -> str:
    """Return one line on how ``path`` changed; entries map a name to what stands behind it ("/1.0", "==1.0")."""
    parts = [f"+{name}{value}" for name, value in new.items() if name not in old]
    parts += [
        f"{name} {_bare(old[name])} → {_bare(new[name])}" for name in new if name in old and old[name] != new[name]
    ]
    parts += [f"-{name}" for name in old if name not in new]
    return redact(f"{path.name} changed: {some(parts, _SHOWN) or 'comments, order or layout'}")


def _bare(value: str) -> str:
    return value.removeprefix("==").removeprefix("/") or "any"


def _wide_encoding(content: bytes) -> Optional[str]:
    """Return the name iconv has for a two- or four-byte encoding of ``content``, by its mark or by its zero bytes."""
    for mark, name in _WIDE:
        if content.startswith(mark):
            return name
    if len(content) < len(codecs.BOM_UTF16):
        return None
    if not any(content[1::2]):
        return "UTF-16LE"
    return None if any(content[::2]) else "UTF-16BE"


def _check_kind(place: Path, name: str) -> None:
    status = place.stat()
    if stat.S_ISDIR(status.st_mode):
        raise InputError(f"{name} is a directory", "Name the file in it.")
    if not stat.S_ISREG(status.st_mode):
        raise InputError(f"{name} is not a regular file", "Write it to a file: it is read again at each activation.")
    if status.st_size > LIMIT:
        raise InputError(f"{name} has {status.st_size:,} bytes: that is no list", "Was another file meant?")


def _where_else(path: Path, place: Path, environ: Mapping[str, str], cwd: Path) -> Optional[str]:
    """Return what to do about ``place`` not being there."""
    if re.match(r"(?:https?|ftp):/", str(path)):
        return "It is read again at each activation, so it has to be here. Download it: curl -LO URL"
    if "~" in place.parts:
        return "In quotes, and behind a '=', shells leave '~' as it is. Write: $HOME"
    if place.is_symlink():
        return f"It is a link to {place.readlink()}, which is gone."
    if hint := _extras_apart(path, place) or next(_in_submit_directory(path, environ, cwd), None):
        return hint
    return similar(place) or next(_above(place, cwd), None)


def _above(place: Path, cwd: Path) -> Iterator[str]:
    """Yield where ``place`` is, for who stands below its project."""
    for directory in cwd.parents if place.is_relative_to(cwd) else ():
        if (found := directory / place.relative_to(cwd)).is_file():
            yield f"There is {found}. First: cd {shlex.quote(str(directory))}"


def _extras_apart(path: Path, place: Path) -> Optional[str]:
    """Return how to ask for pyproject.toml[EXTRA,…], where that is what ``path`` means."""
    found = _WITH_EXTRAS.fullmatch(place.name)
    if not found or not place.with_name(found[1]).exists():
        return None
    options = " ".join(f"--extra {extra.strip()}" for extra in found[2].split(","))
    return f"Extras are named apart: --requirements {path.with_name(found[1])} {options}"


def similar(place: Path) -> Optional[str]:
    """Return which file beside ``place``, which is not there, has a name like it; None where there is none."""
    readable = place.parent.is_dir() and os.access(place.parent, os.R_OK)
    names = [one.name for one in place.parent.iterdir()] if readable else []
    close = difflib.get_close_matches(place.name, names, n=1)
    return f"There is {place.parent / close[0]}: was that meant?" if close else None


def _in_submit_directory(path: Path, environ: Mapping[str, str], cwd: Path) -> Iterator[str]:
    """Yield where a batch job should look: schedulers may start it elsewhere than where it was submitted."""
    below = Path(os.path.relpath(cwd / path, cwd))
    if path.is_absolute() and below.parts[0] == os.pardir:
        return
    for variable in _SUBMITTED_FROM:
        submitted = environ.get(variable)
        if submitted and (Path(submitted) / below).exists():
            yield f'It is in {submitted}, where the job was submitted. First: cd "${variable}"'
        elif submitted and Path(submitted) != cwd:
            yield f'The job runs in {cwd}, it was submitted in {submitted}. If it is there, first: cd "${variable}"'
