"""Whether what is to be installed can be reached."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from vscvenv.doctor.finding import Finding
from vscvenv.engine.explain import UnresolvableError, failure
from vscvenv.engine.options import Options
from vscvenv.engine.uvtool import Uv
from vscvenv.files import temporary_directory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vscvenv.doctor.finding import Case

_PROXIES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")
_HASTY = {"UV_HTTP_TIMEOUT": "5", "UV_HTTP_RETRIES": "0"}


def index(case: Case) -> Iterator[Finding]:
    """Ask the package index for something, as builds do: through uv, with the same options and configuration."""
    if case.offline:
        yield Finding("network", "ok", "not looked at (--offline)")
        return
    asked = case.here.generation.record.basis.request.options if case.here and case.here.generation else ()
    options = Options.of(asked, label=str(case.label), offline=False)
    with temporary_directory("doctor") as directory:
        options = replace(options, cache=directory)
        ended = Uv(Path(sys.prefix), {**case.base, **_HASTY}, options).ask("pip", cwd=directory)
    proxy = next((f", through the proxy {case.base[name]}" for name in _PROXIES if case.base.get(name)), "")
    problem = failure(ended, {}) if ended.code else None
    # An index that does not have it has been reached.
    if problem is None or isinstance(problem, UnresolvableError):
        yield Finding("network", "ok", f"the package index answers{proxy}")
    else:
        said = problem.message.partition("\n")[0].replace("cannot install: ", "")
        is_job = any(case.environ.get(name) for name in ("SLURM_JOB_ID", "PBS_JOBID"))
        yield Finding("network", "note" if is_job else "wrong", f"{said}{proxy}", problem.hint or "")
