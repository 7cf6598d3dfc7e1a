"""Start the core, also by this file's path: ``python -I vscvenv/__main__.py`` puts nothing else on sys.path."""

import sys
from pathlib import Path

if not __package__:
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

try:
    from vscvenv.cli import main
except ModuleNotFoundError as gone:
    raise SystemExit(
        f"vsc-venv: error: {gone}: its own environment {sys.prefix} is damaged; remove it to have it made anew"
    ) from None

main()
