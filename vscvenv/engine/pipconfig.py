"""pip's own configuration, which sites and users rely on, and options in pip's words, translated for uv."""

from __future__ import annotations

import configparser
import logging
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from vscvenv.engine.options import Options

log = logging.getLogger(__name__)

# uv's variables for each of pip's settings, and what stands between the parts of one that is a list. The first is
# the one to write; any of them that the user has set wins over pip's configuration, as it speaks to uv itself.
_VARIABLES = {
    "index-url": (("UV_DEFAULT_INDEX", "UV_INDEX_URL"), ""),
    "extra-index-url": (("UV_INDEX", "UV_EXTRA_INDEX_URL"), " "),
    "find-links": (("UV_FIND_LINKS",), ","),
    "trusted-host": (("UV_INSECURE_HOST",), " "),
    "constraint": (("UV_CONSTRAINT",), " "),
    "cert": (("SSL_CERT_FILE",), ""),
    "client-cert": (("SSL_CLIENT_CERT",), ""),
    "proxy": (("ALL_PROXY", "HTTPS_PROXY", "https_proxy", "all_proxy"), ""),
    "timeout": (("UV_HTTP_TIMEOUT",), ""),
    "retries": (("UV_HTTP_RETRIES",), ""),
}
_PER_PACKAGE = ("only-binary", "no-binary")
_TRUE = ("1", "yes", "true", "on", "y", "t")

Settings = dict[str, list[str]]


def read(environ: Mapping[str, str], options: Options) -> Settings:
    """Return pip's settings by long option name, without the dashes.

    As in pip, a later file overrides the ones before, ``PIP_*`` variables override files, and an index on a line of a
    requirements file overrides all of them.
    """
    settings: dict[str, str] = {}
    for path in _files(environ):
        settings.update(_settings_of(path))
    for name, value in environ.items():
        if name.startswith("PIP_") and value:
            settings[_key(name[len("PIP_") :])] = value
    if options.has_in_files("--index-url"):
        settings.pop("index-url", None)
    return {key: _usable(key, value.split()) for key, value in settings.items()}


def asked(options: Options) -> Settings:
    """Return what ``options`` say, as settings; of those in files, the ones that uv does not read there."""
    lists = ("extra_index_url", "find_links", *(key.replace("-", "_") for key in _PER_PACKAGE))
    settings = {name.replace("_", "-"): list(getattr(options, name)) for name in lists}
    settings["index-url"] = [options.index_url] if options.index_url else []
    settings["trusted-host"] = [value for name, value in options.in_files if name == "--trusted-host"]
    return {key: values for key, values in settings.items() if values}


def variables(config: Settings, wanted: Settings, environ: Mapping[str, str]) -> dict[str, str]:
    """Return what to add to ``environ`` for uv: what is ``wanted``, and pip's ``config``.

    In variables rather than arguments, as an index URL may hold a password and arguments are seen by all.
    """
    found = {}
    for key, (names, separator) in _VARIABLES.items():
        before, more = config.get(key, []), wanted.get(key, [])
        if any(environ.get(name) for name in names):
            before = environ.get(names[0], "").split(separator) if separator and more else []
        # A list grows, a single value is replaced, as with pip.
        values = [*filter(None, before), *more] if separator else more or before[-1:]
        if values:
            found[names[0]] = separator.join(values)
    return found


def arguments(config: Settings, wanted: Settings) -> list[str]:
    """Return the options for uv that have no variable."""
    found = ["--no-index"] if config.get("no-index", [""])[0].lower() in _TRUE else []
    for key in _PER_PACKAGE:
        for names in (*config.get(key, []), *wanted.get(key, [])):
            for name in names.split(","):
                found += [f"--{key}", name]
    return found


def _files(environ: Mapping[str, str]) -> Iterator[Path]:
    """Yield pip's configuration files, by its documentation; a new environment has none of its own yet."""
    chosen = environ.get("PIP_CONFIG_FILE")
    if chosen == "/dev/null":
        return
    for directory in (environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(":"):
        yield Path(directory, "pip", "pip.conf")
    yield Path("/etc/pip.conf")
    home = environ.get("HOME")
    if home:
        yield Path(home, ".pip", "pip.conf")
        yield Path(environ.get("XDG_CONFIG_HOME") or Path(home, ".config"), "pip", "pip.conf")
    if chosen:
        yield Path(chosen)


def _settings_of(path: Path) -> dict[str, str]:
    """Return the settings in ``path`` that hold for ``pip install``; none where it cannot be read."""
    parser = configparser.RawConfigParser()
    try:
        parser.read(path, encoding="utf-8")
    except (OSError, UnicodeDecodeError, configparser.Error) as problem:
        log.debug("%s cannot be read: %s", path, problem)
        return {}
    sections = [section for section in ("global", "install") if parser.has_section(section)]
    return {_key(name): value for section in sections for name, value in parser.items(section) if value}


def _key(name: str) -> str:
    key = name.lower().replace("_", "-")
    return "timeout" if key == "default-timeout" else key


def _usable(key: str, values: list[str]) -> list[str]:
    """Return ``values`` without directories that are not there: pip passes over them, uv fails."""
    if key != "find-links":
        return values
    return [value for value in values if "://" in value or Path(value).exists()]
