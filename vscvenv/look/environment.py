"""One environment as it lies there: complete or damaged, for this host or another, fresh or not."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional

from vscvenv import environ as env
from vscvenv import lock, target
from vscvenv.engine.interpreter import Signature, signature
from vscvenv.errors import UsageError
from vscvenv.generation import Store, stores
from vscvenv.look.usage import Usage, usage
from vscvenv.request import NAME

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from vscvenv.generation import Generation
    from vscvenv.host import Host
    from vscvenv.request import Manner
    from vscvenv.target import Verdict


@dataclass(frozen=True)
class Environment:
    """What is there for one label."""

    store: Store
    generation: Optional[Generation]
    """The current one, None where there is none that can be used."""
    verdict: Verdict
    """Whether this host can run it."""
    is_of_this_node: bool
    """It is the one that this node activates."""
    active: Optional[Path]
    """The generation that is active in the caller's shell, if it is one of these."""
    manner: Manner
    """How it would be activated."""

    @property
    def label(self) -> str:
        """What people call it: what it was built for, after its name where it is one of several here."""
        return self.store.label if self.store.environment == NAME else self.store.name

    @property
    def problem(self) -> str:
        """Why there is no generation that can be used, "" where there is one."""
        return "" if self.generation else _what_is_there(self.store)

    @property
    def age(self) -> Optional[float]:
        """How long ago it was built, in seconds; None where it does not say."""
        try:
            created = datetime.fromisoformat(self.generation.record.created) if self.generation else None
            return (datetime.now(timezone.utc) - created).total_seconds() if created else None
        except (ValueError, TypeError):
            return None

    def why_not_fresh(self) -> list[str]:
        """Return why activating would build anew, as far as it shows without loading modules; nothing where it is not.

        What lies on another kind of node, as its modules, may not be seen from this one, and is not looked for then.
        """
        if self.generation is None:
            return []
        found = self.generation.record.basis.edited(self.manner)
        return found + (list(_other_node_parts(self.generation)) if self.is_of_this_node else [])

    def usage(self) -> Usage:
        """Return what it takes, superseded generations and logs included."""
        return usage(self.store.home)

    def to_json(self) -> dict[str, Any]:
        """Return what `list` and `show` have in common, as JSON types."""
        record = self.generation.record if self.generation else None
        reasons = self.why_not_fresh()
        return {
            "label": self.label,
            "name": self.store.name,
            "path": str(self.store.link),
            "here": self.verdict.kind,
            "here_reason": self.verdict.reason,
            "is_of_this_node": self.is_of_this_node,
            "active": self.active is not None,
            "problem": self.problem or None,
            "fresh": not reasons if record else None,
            "reasons": reasons,
            "generation": self.generation.path.name if self.generation else None,
            "python": record.basis.python.get("version") if record else None,
            "modules": list(record.basis.modules) if record else [],
            "distributions": len(record.installed) if record else 0,
            "created": record.created if record else None,
        }


def find(venvs: Path, environ: Mapping[str, str], host: Host, manner: Manner) -> list[Environment]:
    """Return all environments in ``venvs``, in the order of their labels; no lock is taken, nothing is written.

    ``manner`` is how who asks would activate them.
    """
    every = stores(venvs)
    own = str(target.label_among([one.label for one in every], environ, host))
    return [
        Environment(
            store=store,
            generation=store.current(),
            verdict=target.verdict(target.Label.parse(store.label), host),
            is_of_this_node=store.label == own,
            active=_active(store, environ),
            manner=manner,
        )
        for store in every
    ]


def active(environments: Iterable[Environment]) -> Optional[Environment]:
    """Return the one that is active in the caller's shell, if one of them is."""
    return next((one for one in environments if one.active), None)


def of_this_node(
    environments: Iterable[Environment], name: str = NAME, *, exactly: bool = False
) -> Optional[Environment]:
    """Return the one of this ``name`` that this node activates; where it has none, and not ``exactly``, any other."""
    own = [one for one in environments if one.is_of_this_node and (not exactly or one.store.environment == name)]
    return min(own, key=lambda one: one.store.environment != name, default=None)


def foreign(venvs: Path) -> list[Path]:
    """Return the environments in ``venvs`` that this program did not make, such as those of the upstream script."""
    return [path.parent for path in sorted(venvs.glob("*/pyvenv.cfg")) if not path.parent.is_symlink()]


def named(environments: Iterable[Environment], word: str) -> Environment:
    """Return the one that ``word`` means: a label, a name, a path, or a part of a label that only one has.

    Raises UsageError where none has it, or several.
    """
    every = list(environments)
    bare = Path(word.rstrip("/")).name
    exact = [one for one in every if bare in {one.label, one.store.name}]
    found = exact or [one for one in every if word.lower() in one.label.lower()]
    if len(found) == 1:
        return found[0]
    labels = ", ".join(one.label for one in found or every) or "none"
    if found:
        raise UsageError(f"{word}: several environments have that in their names", f"Which one? {labels}")
    raise UsageError(f"there is no environment {word}", f"There are: {labels}")


def _active(store: Store, environ: Mapping[str, str]) -> Optional[Path]:
    active = environ.get("VIRTUAL_ENV")
    real = Path(os.path.realpath(active)) if active else None
    return real if real and real.parent == Path(os.path.realpath(store.home)) else None


def _what_is_there(store: Store) -> str:
    builder = lock.held_by(store.lock)
    if builder is not None:
        return f"being built by {builder}"
    if store.link.is_symlink() and store.link.exists():
        return "its record is damaged, or of another version; activating rebuilds it"
    if any(store.generations()):
        return "no build is current; activating takes one, or builds"
    if any(path.name.isdigit() for path in store.home.iterdir()):
        return "a build was killed; the next one cleans up"
    return f"never built; see {store.home / 'log'}"


def _other_node_parts(generation: Generation) -> Iterator[str]:
    python = generation.record.basis.python
    if not (generation.path / "bin/python").exists():
        yield f"its Python {python.get('executable')} is gone"
    elif any(signature(one["path"]) != Signature(**one) for one in python.get("signatures", ())):
        yield f"Python {python.get('version')} was replaced"
    gone = vanished(generation)
    if gone:
        yield f"modules that are gone: {', '.join(gone)}"


def vanished(generation: Generation) -> list[str]:
    """Return the modules that ``generation`` was entered with and whose modulefiles are not there any more."""
    change = generation.entered
    after = change.after if change else {}
    loaded = zip(env.paths(after.get("LOADEDMODULES")), env.paths(after.get("_LMFILES_")))
    return [name for name, file in loaded if not Path(file).exists()]
