"""The uv that came with this program: how it is called, and in which environment."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Optional

import uv

from vscvenv.engine import caches, pipconfig
from vscvenv.process import Completed, run
from vscvenv.sharing import is_shared

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vscvenv.engine.options import Options

# A module's packages must not be seen by builds that asked to be isolated from them.
_FROM_MODULES = ("PYTHONPATH", "EBPYTHONPREFIXES")
# Environments that uv would take instead of the one it is told.
_ELSEWHERE = ("VIRTUAL_ENV", "CONDA_PREFIX", "UV_SYSTEM_PYTHON", "UV_TARGET", "UV_PREFIX")
# What is meant for other work: another directory to be in, more or less in an environment than was asked for.
_OF_OTHER_WORK = ("UV_WORKING_DIR", "UV_WORKING_DIRECTORY", "UV_VENV_SEED", "UV_NO_INSTALLER_METADATA")
COLOURS = ("FORCE_COLOR", "CLICOLOR_FORCE")
"""Variables for which programs colour also what is read here and no terminal."""
# Where distributions keep the certificates that they trust.
_CERTIFICATES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem")
_MORE_INDEXES = ("UV_INDEX", "UV_EXTRA_INDEX_URL")
# What is locked is not to be changed, and uv refuses to.
_EXACT = ["--no-deps"]
_CHANGING = ("UV_CONSTRAINT", "UV_OVERRIDE", "UV_EXCLUDE")


def executable() -> str:
    """Return the absolute path of uv."""
    return str(uv.find_uv_bin())


def environment(environ: Mapping[str, str], *, isolated: bool = True) -> dict[str, str]:
    """Return ``environ`` for uv: its builds do not see modules' Python packages where they are ``isolated``."""
    hidden = {*_ELSEWHERE, *_OF_OTHER_WORK, *COLOURS, *(_FROM_MODULES if isolated else ())}
    if environ.get("UV_LINK_MODE") == "symlink":
        # Links into a cache break where that is cleaned or purged.
        hidden.add("UV_LINK_MODE")
    kept = {name: value for name, value in environ.items() if name not in hidden}
    return {**_trust(), **kept, "UV_PYTHON_DOWNLOADS": "never"}


def _trust() -> dict[str, str]:
    """Let uv trust whom this machine trusts, as pip does: some reach PyPI by a proxy with a certificate of its own."""
    return {"UV_SYSTEM_CERTS": "1"} if any(Path(file).exists() for file in _CERTIFICATES) else {}


class Uv:
    """uv working on the environment ``path``, with ``options`` and with pip's configuration."""

    def __init__(self, path: Path, environ: Mapping[str, str], options: Options) -> None:
        self.python = path / "bin" / "python"
        config, wanted = pipconfig.read(environ, options), pipconfig.asked(options)
        self._options = [*_arguments(options), *pipconfig.arguments(config, wanted)]
        self._environ = {
            **environment(environ, isolated=not options.no_build_isolation),
            **pipconfig.variables(config, wanted, environ),
            **caches.variables(options, environ, Path(executable())),
        }
        if options.has_in_files("--extra-index-url") or any(self._environ.get(name) for name in _MORE_INDEXES):
            # pip takes the best version of all indexes; uv's own rule takes the first index that knows the name.
            self._environ.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
        self._stale = options.local
        if must_copy(path, Path(self._environ["UV_CACHE_DIR"])):
            self._environ.setdefault("UV_LINK_MODE", "copy")

    def install(
        self,
        files: Sequence[Path],
        *,
        constraints: Optional[Path] = None,
        cwd: Path,
        show: bool = False,
        exact: bool = False,
        dry_run: bool = False,
        offline: bool = False,
    ) -> Completed:
        """Install what the requirements ``files`` ask for; the caller looks at the exit code.

        What is ``exact`` is installed as it is, and nothing with it. With ``dry_run`` it is only told what would be;
        ``offline`` no index is asked.
        """
        words: list[str | Path] = [*self._options, *(_EXACT if exact else ()), *(["--dry-run"] if dry_run else ())]
        words += ["--offline"] if offline and "--offline" not in self._options else []
        words += ["--constraints", constraints] if constraints else []
        words += [] if dry_run else self._built_anew(is_offline="--offline" in words or "UV_OFFLINE" in self._environ)
        for file in files:
            words += ["--requirements", os.path.abspath(file)]  # noqa: PTH100  # keep links in it
        ended = self._pip("install", words, cwd=cwd, show=show, hidden=_CHANGING if exact else ())
        if not dry_run and ended.code == 0:
            self._stale = ()
        return ended

    def _built_anew(self, *, is_offline: bool) -> list[str]:
        """Return what has uv build projects in directories once more, as pip does.

        By itself it takes what it built of one for as long as pyproject.toml and the like are the same, whatever became
        of the code.
        """
        words = [word for name in self._stale if name for word in ("--reinstall-package", name)]
        # Asks again for all that is in the cache, which needs the indexes.
        return [*words, "--refresh"] if "" in self._stale and not is_offline else words

    def lock(self, file: Path, python: str, *, cwd: Path, without: Optional[Path] = None) -> Completed:
        """Print the lock file of the pinned requirements in ``file``, with paths from ``cwd`` on.

        It is for the version ``python`` and newer ones, on every platform, where ``without`` is given: a file with the
        names of requirements that are not to be had. Else what only other versions and platforms need is not in it.
        """
        options = [word for word in self._options if word != "--require-hashes"]
        words: list[str | Path] = ["--excludes", without] if without else ["--no-deps"]
        words += [
            "--quiet",
            "--universal",
            "--generate-hashes",
            "--no-header",
            "--format",
            "pylock.toml",
        ]
        words += ["--python-version", python, file]
        return self._pip("compile", [*options, *words], cwd=cwd, show=False, hidden=_CHANGING)

    def ask(self, name: str, *, cwd: Path) -> Completed:
        """Ask the indexes for the distribution ``name``; nothing is installed."""
        file = cwd / "asked.txt"
        file.write_text(f"{name}\n", encoding="utf-8")
        return self._pip("compile", [*self._options, "--quiet", "--no-deps", file], cwd=cwd, show=False)

    def _pip(
        self, verb: str, words: Sequence[str | Path], *, cwd: Path, show: bool, hidden: Sequence[str] = ()
    ) -> Completed:
        command = [executable(), "pip", verb, "--python", self.python, *words]
        environ = {name: value for name, value in self._environ.items() if name not in hidden}
        return run(command, env=environ, cwd=cwd, check=False, show=show)


def _arguments(options: Options) -> list[str]:
    words = ["--prerelease", "allow"] if options.pre or options.has_in_files("--pre") else []
    words += ["--require-hashes"] if options.has_in_files("--require-hashes") else []
    words += ["--no-build-isolation"] if options.no_build_isolation else []
    words += ["--offline"] if options.offline else []
    return words


def must_copy(path: Path, cache: Path) -> bool:
    """Tell whether files in ``path`` cannot be hard links to files in ``cache``, or would not be the group's there."""
    ours, others = path.stat(), cache.stat()
    return ours.st_dev != others.st_dev or (is_shared(path) and ours.st_gid != others.st_gid)
