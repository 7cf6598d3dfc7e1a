"""For mkdocs: the site's navigation is the list of pages in docs/index.md, and anchors are those that GitHub makes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

_INDEX = Path(__file__).with_name("index.md")
_LINE = re.compile(r"^## (?P<section>.+)|^- \[(?P<title>[^]]+)\]\((?P<page>[^)]+)\)", re.MULTILINE)


def on_config(config: Any) -> None:
    """Give ``config`` its navigation and anchors; called by mkdocs. A page that the list lacks is then a warning."""
    config.mdx_configs.setdefault("toc", {})["slugify"] = slug
    config.nav = [{"vsc-venv": "index.md"}]
    for line in _LINE.finditer(_INDEX.read_text("utf-8")):
        if line["section"]:
            config.nav.append({line["section"]: []})
        else:
            (pages,) = config.nav[-1].values()
            pages.append({line["title"]: line["page"]})


def slug(title: str, _separator: str) -> str:
    """Return the anchor of a heading."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
