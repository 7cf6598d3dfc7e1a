"""What is kept for the next time the same words are typed, so that they are answered without the core."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from vscvenv import environ as env
from vscvenv import fresh, modulefiles, replay, slots
from vscvenv.configured import OF_FILES, PREFIX
from vscvenv.engine import byhand
from vscvenv.engine.interpreter import find_python
from vscvenv.generation import RECORD
from vscvenv.messages import note
from vscvenv.target import OF_LABEL

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from vscvenv.activate import Prepared
    from vscvenv.environ import Change
    from vscvenv.reading.inputs import Input

# Of the node, which is looked at where they are unset; and PYTHONHOME, which activating takes away.
_OF_CORE = (*OF_LABEL, "PYTHONHOME", replay.MARKER, *OF_FILES, *byhand.NAMES)
_URL = re.compile(rb"\S*://\S*")
_STRING = re.compile(rb"""["']([^"'\n]+)["']""")
_VARIABLE = re.compile(r"\$\{?([A-Za-z_]\w*)", re.ASCII)


def observe(prepared: Prepared, words: tuple[str, ...], change: Change) -> fresh.Conditions:
    """Return the conditions under which who types ``words`` again gets ``change``."""
    store, configuration = prepared.store, prepared.configuration
    inputs = (*prepared.basis.inputs, *configuration.compared)
    without_urls = map(_without_urls, configuration.read)
    touched = {name for name in change.after if not name.startswith(replay.NOT_COMPARED)}
    read = modulefiles.variables(modulefiles.loaded(prepared.loaded.environ))
    return fresh.observe(
        words,
        prepared.environ,
        names={*touched, *read, *modulefiles.OF_MODULES, *_OF_CORE, *_named((*inputs, *without_urls))},
        prefixes=(*modulefiles.PREFIXES, PREFIX),
        link=store.name if slots.says_where(words, prepared.environ, store.venvs) else str(store.link),
        generation=prepared.generation.path,
        inputs=inputs,
        files=_files(prepared),
        times=configuration.times,
        links=_links(words, prepared.environ, configuration.read),
    )


def keep(homes: Iterable[slots.Home], slot: slots.Slot, grace: float) -> None:
    """Put ``slot`` into the first of ``homes`` that takes it, or say why none does; others go after ``grace``."""
    problems: list[str] = []
    for home in homes:
        with suppressed(problems):
            slots.put(home, slot, grace)
            return
    note(f"this cannot be kept, so that the next time takes as long: {'; '.join(problems)}")


@contextmanager
def suppressed(problems: list[str]) -> Iterator[None]:
    """Add what the file system refuses to ``problems``."""
    try:
        yield
    except OSError as problem:
        problems.append(f"{problem.filename}: {problem.strerror}")


def _links(words: Iterable[str], environ: Mapping[str, str], read: Iterable[Input]) -> Iterator[tuple[str, str]]:
    """Yield what may be named through links, and the working directory if that is called so, with where that is.

    What was asked for is known by where it is: whoever called it otherwise may get something else the next time.
    """
    here = environ.get("PWD", "")
    # As in `-r FILE`, `--requirements=FILE` and `-rFILE`.
    named = [(here, part) for word in words for part in (word, word.partition("=")[2], word[2:])]
    named += [(here, part) for name in environ if name.startswith(PREFIX) for part in env.paths(environ[name])]
    named += [(str(one.path.parent), os.fsdecode(text)) for one in read for text in _STRING.findall(one.content)]
    for name in dict.fromkeys((here, *(str(Path(*pair)) for pair in named if all(pair)))):
        place = os.path.realpath(name)
        if os.path.normpath(name) != place and os.path.exists(name):  # noqa: PTH110  # Path's own can fail
            yield name, place


def _without_urls(one: Input) -> Input:
    """Return a configuration without its URLs, into which it puts no variables."""
    return replace(one, content=_URL.sub(b"", one.content))


def _named(inputs: Iterable[Input]) -> Iterator[str]:
    """Yield the names of the variables that may be meant in ``inputs``."""
    for one in inputs:
        yield from _VARIABLE.findall(one.content.decode("latin-1"))


def _files(prepared: Prepared) -> Iterator[str]:
    """Yield what decides which modules are loaded and what they do, which Python is found, and what is built for it."""
    if prepared.loaded.tool is not None:
        yield from modulefiles.files((prepared.base, prepared.loaded.purged, prepared.loaded.environ))
        yield from modulefiles.configuration(prepared.base)
    yield from (str(one["path"]) for one in prepared.basis.python["signatures"])
    yield from _other_pythons(prepared)
    yield from (str(prepared.generation.path / name) for name in ("bin/python", RECORD))
    if not prepared.manner.no_lock and not prepared.basis.is_locked:
        yield str(prepared.basis.request.lock_file)


def _other_pythons(prepared: Prepared) -> Iterator[str]:
    """Yield where the user's own directories on PATH would have another Python, found before the one that is used."""
    own = env.paths(prepared.base.get("PATH"))
    path = prepared.loaded.environ.get("PATH", "")
    found = find_python(path)
    for entry in env.paths(path):
        if found is not None and entry == str(found.parent):
            return
        if entry in own and os.path.isabs(entry):  # noqa: PTH117
            yield f"{entry}/python3"
