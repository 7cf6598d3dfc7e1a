"""Tiny distributions made on the spot, so that a test decides what exists and need not reach PyPI."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import shutil
import tarfile
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Optional

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Mapping

_BACKEND = Path(__file__).resolve().parent / "data" / "backend.py"
_PYPROJECT = """[build-system]
requires = [{requires}]
build-backend = "backend"
backend-path = ["."]
"""


@dataclass(frozen=True)
class Distribution:
    """What a distribution is; by default it is one module of its own name that knows its ``__version__``.

    ``modules`` maps paths (``pkg/__init__.py``) to texts; ``scripts`` console scripts to ``module:function``;
    ``extension`` is the C source of the module ``_NAME``; ``builds_with`` the requirements of its isolated build.
    """

    name: str
    version: str
    requires: tuple[str, ...] = ()
    modules: Optional[Mapping[str, str]] = None
    extras: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    scripts: Mapping[str, str] = field(default_factory=dict)
    requires_python: Optional[str] = None
    extension: Optional[str] = None
    builds_with: tuple[str, ...] = ()

    @property
    def module(self) -> str:
        """The name under which it is imported and that its files carry."""
        return canonicalize_name(self.name).replace("-", "_")

    @property
    def sources(self) -> Mapping[str, str]:
        """Its modules, by path."""
        return self.modules if self.modules is not None else {f"{self.module}.py": f"__version__ = {self.version!r}\n"}

    def metadata(self) -> str:
        """Return its core metadata."""
        lines = ["Metadata-Version: 2.1", f"Name: {self.name}", f"Version: {self.version}"]
        if self.requires_python:
            lines.append(f"Requires-Python: {self.requires_python}")
        lines += [f"Requires-Dist: {requirement}" for requirement in self.requires]
        for extra, requirements in self.extras.items():
            lines.append(f"Provides-Extra: {extra}")
            lines += [f"Requires-Dist: {requirement} ; extra == '{extra}'" for requirement in requirements]
        return "\n".join([*lines, ""])

    def entry_points(self) -> str:
        """Return its entry points, empty where it has none."""
        lines = [f"{name} = {target}" for name, target in self.scripts.items()]
        return "\n".join(["[console_scripts]", *lines, ""]) if lines else ""


@dataclass(frozen=True)
class Wheels:
    """A find-links directory that distributions are put into."""

    directory: Path

    def wheel(self, distribution: Distribution, tag: str = "py3-none-any") -> Path:
        """Add ``distribution`` as a wheel and return its file."""
        stem = f"{distribution.module}-{distribution.version}"
        info = f"{stem}.dist-info"
        files = {
            **distribution.sources,
            f"{info}/METADATA": distribution.metadata(),
            f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: testbed\nRoot-Is-Purelib: true\nTag: {tag}\n",
        }
        if distribution.scripts:
            files[f"{info}/entry_points.txt"] = distribution.entry_points()
        files[f"{info}/RECORD"] = "".join([*(_record(*file) for file in files.items()), f"{info}/RECORD,,\n"])
        return self._zip(f"{stem}-{tag}.whl", files)

    def sdist(self, distribution: Distribution) -> Path:
        """Add ``distribution`` as a source distribution and return its file."""
        stem = f"{distribution.module}-{distribution.version}"
        tree = source(self.directory / stem, distribution)
        with tarfile.open(self.directory / f"{stem}.tar.gz", "w:gz") as archive:
            archive.add(tree, stem)
        shutil.rmtree(tree)
        return self.directory / f"{stem}.tar.gz"

    def _zip(self, name: str, files: Mapping[str, str]) -> Path:
        self.directory.mkdir(parents=True, exist_ok=True)
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            for path, text in files.items():
                # A fixed date: the same distribution is the same file, hash included.
                archive.writestr(zipfile.ZipInfo(path), text)
        (self.directory / name).write_bytes(content.getvalue())
        return self.directory / name


def source(directory: Path, distribution: Distribution) -> Path:
    """Write the source tree of ``distribution`` to ``directory``, for local and editable requirements."""
    files = {f"src/{path}": text for path, text in distribution.sources.items()}
    if distribution.extension is not None:
        files[f"ext/_{distribution.module}.c"] = distribution.extension
    requires = ", ".join(f'"{requirement}"' for requirement in distribution.builds_with)
    files |= {"PKG-INFO": distribution.metadata(), "pyproject.toml": _PYPROJECT.format(requires=requires)}
    files |= {"entry_points.txt": distribution.entry_points(), "backend.py": _BACKEND.read_text("utf-8")}
    files["builds_with.json"] = json.dumps(
        [Requirement(one).name.replace("-", "_") for one in distribution.builds_with]
    )
    for path, text in files.items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_text(text, "utf-8")
    return directory


def extension(module: str, text: str) -> str:
    """Return the C source of the extension ``module``, whose ``text()`` returns ``text``."""
    return f"""#include <Python.h>
static PyObject *text(PyObject *self, PyObject *none) {{ return PyUnicode_FromString("{text}"); }}
static PyMethodDef methods[] = {{{{"text", text, METH_NOARGS, ""}}, {{NULL, NULL, 0, NULL}}}};
static struct PyModuleDef module = {{PyModuleDef_HEAD_INIT, "{module}", "", -1, methods}};
PyMODINIT_FUNC PyInit_{module}(void) {{ return PyModule_Create(&module); }}
"""


def _record(path: str, text: str) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
    return f"{path},sha256={digest},{len(text.encode())}\n"
