"""Put the environment's own packages before those of modules on sys.path.

Copied into each environment, where a .pth file imports it at every start: so it counts microseconds, and imports
nothing that is not loaded already. It runs on Python 3.6 and newer. The text file beside it lists the directories of
modules.
"""
# Stands alone in the environment, and pathlib would cost each start 3 ms.
# ruff: noqa: INP001, PTH100, PTH110, PTH114, PTH118, PTH119, PTH120, PTH122, PTH123

import os
import site
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    import typing

OWN, STDLIB, ENVIRONMENT, EDITABLE, MODULE, BASE, HOME = range(7)


def ordered(entries: "list[str]", modules: "frozenset[str]") -> "list[str]":
    """Return sys.path's ``entries`` in the order OWN to HOME, each group as it was.

    Where our packages are not on it (pip builds so), or nothing stands in their way, it is returned as it is.
    """
    environment = [entry for entry in entries if entry.startswith(sys.prefix + os.sep)]
    if not environment:
        return entries
    first = entries.index(environment[0])
    library = os.path.dirname(os.path.abspath(os.__file__))
    modules |= loaded_since(entry for entry in entries[:first] if entry not in modules)
    # What the user has at home, by `pip install --user`, was not looked at when the environment was built.
    home = site.USER_SITE or os.devnull
    if modules.isdisjoint(entries[:first]) and library in entries[:first] and home not in entries:
        return entries
    base = tuple(site.getsitepackages([sys.base_prefix]))
    archive = "{}python{}{}.zip".format(os.sep, *sys.version_info)

    def group(entry: str) -> int:
        if entry in modules:
            return MODULE
        if entry in environment:
            return ENVIRONMENT
        if entry.startswith(base):
            return BASE
        if entry.startswith(home):
            return HOME
        if entry in {library, os.path.join(library, "lib-dynload")} or entry.endswith(archive):
            return STDLIB
        # Before ours stands what the user put on PYTHONPATH; after ours, what .pth files of editables added.
        return OWN if entries.index(entry) < first else EDITABLE

    return sorted(entries, key=group)


def loaded_since(entries: "typing.Iterable[str]") -> "set[str]":
    """Return which of ``entries`` came from modules that were loaded into the active environment.

    EasyBuild's say in EBROOT… where they lie; of others nothing tells that it was not the user who added them.
    """
    unknown = [entry for entry in entries if not entry.startswith(sys.base_prefix + os.sep)]
    if not unknown:
        return set()
    roots = tuple(value + os.sep for name, value in os.environ.items() if name.startswith("EBROOT") and value)
    return {entry for entry in unknown if entry.startswith(roots)}


def modules() -> "frozenset[str]":
    """Return the directories that came from modules when the environment was built."""
    with open(os.path.splitext(os.path.abspath(__file__))[0] + ".txt", "rb") as lines:
        return frozenset(os.fsdecode(line) for line in lines.read().split(b"\n"))


def leave_link() -> None:
    """Go by the generation itself where Python was started through the link to the current one.

    The link moves on with the next update; a process that runs by then must go on importing what it began with.
    """
    if os.path.islink(sys.prefix):
        link, real = sys.prefix, os.path.realpath(sys.prefix)
        sys.prefix = sys.exec_prefix = real
        sys.path[:] = [real + entry[len(link) :] if entry.startswith(link + os.sep) else entry for entry in sys.path]
        if sys.executable.startswith(link + os.sep):
            sys.executable = real + sys.executable[len(link) :]


def warn_of_another_cpu() -> None:
    """Say so where a step or a shell inherited an environment that was made for another microarchitecture.

    The label is in the path of a generation: .vsc-venv/OS-ARCH/NUMBER, or .vsc-venv/NAME@OS-ARCH/NUMBER.
    """
    home, label = os.path.split(os.path.dirname(sys.prefix))
    here = os.environ.get("VSC_ARCH_LOCAL")
    if not here or here == os.environ.get("VSC_VENV_STAND_IN") or os.path.basename(home) != ".vsc-venv":
        return
    if f"-{here}-" in label + "-" or sys.stderr is None:
        return
    name, _, label = label.rpartition("@")
    what = f"this Python is of {name or 'venv'}-{label}, and this node is {here}"
    sys.stderr.write(f"vsc-venv: warning: {what}; 'vsc-venv run' takes the node's own\n")


def let_builds_be() -> None:
    """Keep what holds this environment's pip out of the isolated builds that it has started, as pip 26 does itself.

    By these variables a pip knows that it is part of another one's run.
    """
    is_build = "PIP_BUILD_TRACKER" in os.environ or "PIP_REQ_TRACKER" in os.environ
    if is_build and os.path.exists(os.path.join(sys.prefix, "constraints.txt")):
        os.environ.setdefault("PIP_CONSTRAINT", os.devnull)


def install() -> None:
    """Arrange sys.path after all others have: .pth files, and the sitecustomize of a module's Python.

    The site module, which is running now, looks its function up by name when it comes to it.
    """
    customize = site.execsitecustomize

    def customize_then_order() -> None:
        site.execsitecustomize = customize
        customize()
        leave_link()
        warn_of_another_cpu()
        let_builds_be()
        sys.path[:] = ordered(sys.path, modules())

    site.execsitecustomize = customize_then_order


install()
