"""In what two environments differ, by their records: so for hosts of any kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Optional

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vscvenv.record import Record

Pair = tuple[Optional[str], Optional[str]]


@dataclass(frozen=True)
class Difference:
    """What differs, by name: what the one has and what the other, None where it has nothing."""

    python: Optional[Pair]
    modules: dict[str, Pair]
    distributions: dict[str, Pair]

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON types."""
        return {"python": self.python, "modules": self.modules, "distributions": self.distributions}


def differing(one: Record, other: Record) -> Difference:
    """Return in what two records differ."""
    pythons = (one.basis.python.get("version"), other.basis.python.get("version"))
    return Difference(
        python=None if pythons[0] == pythons[1] else pythons,
        modules=_pairs(*({name.partition("/")[0]: name for name in each.basis.modules} for each in (one, other))),
        distributions=_pairs(_distributions(one), _distributions(other)),
    )


def _distributions(record: Record) -> dict[str, str]:
    provided = {name: f"{version} (provided)" for name, version in record.provided.items()}
    return {**provided, **record.installed}


def _pairs(one: Mapping[str, str], other: Mapping[str, str]) -> dict[str, Pair]:
    names = sorted(one.keys() | other.keys())
    return {name: (one.get(name), other.get(name)) for name in names if one.get(name) != other.get(name)}
