"""The pictures of a terminal show what the program says today."""

from __future__ import annotations

import html
import re
import subprocess
import sys

import pytest

from pages import ROOT

PICTURES = sorted((ROOT / "docs/pictures").glob("*.svg"))
# What uv says, and what depends on the machine.
OTHERS = re.compile(
    r"\W*(Using|Checked|Resolved|Prepared|Downloading|Downloaded|Installed|(vsc-venv: )?warning)\b.*|[+-] .*"
)
VARYING = re.compile(r"\d[\d.]*( [kKMG])?|(?<=venv-)[a-z]+(?=-)")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """Where the pictures were drawn anew."""
    directory = tmp_path_factory.mktemp("pictures")
    subprocess.run([sys.executable, "docs/pictures.py", directory], cwd=ROOT, check=True)
    return directory


def lines(picture):
    """Return the lines of text in ``picture``, without what is another each time."""
    rows = {}
    for found in re.finditer(
        r'<text class="[^"]*" x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]*)<', picture.read_text("utf-8")
    ):
        rows.setdefault(float(found[2]), []).append((float(found[1]), html.unescape(found[3])))
    shown = [" ".join(text for _, text in sorted(rows[height])) for height in sorted(rows)]
    return [" ".join(VARYING.sub("N", line).split()) for line in shown if not OTHERS.fullmatch(line.strip())]


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
def test_it_shows_what_happens(picture, drawn):
    assert lines(picture) == lines(drawn / picture.name), "python docs/pictures.py"
    assert len(lines(picture)) > 5
