"""Spack recipe; it goes to packages/vsc_venv/ of a repository of yours.

Not a PythonPackage: Spack would hand the program its libraries by PYTHONPATH, which must stay the user's. It has a Python
environment of its own instead, made of wheels.
"""

from spack.package import *

_FILES = "https://files.pythonhosted.org/packages/py3/{0[0]}/{0}/{1}"


class VscVenv(Package):
    """Python environments on top of a cluster's modules: one per OS and microarchitecture, one line to activate."""

    homepage = "https://pypi.org/project/vsc-venv/"
    url = _FILES.format("vsc-venv", "vsc_venv-0.1.0-py3-none-any.whl")

    license("MIT")

    # When it is released: version("0.1.0", sha256="…", expand=False)
    version("0.1.0", expand=False)

    depends_on("python@3.9:", type=("build", "run"))

    for _name, _wheel, _sha256 in (
        (
            "archspec",
            "archspec-0.2.7-py3-none-any.whl",
            "b6d97c2d840d8538d3f63b70c7c45ace2d26b3d9591d7c93d5fb33e50b1bc592",
        ),
        (
            "click",
            "click-8.1.8-py3-none-any.whl",
            "63c132bbbed01578a06712a2d1f497bb62d9c1c0d329b7903a866228027263b2",
        ),
        (
            "filelock",
            "filelock-3.19.1-py3-none-any.whl",
            "d38e30481def20772f5baf097c122c3babc4fcdb7e14e57049eb9d88c6dc017d",
        ),
        (
            "packaging",
            "packaging-26.3-py3-none-any.whl",
            "d7193f7c8e4e93f444fde0262bf90af30e16fa0ad0ad44cb553c87339b23cd1c",
        ),
        (
            "platformdirs",
            "platformdirs-4.4.0-py3-none-any.whl",
            "abd01743f24e5287cd7a5db3752faf1a2d65353f38ec26d98e25a6db65958c85",
        ),
        (
            "tomli",
            "tomli-2.2.1-py3-none-any.whl",
            "cb55c73c5f4408779d0cf3eef9f762b9c9f147a77de7b258bef0a5628adc85cc",
        ),
        (
            "uv",
            "uv-0.13.8-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
            "e18a57b8b352eb7c8feb317b9f6f533c8f0ad9673fd6cf34bbe3cf1a9f6a8984",
        ),
    ):
        resource(name=_name, url=_FILES.format(_name, _wheel), sha256=_sha256, expand=False, placement=f"wheel-{_name}")

    def install(self, spec, prefix):
        """Make the environment; `bin` has the command alone, so that no Python of it is on PATH."""
        python = Executable(spec["python"].command.path)
        python("-m", "venv", prefix.env)
        places = [word for place in find(".", "*.whl") for word in ("--find-links", place)]
        Executable(prefix.env.bin.pip)("install", "--no-index", *places, f"vsc-venv=={self.version}")
        mkdirp(prefix.bin)
        symlink("../env/bin/vsc-venv", prefix.bin.join("vsc-venv"))
        symlink("env/share", prefix.share)
