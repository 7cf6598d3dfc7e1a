"""A build backend without requirements, for source distributions that tests build without PyPI.

It packs ``src/`` as it is, compiles ``ext/NAME.c`` to the extension module NAME with $CC and $CFLAGS, and records in
``built_with.json`` of the metadata directory what it was built with. Runs on every Python from 3.6.
"""

import base64
import hashlib
import importlib
import json
import os
import shlex
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path


def build_wheel(directory: str, settings: "object" = None, _metadata: "object" = None) -> str:
    """Build a wheel into ``directory`` and return its file's name (PEP 517)."""
    return _pack(directory, _sources() + _extensions(), settings)


def build_editable(directory: str, settings: "object" = None, _metadata: "object" = None) -> str:
    """Build a wheel that points to ``src/`` and return its file's name (PEP 660)."""
    pointer = (f"{_field('Name')}.pth", f"{Path('src').resolve()}\n".encode())
    return _pack(directory, [pointer, *_extensions()], settings)


def _pack(directory: str, files: "list[tuple[str, bytes]]", settings: "object") -> str:
    name = f"{_field('Name').replace('-', '_').replace('.', '_')}-{_field('Version')}"
    info = f"{name}.dist-info/"
    files = files + _metadata_files(info, settings)
    files.append((f"{info}RECORD", _record(files, info)))
    target = f"{name}-{_tag()}.whl"
    with zipfile.ZipFile(str(Path(directory) / target), "w") as archive:
        for path, content in files:
            archive.writestr(path, content)
    return target


def _metadata_files(info: str, settings: "object") -> "list[tuple[str, bytes]]":
    wheel = f"Wheel-Version: 1.0\nGenerator: testbed\nRoot-Is-Purelib: false\nTag: {_tag()}\n"
    files = [
        (f"{info}METADATA", Path("PKG-INFO").read_bytes()),
        (f"{info}WHEEL", wheel.encode()),
        (f"{info}built_with.json", json.dumps(_built_with(settings)).encode()),
        (f"{info}entry_points.txt", Path("entry_points.txt").read_bytes()),
    ]
    return [(path, content) for path, content in files if content]


def _record(files: "list[tuple[str, bytes]]", info: str) -> bytes:
    lines = []
    for path, content in files:
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        lines.append(f"{path},sha256={digest},{len(content)}")
    return "\n".join([*lines, f"{info}RECORD,,", ""]).encode()


def _built_with(settings: "object") -> "dict[str, object]":
    return {
        "cflags": os.environ.get("CFLAGS", ""),
        "config_settings": settings or {},
        "modules": {name: _found(name) for name in json.loads(Path("builds_with.json").read_text())},
        "python": sys.version.split()[0],
        "pythonpath": os.environ.get("PYTHONPATH", ""),
        "sys_path": sys.path,
    }


def _found(name: str) -> "object":
    """Return the version and file of an imported module; None where it cannot be imported."""
    try:
        found = importlib.import_module(name)
    except ImportError:
        return None
    return [getattr(found, "__version__", None), found.__file__]


def _sources() -> "list[tuple[str, bytes]]":
    files = sorted(file for file in Path("src").rglob("*") if file.is_file() and file.suffix != ".pyc")
    return [(str(file.relative_to("src")), file.read_bytes()) for file in files]


def _extensions() -> "list[tuple[str, bytes]]":
    return [_compile(file) for file in sorted(Path("ext").glob("*.c"))]


def _compile(source: Path) -> "tuple[str, bytes]":
    built = source.with_name(f"{source.stem}{sysconfig.get_config_var('EXT_SUFFIX')}")
    compiler, flags = (shlex.split(os.environ.get(name, usual)) for name, usual in (("CC", "gcc"), ("CFLAGS", "")))
    include = sysconfig.get_paths()["include"]
    subprocess.check_call([*compiler, "-shared", "-fPIC", "-I", include, *flags, str(source), "-o", str(built)])
    return (built.name, built.read_bytes())


def _tag() -> str:
    if not Path("ext").is_dir():
        return "py3-none-any"
    python = f"cp{sys.version_info[0]}{sys.version_info[1]}"
    abi = "cp36m" if python == "cp36" else "cp37m" if python == "cp37" else python
    return f"{python}-{abi}-{sysconfig.get_platform().replace('-', '_').replace('.', '_')}"


def _field(name: str) -> str:
    lines = Path("PKG-INFO").read_text().splitlines()
    return next(line.partition(": ")[2] for line in lines if line.startswith(f"{name}: "))
