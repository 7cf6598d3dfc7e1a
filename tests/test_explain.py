from __future__ import annotations

import pytest

from vscvenv.engine.explain import failure
from vscvenv.engine.provided import Provided
from vscvenv.process import Completed, run

OFFERED = {
    "numpy": Provided("numpy", "1.25", "/apps/bundle"),
    "num": Provided("num", "3", "/apps/num"),
    "my-lib": Provided("my-lib", "2", "/apps/my"),
}


def explained(said):
    return failure(Completed(("uv",), 1, b"", said.encode()), OFFERED)


@pytest.mark.parametrize(
    ("said", "meaning"),
    [
        ("error: Failed to write\n  cause: No space left on device (os error 28)", "the disk is full"),
        ("ERROR: [Errno 122] Disk quota exceeded", "quota"),
        ("error: Failed to fetch\n  cause: dns error\n  cause: tcp connect error", "cannot be reached"),
        ("WARNING: Retrying: NewConnectionError\nERROR: Max retries exceeded with url", "cannot be reached"),
        ("error: no solution\nhint: lack of valid authentication credentials (401 Unauthorized)", "password"),
        ("ERROR: 403 Client Error: Forbidden for url", "password"),
        ("hint: Packages were unavailable because the network was disabled.", "--offline"),
    ],
)
def test_a_known_cause_is_named_with_a_remedy(said, meaning):
    found = explained(said)
    assert meaning in found.message
    assert said.splitlines()[-1].strip() in found.message
    assert found.hint


def test_an_installer_that_was_killed_by_what_a_node_allows(tmp_path):
    for ends, meaning in (("kill -KILL $$", "memory is used up"), ("ulimit -f 0; echo x >file; true", "ulimit -f")):
        ended = run(("/bin/sh", "-c", ends), env={}, cwd=tmp_path, check=False)
        found = failure(ended, OFFERED)
        assert meaning in f"{found.message}{found.hint}"
    assert "memory is used up" in explained("Using Python\nmemory allocation of 11 bytes failed\n").message


def test_the_installers_words_are_told_without_its_progress():
    said = "Using Python\nResolved 3 packages\nerror: No solution\n  cause: because\n"
    assert explained(said).message == "the requirements cannot be installed\nerror: No solution\n  cause: because"


def test_a_provided_distribution_that_is_named_is_told_with_its_place():
    assert explained("error: numpy>=2 and My_Lib conflict; number").hint == (
        "numpy 1.25 is provided by /apps/bundle\nmy-lib 2 is provided by /apps/my"
    )
    assert explained("error: something").hint is None
    assert explained("error: Failed to build `x`\n  num is missing").hint is None


@pytest.mark.parametrize("name", ["json", "python"])
@pytest.mark.parametrize(
    "said",
    [
        "error: No solution\n  cause: Because {} was not found in the package registry and you",
        "ERROR: No matching distribution found for {}==3.11",
    ],
)
def test_what_python_itself_brings(name, said):
    assert "leave it out" in explained(said.format(name)).hint
    assert explained(said.format(f"{name}-x")).hint is None
