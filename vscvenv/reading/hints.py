"""What was probably meant by something that is no requirement."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Optional

from packaging.requirements import InvalidRequirement, Requirement

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Tried in this order, each on what the ones before it made of the text.
_CORRECTIONS = (
    (r"^(?:python3? -m )?pip3? install\s+(?:(?:-U|--upgrade)\s+)?", ""),
    (r"^(?:[-*]\s+)?[\"']?([^\"']+?)[\"']?,?$", r"\1"),
    (r"^([\w.-]+)=([\w.]+)=\w+$", r"\1==\2"),  # conda: name=version=build
    (r"=([<>])", r"\1="),
    (r"(?<![=<>!~])=(?!=)", "=="),
    (r"([\w*])[.$:]+(?=\s*(?:[,;]|$))", r"\1"),
    (r"(?:\.\*){2,}", ".*"),
    (r"([<>]=?)(\s*[\d.]*\d)\.\*", r"\1\2"),
    (r"~=(\s*[\d.]+)\.\*", r"==\1.*"),
    (r"((?:[<>=!~]=|[<>])\s*[\w.*+]+)\s*(?=[<>=!~])", r"\1,"),
    (r"^([\w.-]+(?:\[[^]]*\])?)\s+(v?\d[\w.]*)$", r"\1==\2"),
    (r"(python(?:_full)?_version)\s*([<>=!]=?)\s*([\d.]+)", r'\1 \2 "\3"'),
)
_MODULE = re.compile(r"(?:(?:module|ml)\s.*|[A-Za-z][\w.+-]*/v?\d[^\s/]*)")
_CONDA = re.compile(r"^dependencies:\s*$", re.MULTILINE)
_FORMATS = (
    (r".*\.ya?ml", "a conda environment file", "List the Python packages in a requirements file, one a line."),
    (
        r"pylock.*\.toml|(?:poetry|uv|pdm|Pipfile)\.lock",
        "a lock file",
        "Give the requirements that it was made from: a pylock.toml beside them is used by itself.",
    ),
    (
        r"setup\.(?:py|cfg)",
        "part of a Python project",
        "To install the project: a requirements file with '-e .' in it.",
    ),
    (r"Pipfile", "a Pipfile", "Convert it: pipenv requirements > requirements.txt"),
)


def other_format(path: Path, text: str) -> Optional[tuple[str, str]]:
    """Return what the file is, if not a requirements file, and what to do; None where it may be one."""
    for pattern, what, remedy in _FORMATS:
        if re.fullmatch(pattern, path.name):
            return what, remedy
    return (_FORMATS[0][1], _FORMATS[0][2]) if _CONDA.search(text) else None


def remedy(text: str) -> str:
    """Return what to do about ``text``, which is no requirement."""
    if _MODULE.fullmatch(text):
        return "That is a module: modules are listed in a file of their own, given with --modules."
    if re.match(r"Package\s+Version", text):
        return "That is what 'pip list' prints for people. For a requirements file: pip list --format=freeze"
    if corrected := correction(text):
        return f"Write: {corrected}"
    if re.fullmatch(r"[\w.-]+(?:\s*[,;]\s*[\w.-]+)+", text):
        return "Write each in a line of its own."
    if "/" in text or text.startswith("."):
        return "If it is a path: paths are looked for from the current directory on, and there is none of that name."
    return "Write it as in: name, name==1.2, name>=1.2,<2, name[extra], name @ https://…"


def correction(text: str) -> Optional[str]:
    """Return the requirement that ``text`` stands for in a spelling of old pip versions, of conda, or of haste."""
    return next((each for each in _corrected(text) if _is_requirement(each)), None)


def _corrected(text: str) -> Iterator[str]:
    for pattern, replacement in _CORRECTIONS:
        text = re.sub(pattern, replacement, text)
        yield text


def _is_requirement(text: str) -> bool:
    try:
        return bool(Requirement(text))
    except InvalidRequirement:
        return False
