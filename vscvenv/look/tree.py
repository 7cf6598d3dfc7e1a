"""The tree of requirements: every distribution below what asks for it, and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from packaging.utils import NormalizedName

    from vscvenv.look.inside import Inside
    from vscvenv.look.requires import Need, Requires


@dataclass(frozen=True)
class Node:
    """A distribution in the tree; one whose requirements are shown above already ``is_repeated``."""

    need: Need
    version: str
    """ "" where it is missing."""
    origin: str
    below: tuple[Node, ...]
    is_repeated: bool = False

    @property
    def title(self) -> str:
        """Name and version."""
        return f"{self.need.name} {self.version or '(missing)'}{' (*)' if self.is_repeated else ''}"

    def lines(self, first: str = "", rest: str = "") -> Iterator[tuple[str, str, str]]:
        """Yield for each distribution its title behind the lines of the tree, its origin, and what asks for it."""
        yield f"{first}{self.title}", self.origin, str(self.need)
        for number, node in enumerate(self.below, start=1):
            last = number == len(self.below)
            yield from node.lines(rest + ("└── " if last else "├── "), rest + ("    " if last else "│   "))

    def to_json(self) -> dict[str, Any]:
        """Return the node and what is below it as JSON types."""
        return {
            "name": self.need.name,
            "version": self.version or None,
            "origin": self.origin or None,
            "asked": self.need.asked,
            "where": self.need.where or None,
            "requires": [node.to_json() for node in self.below],
            "repeated": self.is_repeated,
        }


def grow(inside: Inside, graph: Requires, roots: tuple[Need, ...]) -> list[Node]:
    """Return the trees below ``roots``."""
    shown: set[NormalizedName] = set()
    return [_node(inside, graph, root, shown) for root in roots]


def _node(inside: Inside, graph: Requires, need: Need, shown: set[NormalizedName]) -> Node:
    one = graph.known.get(need.name)
    version, origin = (one.version, str(inside.origins.of(one.location))) if one else ("", "")
    below = list(graph.below(need))
    if below and need.name in shown:
        return Node(need, version, origin, (), is_repeated=True)
    shown.add(need.name)
    return Node(need, version, origin, tuple(_node(inside, graph, each, shown) for each in below))
