"""What an installation did."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Report:
    """What an installation did, as versions by name.

    ``kept`` is the part of what modules provide that the requirements use; ``shadowed`` has the module's version and
    the new one.
    """

    installed: dict[str, str]
    kept: dict[str, str]
    shadowed: dict[str, tuple[str, str]]
    warnings: tuple[str, ...] = ()

    def summary(self, seconds: float, *, has_modules: bool = True) -> str:
        """Return the one line that tells what was done in ``seconds``."""
        parts = [f"installed {len(self.installed)}"]
        if self.kept:
            parts.append(f"kept {len(self.kept)} from {'modules' if has_modules else 'the base Python'}")
        if self.shadowed:
            parts.append(f"shadowed {len(self.shadowed)} ({', '.join(self.shadowed)})")
        return f"{', '.join(parts)}, in {seconds:.1f} s"
