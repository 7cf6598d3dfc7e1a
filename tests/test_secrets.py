"""A token that an index wants is in no file, output or process list of ours, by whatever way it comes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import engine
from driving import SOURCE, project
from testbed import Distribution

TOKEN = "t0ken-Of-No-Other"
ACTIVATE = f"{SOURCE} -a -r requirements.txt -m modules.txt"
IMPORT = "python -c 'import thing; print(thing.__version__)'"


class Ways:
    """How a token can come to us: each writes what its user writes, and returns the line that this user types."""

    def __init__(self, here, url):
        self.here, self.home = here, here.directory.parent / "home"
        self.plain = url
        self.url = url.replace("//", "//me:$TOKEN@")
        self.braced = url.replace("//", "//me:${TOKEN}@")

    def typed(self):
        self.here.write("thing\n")
        return f'{ACTIVATE} --index-url "{self.url}"'

    def typed_for_pip(self):
        return f"{self.typed()} --installer pip"

    def typed_for_pip_as_one_more(self):
        return self.typed_for_pip().replace("--index-url", "--extra-index-url")

    def variable_in_the_list(self):
        self.here.write(f"--index-url {self.braced}\nthing\n")
        return ACTIVATE

    def direct_reference(self):
        self.here.write(f"thing @ {self.braced}/thing/thing-1.0-py3-none-any.whl\n")
        return ACTIVATE

    def part_of_the_path(self):
        self.here.write(f"--find-links {self.plain.removesuffix('/simple')}/${{TOKEN}}/\nthing\n")
        return f"export PIP_NO_INDEX=1; {ACTIVATE}"

    def exported(self):
        self.here.write("thing\n")
        return f'export PIP_INDEX_URL="{self.url}"; {ACTIVATE}'

    def netrc(self):
        self.here.write(f"--index-url {self.plain}\nthing\n")
        self._own(".netrc", f"machine 127.0.0.1 login me password {TOKEN}\n")
        return ACTIVATE

    def pip_conf(self):
        self.here.write("thing\n")
        self._own(".pip/pip.conf", f"[global]\nindex-url = {self.url.replace('$TOKEN', TOKEN)}\n")
        return ACTIVATE

    def written_in_the_list(self):
        self.here.write(f"--index-url {self.url.replace('$TOKEN', TOKEN)}\nthing\n")
        return ACTIVATE

    def _own(self, name, text):
        file = self.home / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(0o600)


WAYS = [name for name in vars(Ways) if not name.startswith("_")]
# Written by the user.
OWN = {".netrc", "pip.conf", "requirements.txt"}


def holding_it(directory):
    """Return the files below ``directory`` that hold the token, or are called so."""
    found = []
    for parent, _, names in os.walk(directory):
        for name in names:
            file = Path(parent, name)
            if TOKEN in name or (file.is_file() and TOKEN.encode() in file.read_bytes()):
                found.append(file)
    return [file for file in found if file.name not in OWN]


def processes_showing_it():
    lines = map(content, Path("/proc").glob("[0-9]*/cmdline"))
    return [str(line) for line in lines if TOKEN.encode() in line]


def content(file):
    try:
        return file.read_bytes()
    except OSError:  # the process has ended
        return b""


@pytest.fixture
def here(tmp_path):
    made = project(tmp_path)
    (tmp_path / "home").mkdir()
    (tmp_path / "tmp").mkdir()
    return made


@pytest.mark.parametrize("way", WAYS)
def test_a_token_shows_nowhere(here, tmp_path, way):
    shown = []
    distribution = Distribution("thing", "1.0")

    def look():
        shown.extend(processes_showing_it())

    user = None if way == "part_of_the_path" else f"me:{TOKEN}"
    with engine.index(tmp_path / "served", distribution, user=user, look=look) as (url, asked):
        if way == "part_of_the_path":
            (tmp_path / "served" / TOKEN).symlink_to(tmp_path / "served/simple/thing")
        command = getattr(Ways(here, url), way)()
        own = {name: str(tmp_path / name) for name in ("cache", "tmp")}
        variables = {"TOKEN": TOKEN, "TMPDIR": own["tmp"], "UV_CACHE_DIR": own["cache"], "PIP_NO_INDEX": ""}
        shell = here.shell("zsh" if way == "typed" else "bash", "lmod", **variables)
        if way != "exported":
            shell.env.update(PIP_INDEX_URL=None, PIP_EXTRA_INDEX_URL=None, UV_INDEX_URL=None, UV_DEFAULT_INDEX=None)
        ran = shell.script(f"{command}\n{IMPORT}\ndeactivate\n{command}")
    assert ran.status == 0, ran.stderr
    assert ran.stdout == "1.0\n"
    assert asked
    assert shown == []
    assert TOKEN not in ran.stderr
    shell.scratch.joinpath("script").unlink()
    # uv itself keeps where a page came from, without user and password; a path it cannot know for a secret.
    cache = () if way == "part_of_the_path" else (tmp_path / "cache",)
    for place in (here.directory, tmp_path / "home", tmp_path / "tmp", *cache):
        assert holding_it(place) == []
    assert list((tmp_path / "tmp").iterdir()) == []
