#!/bin/bash -p
# Usage: bootstrap.bash ROOT CORE: make the environment CORE for the core of the clone ROOT, with the newest Python that can.
#
# Only this much is shell: finding a Python. What it then does is vscvenv/bootstrap.py, standard library only.

set -u
root=$1 core=$2
oldest='3, 9'

# Print "MINOR PATH" for each Python 3 that starts without modules (hence the empty environment) and is nobody's venv. By
# its real path: what a name such as python3 stands for can change.
candidates() {
    local directory python
    local -a directories
    IFS=: read -r -a directories <<<"${PATH-}:/usr/local/bin:/usr/bin:/bin"
    for directory in "${directories[@]}"; do
        for python in "$directory"/python3 "$directory"/python3.[0-9] "$directory"/python3.[0-9][0-9]; do
            [ -x "$python" ] || continue
            command -p env -i HOME="${HOME-}" PATH=/usr/bin:/bin "$python" -I -c "
import os, sys
if sys.version_info >= ($oldest) and sys.prefix == sys.base_prefix:
    print(sys.version_info[1], os.path.realpath(sys.executable))" 2>/dev/null
        done
    done
}

found=
while read -r _ python; do
    found=$python
    "$python" -I "$root/vscvenv/bootstrap.py" "$root" "$core"
    status=$?
    # 75: this Python has no means to make an environment; perhaps the next one has.
    [ "$status" = 75 ] || exit "$status"
done < <(candidates | command -p sort -rn -u)

if [ -z "$found" ]; then
    echo "vsc-venv: error: no Python of version ${oldest/, /.} or newer starts here without modules" >&2
    echo "vsc-venv: Install one (Debian: apt install python3-venv; RHEL 8: dnf install python39), or ask your site to." >&2
else
    echo "vsc-venv: error: $found can make no environment: it has neither ensurepip, virtualenv nor pip, and there is no uv" >&2
    echo "vsc-venv: Install one of them: apt install python3-venv (Debian), or dnf install python3-pip (RHEL)." >&2
fi
exit 1
