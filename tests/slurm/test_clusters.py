"""`vsc-venv build --cluster`: two clusters that share a database, as the real Slurm has it."""

from __future__ import annotations

import pytest
from running import REQUEST, Running, wait_until_empty

from testbed.slurmdb import CLUSTERS, clusters


@pytest.fixture(scope="module")
def both():
    """Both clusters, by name."""
    with clusters() as running:
        yield running


@pytest.fixture(scope="module")
def cluster(both):
    """The one that the user is on."""
    return both["alpha"]


def numbers(messages):
    """Return the numbers of the jobs that were submitted, by their place."""
    lines = [line.split(": ") for line in messages.splitlines() if "is submitted" in line]
    return {place: job.split()[1] for _, place, job in lines}


def test_on_both_clusters_at_once(user):
    ended = user.run("vsc-venv", "build", "--cluster", "alpha", "--cluster", "beta", *REQUEST)
    assert ended.code == 0, ended.messages
    jobs = numbers(ended.messages)
    assert jobs["alpha"] == jobs["beta"], "each cluster counts its own"
    assert user.is_built("zen2")
    assert user.is_built("cascadelake")
    assert not user.is_built("haswell")
    for place in jobs:
        assert f"{place}: job {jobs[place]}: venv-debian12-{CLUSTERS[place][0]}: installed 1" in ended.messages


def test_every_partition_of_both(user):
    ended = user.run("vsc-venv", "build", "--all-partitions", "--cluster", "alpha,beta", *REQUEST)
    assert ended.code == 0, ended.messages
    assert numbers(ended.messages).keys() == {f"{name}/{one}" for name, every in CLUSTERS.items() for one in every}
    assert all(user.is_built(one) for every in CLUSTERS.values() for one in every)


@pytest.mark.parametrize("options", [("--cluster", "nowhere"), ("--cluster", "beta", "-p", "haswell")])
def test_one_that_is_refused(user, options):
    ended = user.run("vsc-venv", "build", "--cluster", "alpha", *options, *REQUEST)
    assert ended.code == 1, ended.messages
    assert ("No cluster 'nowhere' known" if "nowhere" in options else "nvalid partition") in ended.messages
    assert user.is_built("haswell" if "haswell" in options else "zen2")


def test_partitions_of_a_cluster_that_is_not_known(user):
    ended = user.run("vsc-venv", "build", "--all-partitions", "--cluster", "nowhere", *REQUEST)
    assert ended.code == 1
    assert "No cluster 'nowhere' known" in ended.messages
    assert "Traceback" not in ended.messages


@pytest.mark.parametrize("variable", ["SLURM_CLUSTERS", "SBATCH_CLUSTERS"])
def test_the_cluster_that_the_user_has_chosen_for_all(user, variable):
    words = ("build", "-p", "cascadelake", *REQUEST)
    ended = user.run("vsc-venv", *words, **{variable: "beta"})
    assert ended.code == 0, ended.messages
    assert "beta/cascadelake: job" in ended.messages
    assert user.is_built("cascadelake")


def test_interrupted_it_cancels_both(user, both):
    build = Running(user, "--cluster", "alpha", "--cluster", "beta")
    build.wait_for_jobs(2)
    build.interrupt()
    wait_until_empty(*both.values())
    assert not user.is_built("zen2")


def test_interrupted_while_it_submits(user, both):
    build = Running(user, *(["--cluster", "alpha", "--cluster", "beta"] * 4))
    build.read_until("is submitted")
    build.process.terminate()
    assert build.end()[0] != 0
    wait_until_empty(*both.values())


def test_one_cluster_that_is_away_for_a_while(user, both):
    build = Running(user, "--cluster", "alpha", "--cluster", "beta")
    build.wait_for_jobs(2)
    both["beta"].stop_controller()
    build.read_until("does not answer")
    build.let_jobs_go()
    assert build.read_until("installed 1").startswith("vsc-venv: alpha: job"), "the other is followed all the same"
    both["beta"].start_controller()
    code, messages = build.end()
    assert code == 0, messages
    assert messages.count("installed 1") == 2
