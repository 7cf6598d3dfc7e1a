"""Modules that fail, talk, hang or set what no shell likes, as sites have them."""

from __future__ import annotations

from testbed.modulefile import Module

# Blanks, both quotes, an expansion, a command, a glob, a backslash. No newline: neither tool quotes one, so that the
# rest of such a value is run as a command.
ODD_VALUE = """it's  "odd" $HOME `id` * [a-z] ; \\ & !x"""

_LUA_SLOW = """if mode() == "load" then
  require("posix").sleep(3)
end"""
_LUA_ALIAS = """set_alias("vscalias", "echo alias of a module")
set_shell_function("vscfunction", "echo function of a module", "echo function of a module")"""
_TCL_ALIAS = """set-alias vscalias {echo alias of a module}
set-function vscfunction {echo function of a module}"""
_LUA_NOISY = """if mode() == "load" then
  io.stderr:write("noisy/1.0 on standard error\\n")
  execute{cmd="echo noisy/1.0 on standard output", modeA={"load"}}
end"""
_TCL_NOISY = """if { [module-info mode load] } {
    puts stderr "noisy/1.0 on standard error"
    puts stdout "echo noisy/1.0 on standard output;"
}"""


def modules() -> tuple[Module, ...]:
    """Return all of them; each name says what is wrong with it."""
    return (
        Module(
            "broken/1.0",
            sets={"VSC_BROKEN": "half"},
            lua='if mode() == "load" then LmodError("broken/1.0: the licence server does not answer") end',
            tcl='if { [module-info mode load] } { error "broken/1.0: the licence server does not answer" }',
        ),
        Module("needs/1.0", needs=("absent/1.0",)),
        Module("noisy/1.0", lua=_LUA_NOISY, tcl=_TCL_NOISY),
        Module(
            "warns/1.0",
            sets={"VSC_WARNS": "loaded"},
            lua='if mode() == "load" then LmodWarning("warns/1.0: no GPU on this node") end',
            tcl='if { [module-info mode load] } { puts stderr "warns/1.0: no GPU on this node" }',
        ),
        Module("alias/1.0", lua=_LUA_ALIAS, tcl=_TCL_ALIAS),
        Module("slow/1.0", lua=_LUA_SLOW, tcl="if { [module-info mode load] } { after 3000 }"),
        Module("pushy/1.0", sets={"VSC_ODD": ODD_VALUE}),
    )


def link(number: int) -> Module:
    """Return the small module ``number`` of a long list."""
    name = f"many-{number:03d}"
    return Module(
        f"{name}/1.0",
        sets={f"VSC_MANY_{number:03d}": name},
        prepends=(("VSC_MANY_PATH", f"/apps/{name}/bin"), ("XDG_DATA_DIRS", f"/apps/{name}/share")),
    )
