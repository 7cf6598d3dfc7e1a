"""A signal that asks us to end, at the worst moments: nothing is left of what was being written."""

from __future__ import annotations

import os
import signal
import tempfile

import pytest

from vscvenv import files, signals

NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture(params=NUMBERS)
def number(request):
    before = {each: signal.getsignal(each) for each in NUMBERS}
    with signals.heeded():
        yield request.param
    for each, handler in before.items():
        signal.signal(each, handler)


@pytest.fixture
def ended_by(monkeypatch, number):
    """Have the signal come at the end of a function of the standard library."""

    def end(module, name):
        function = getattr(module, name)

        def signalled(*words, **named):
            result = function(*words, **named)
            os.kill(os.getpid(), number)
            return result

        monkeypatch.setattr(module, name, signalled)

    return end


@pytest.mark.parametrize(("module", "name"), [(tempfile, "mkdtemp"), (os, "rmdir")])
def test_a_temporary_directory_is_gone(tmp_path, number, ended_by, module, name):
    ended_by(module, name)
    with pytest.raises(signals.Signalled) as ended, files.temporary_directory("test", tmp_path) as directory:
        assert directory.is_dir()
    assert ended.value.args == (number,)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("module", "name"), [(tempfile, "mkstemp"), (os, "fdopen"), (os, "fchmod")])
def test_a_file_is_written_whole(tmp_path, number, ended_by, module, name):
    ended_by(module, name)
    with pytest.raises(signals.Signalled) as ended:
        files.write(tmp_path / "file", "content")
    assert ended.value.args == (number,)
    assert [file.name for file in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_text() == "content"
