"""How a job ended, by what the scheduler says and what the job itself wrote."""

import pytest

from vscvenv.cluster.jobs import GONE, Job, Place, State, outcome


@pytest.mark.parametrize(
    ("state", "written", "code", "words"),
    [
        (State("COMPLETED"), "0", 0, ""),
        (GONE, "0", 0, ""),
        (GONE, "1", 1, "failed with exit code 1"),
        (State("FAILED"), "137", 137, "failed with exit code 137"),
        (GONE, None, None, "has left the queue without a trace"),
        (GONE, "killed", None, "was ended before it was done"),
        (State("COMPLETED"), None, None, "ended without saying how"),
        (State("TIMEOUT"), None, None, "ran out of time"),
        (State("TIMEOUT"), "killed", None, "ran out of time"),
        (State("TIMEOUT"), "143", 143, "ran out of time"),
        (State("OUT_OF_MEMORY"), None, None, "ran out of memory"),
        (State("OUT_OF_MEMORY"), "1", 1, "ran out of memory"),
        (State("OUT_OF_MEMORY"), "0", 0, ""),
        (State("NODE_FAIL"), "", None, "lost its node"),
        (State("PREEMPTED"), None, None, "make way"),
    ],
)
def test_only_what_the_job_wrote_is_a_success(tmp_path, state, written, code, words):
    job = Job("1", Place(), tmp_path)
    if written is not None:
        job.exit_file.write_text(written)
    ended = outcome(job, state, patience=0)
    assert ended.code == code
    assert words in ended.words
    assert bool(ended.words) == bool(words)
    assert ended.is_success == (code == 0)


@pytest.mark.parametrize("name", ["PENDING", "RUNNING", "COMPLETING", "CONFIGURING", "SUSPENDED", "REQUEUED", "HELD"])
def test_what_may_still_end_well_is_waited_for(name):
    assert not State(name).is_over
