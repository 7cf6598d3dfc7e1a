"""What the tests of the engine share: a module environment around a real Python, and small module directories."""

from __future__ import annotations

import base64
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, ClassVar

from testbed import Wheels, interpreters
from testbed.environment import hermetic
from vscvenv.engine import install, interpreter, provided, venv
from vscvenv.engine.options import Options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from testbed import Distribution
    from vscvenv.engine.report import Report

MINORS = interpreters.minors()


def module(directory: Path, *distributions: Distribution) -> Path:
    """Return ``directory`` with ``distributions`` unpacked in it, as a module's site-packages has them."""
    for distribution in distributions:
        with zipfile.ZipFile(Wheels(directory.parent / "packed").wheel(distribution)) as wheel:
            wheel.extractall(directory)
    return directory


@dataclass
class Place:
    """A home, a Python with modules on PYTHONPATH, a find-links directory, and one environment."""

    root: Path
    minor: str = "3.11"
    modules: tuple[Path, ...] = ()
    variables: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.path = self.root / "it's \"an env"
        self.wheels = Wheels(self.root / "wheels")
        self.wheels.directory.mkdir()
        (self.root / "home").mkdir()

    @property
    def environ(self) -> dict[str, str]:
        """The module environment; nothing in it leads to PyPI."""
        python = interpreters.install(self.minor)
        kept = {name: value for name, value in hermetic(self.root / "home").items() if not name.startswith("PIP_")}
        path = {"PYTHONPATH": ":".join(map(str, self.modules))} if self.modules else {}
        return {
            **kept,
            **python.environment(),
            **path,
            **self.variables,
            "UV_NO_CONFIG": "1",
            "PIP_CONFIG_FILE": "/dev/null",
        }

    @property
    def python(self) -> Path:
        """The Python of the environment."""
        return self.path / "bin" / "python"

    @property
    def options(self) -> Options:
        """None but a cache of its own."""
        return Options(cache=self.root / "cache")

    def interpreter(self) -> interpreter.Interpreter:
        """Return the Python as the modules give it."""
        return interpreter.probe(interpreters.install(self.minor).executable, self.environ)

    def create(self) -> None:
        """Make the empty environment."""
        venv.create(self.path, self.interpreter(), self.environ, self.options)

    def install(
        self, *lines: str, options: Options | None = None, online: bool = False, foreseen: bool = False, **more: object
    ) -> Report | dict[str, str]:
        """Install requirement ``lines``, from the wheels only, unless ``online``, into the environment.

        With ``foreseen`` only find out what would be.
        """
        if not self.path.exists():
            self.create()
        file = self.root / "requirements.txt"
        text = [f"--no-index\n--find-links {self.wheels.directory}", *lines, ""]
        if online:
            text = [*lines, ""]
        file.write_text("\n".join(text), "utf-8")
        options = options or self.options
        names = [line for line in lines if line[0].isalpha()]
        python = self.interpreter()
        job = install.Job(
            self.path,
            python,
            [file],
            environ={**self.environ, **more.pop("environ", {})},
            options=options,
            offered=provided.scan(python.sys_path),
            names=names,
            cwd=self.root,
            **more,
        )
        return job.foresee() if foreseen else job.install()

    @property
    def site_packages(self) -> Path:
        """Where the environment installs to."""
        return self.path / "lib" / f"python{self.minor}" / "site-packages"


class _Handler(SimpleHTTPRequestHandler):
    """Directory listings, which are index pages to uv and pip; for one user only where there is one."""

    user: str | None = None
    log: ClassVar[list[str]] = []
    look = staticmethod(lambda: None)

    def do_GET(self):
        self.look()
        wanted = self.user and "Basic " + base64.b64encode(self.user.encode()).decode()
        if wanted and self.headers["Authorization"] != wanted:
            self.send_response(401)
            self.send_header("WWW-Authenticate", "Basic")
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            super().do_GET()

    def log_message(self, _format, *args):
        self.log.append(" ".join(map(str, args)))


@contextmanager
def index(
    directory: Path,
    *distributions: Distribution,
    user: str | None = None,
    look: Callable[[], None] = lambda: None,
) -> Iterator[tuple[str, list[str]]]:
    """Serve ``distributions`` as a package index; yield its URL and the requests made so far.

    While whoever asks waits for an answer, ``look`` is called.
    """
    for distribution in distributions:
        Wheels(directory / "simple" / distribution.name).wheel(distribution)
    handler = type("Handler", (_Handler,), {"user": user, "log": [], "look": staticmethod(look)})
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(directory))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/simple", handler.log
        finally:
            server.shutdown()
