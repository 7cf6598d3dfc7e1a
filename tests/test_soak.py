import subprocess
import sys
from pathlib import Path

SOAK = Path(__file__).with_name("soak.py")


def test_every_kind_of_attempt_is_made_and_breaks_nothing(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# Promises\n\n## Figures\n\nold\n")
    options = ("--minutes", "0", "--seed", "20261121", "--shells", "4", "--workers", "1", "--page", page)
    ended = subprocess.run([sys.executable, SOAK, *options], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    rows = [line.split("|") for line in page.read_text().splitlines() if line.startswith("| ")][1:]
    assert len(rows) == 15
    assert all(int(row[2]) and row[3] == " 0 " for row in rows)
    assert "old" not in page.read_text()
