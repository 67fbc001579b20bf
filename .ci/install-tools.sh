#!/usr/bin/env bash
# Installs the programs that tests name in [RequiresTool("...")] from Debian's packages, where this user may and the package manager is
# there. It never fails: the tests say what is missing.
cd "$(dirname "$0")/.." || exit 0

# The package that holds a tool.
package() {
    case $1 in
        xz) echo xz-utils ;;
        mpirun.mpich) echo mpich ;;
        mpirun.openmpi) echo openmpi-bin ;;
        *) echo "${1##*|}" ;;
    esac
}

installed() {
    case $1 in
        python3-pil) /usr/bin/python3 -c 'import PIL' 2> /dev/null || python3 -c 'import PIL' 2> /dev/null ;;
        *\|*) installed "${1%%|*}" || installed "${1#*|}" ;;
        *) command -v "$1" > /dev/null ;;
    esac
}

missing=()
for tool in $(grep -rhoE '\[RequiresTool(Theory)?\([^)]*\)' tests --include='*.cs' | grep -oE '"[^"]+"' | tr -d '"' | sort -u); do
    installed "$tool" || missing+=("$(package "$tool")")
done
[ "${1:-}" != --list ] || { printf '%s\n' "${missing[@]}"; exit 0; }

if [ "${#missing[@]}" -gt 0 ]; then
    if [ "$(id -u)" -eq 0 ] && command -v apt-get > /dev/null; then
        echo "Installing what tests need: ${missing[*]}" >&2
        export DEBIAN_FRONTEND=noninteractive
        { apt-get update -q && apt-get install -q -y --no-install-recommends "${missing[@]}"; } >&2 < /dev/null ||
            echo "They could not be installed." >&2
    else
        echo "Tests need ${missing[*]}, which only an administrator can install here." >&2
    fi
fi
exit 0
