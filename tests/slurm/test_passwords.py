"""A build by a job needs a password: it comes from the user's own files, and stands in none of ours."""

from __future__ import annotations

from pathlib import Path

import pytest

import engine
from testbed import Distribution

TOKEN = "t0ken-Of-No-Other"
INDEXES = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "UV_INDEX_URL", "UV_DEFAULT_INDEX", "PIP_NO_INDEX", "UV_FIND_LINKS")


@pytest.fixture
def index(user, tmp_path):
    """An index that wants a password; nobody's variables name another."""
    user.cluster.export_to_tasks({name: value for name, value in user.on_nodes.items() if name not in INDEXES})
    for name in INDEXES:
        user.environ.pop(name, None)
    user.environ["UV_CACHE_DIR"] = str(tmp_path / "cache")
    with engine.index(tmp_path / "served", Distribution("thing", "1.0"), user=f"me:{TOKEN}") as (url, _):
        yield url


def test_one_that_is_typed_is_refused_before_any_job(user, index):
    url = index.replace("//", f"//me:{TOKEN}@")
    ended = user.run("vsc-venv", "build", "-p", "zen2", "-r", "requirements.txt", "--index-url", url)
    assert ended.code == 1
    assert "cannot be handed to a job" in ended.messages
    assert "~/.netrc" in ended.messages
    assert "machine 127.0.0.1 login" in ended.messages
    assert TOKEN not in ended.messages
    assert not (user.directory / "venvs").exists()


def test_what_it_says_to_do_works(user, index):
    netrc = Path(user.environ["HOME"]) / ".netrc"
    netrc.write_text(f"machine 127.0.0.1 login me password {TOKEN}\n")
    netrc.chmod(0o600)
    ended = user.run("vsc-venv", "build", "-p", "zen2", "-r", "requirements.txt", "--index-url", index)
    assert ended.code == 0, ended.messages
    assert_nowhere(user, ended)


def test_a_variable_in_the_list(user, index):
    url = index.replace("//", "//me:${TOKEN}@")
    (user.directory / "requirements.txt").write_text(f"--index-url {url}\nthing\n")
    words = ("vsc-venv", "build", "-p", "zen2", "-r", "requirements.txt")
    ended = user.run(*words, TOKEN=TOKEN)
    assert ended.code == 1, ended.messages
    assert "requirements.txt:1: ${TOKEN} is not set" in ended.messages, "the job says so, and its log's end is shown"
    ended = user.run(*words, "--sbatch-arg=--export=TOKEN", TOKEN=TOKEN)
    assert ended.code == 0, ended.messages
    assert_nowhere(user, ended)


def assert_nowhere(user, ended):
    """Neither in what is said and written, nor in what Slurm tells of the job."""
    assert TOKEN not in ended.messages
    assert TOKEN not in user.cluster.call("scontrol", "show", "job", "--details")
    written = [file for file in user.directory.rglob("*") if file.is_file()]
    assert [file for file in written if file.parent.parent.name == "jobs"]
    assert not [file for file in written if TOKEN.encode() in file.read_bytes()]
