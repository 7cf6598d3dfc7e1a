"""Words for both shells."""

from __future__ import annotations


def quote(text: str) -> str:
    """Return ``text`` as one word of bash and of zsh; always in quotes, since zsh reads more into plain words."""
    return "'" + text.replace("'", "'\"'\"'") + "'"
