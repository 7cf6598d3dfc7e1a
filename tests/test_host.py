from __future__ import annotations

import subprocess
from pathlib import Path

import archspec.cpu
import pytest

from machines import RECORDED, replay
from vscvenv.errors import VscVenvError
from vscvenv.host import cpu_signature, detect_host, os_signature

# A recorded CPU is named after its target, save for these.
OTHERWISE = {
    "graniterapids": "sapphirerapids",
    "sapphirerapids-kvm": "sapphirerapids",
    "zen2-kvm": "x86_64_v3",
    "zen4-kvm": "x86_64_v4",
    "zen5-desktop": "zen5",
    "grace": "neoverse_v2",
}
CPUS = sorted(path.name for path in (RECORDED / "cpuinfo").iterdir())


@pytest.mark.parametrize("cpu", CPUS)
def test_the_target_of_a_recorded_cpu(tmp_path, cpu):
    host = detect_host(replay(tmp_path, os="rhel8", cpu=cpu))
    assert host.cpu == OTHERWISE.get(cpu, cpu)
    assert host.is_virtual == cpu.endswith("-kvm")
    assert host.machine == ("aarch64" if cpu in {"grace", "neoverse_n1", "neoverse_v1"} else "x86_64")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("rhel8", ("rhel", "8.10")),
        ("rocky9", ("rocky", "9.5")),
        ("alma9", ("almalinux", "9.5")),
        ("centos7", ("centos", "7")),
        ("debian12", ("debian", "12")),
        ("ubuntu24.04", ("ubuntu", "24.04")),
        ("sles15", ("sles", "15.5")),
        ("arch", ("arch", "")),
    ],
)
def test_the_distribution_and_its_version(tmp_path, name, expected):
    host = detect_host(replay(tmp_path, os=name, cpu="zen2"))
    assert (host.os_id, host.os_version) == expected


def test_this_machine_is_what_archspec_says():
    host = detect_host()
    assert host.cpu == str(archspec.cpu.host())
    assert host.machine == subprocess.check_output(["uname", "-m"], text=True).strip()


def test_a_missing_aes_leaves_the_generic_level(tmp_path):
    root = replay(tmp_path, os="rhel8", cpu="haswell")
    cpuinfo = root / "proc/cpuinfo"
    cpuinfo.write_text(cpuinfo.read_text().replace(" aes ", " "))
    assert detect_host(root).cpu == "x86_64_v3"


def test_os_release_in_its_second_place(tmp_path):
    root = replay(tmp_path, os="rocky8", cpu="zen3")
    (root / "usr/lib").mkdir(parents=True)
    (root / "etc/os-release").rename(root / "usr/lib/os-release")
    assert detect_host(root).os_id == "rocky"


@pytest.mark.parametrize("missing", ["etc/os-release", "proc/cpuinfo"])
def test_a_missing_file_is_named(tmp_path, missing):
    root = replay(tmp_path, os="rocky8", cpu="zen3")
    (root / missing).unlink()
    with pytest.raises(VscVenvError, match=missing):
        detect_host(root)


def test_a_cpu_that_says_nothing_is_its_family(tmp_path):
    root = replay(tmp_path, os="rhel9", cpu="zen3")
    (root / "proc/cpuinfo").write_text("processor\t: 0\ncpu\t\t: POWER9, altivec supported\n")
    host = detect_host(root)
    assert host.cpu == host.machine
    assert host.flags == frozenset()


def test_the_cpu_signature_ignores_what_differs_between_cores_and_boots():
    recorded = (RECORDED / "cpuinfo/zen4").read_text()
    running = recorded.replace("stepping", "cpu MHz\t\t: 3699.993\nmicrocode\t: 0xa10113e\nstepping")
    two = running + running.replace("processor\t: 0", "processor\t: 1")
    assert cpu_signature(two) == cpu_signature(recorded)
    assert cpu_signature(recorded).splitlines()[:3] == [
        "vendor_id\t: AuthenticAMD",
        "cpu family\t: 25",
        "model\t\t: 17",
    ]


def test_the_cpu_signature_tells_all_recorded_cpus_apart():
    signatures = {cpu_signature((RECORDED / "cpuinfo" / cpu).read_text()) for cpu in CPUS}
    assert len(signatures) == len(CPUS)


def test_the_signature_of_this_machine_is_the_same_at_every_reading():
    readings = {cpu_signature(Path("/proc/cpuinfo").read_text()) for _ in range(3)}
    assert len(readings) == 1
    assert "flags" in readings.pop() or "Features" in Path("/proc/cpuinfo").read_text()


def test_the_os_signature_is_two_lines_as_they_stand():
    assert os_signature((RECORDED / "os-release/rhel8").read_text()) == 'ID="rhel"\nVERSION_ID="8.10"'
