"""The environment in which everything of the testbed runs: from nothing, so that no test depends on who runs it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import uv

from testbed import store

if TYPE_CHECKING:
    from pathlib import Path

# What a machine needs to reach PyPI at all; everything else of the caller stays out.
_MACHINE = (
    "CURL_CA_BUNDLE",
    "PIP_CERT",
    "PIP_DEFAULT_TIMEOUT",
    "PIP_DISABLE_PIP_VERSION_CHECK",
    "PIP_EXTRA_INDEX_URL",
    "PIP_INDEX_URL",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "UV_DEFAULT_INDEX",
    "UV_INDEX",
    "UV_INDEX_URL",
    "UV_NATIVE_TLS",
)
_PROXIES = ("all_proxy", "http_proxy", "https_proxy", "no_proxy")


def hermetic(home: Path) -> dict[str, str]:
    """Return the environment of a user whose home directory is ``home``, before any modules tool."""
    names = (*_MACHINE, *_PROXIES, *(name.upper() for name in _PROXIES))
    return {
        **{name: os.environ[name] for name in names if name in os.environ},
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "LOGNAME": "vsc40000",
        "PATH": "/usr/bin:/bin",
        "PIP_CACHE_DIR": str(store.shared_cache("pip")),
        "TERM": "dumb",
        "USER": "vsc40000",
        "UV_CACHE_DIR": str(store.shared_cache("uv")),
    }


def builder() -> dict[str, str]:
    """Return the environment in which the testbed itself is built."""
    return {**hermetic(store.base()), "UV_NO_CONFIG": "1", "UV_PYTHON_DOWNLOADS": "never"}


def uv_command(*words: str | Path) -> tuple[str | Path, ...]:
    """Return the command line of the uv that this project depends on."""
    return (uv.find_uv_bin(), *words)
