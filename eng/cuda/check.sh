#!/usr/bin/env bash
# Tries the kit where there is no GPU: packs it, and runs it on the CPU's libtorch in a root folder that holds the packed files, glibc,
# OpenSSL, bash, coreutils and nothing else. Needs the .NET SDK, and leave to change the root folder (root, or user namespaces). Linux x64.
#
#   check.sh [--pack FILE] [OPTIONS OF run.sh]      makes a pack of its own without --pack
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
pack=$work/kit.tar.xz
if [ "${1:-}" = --pack ]; then
    pack=$2
    shift 2
else
    "$here/pack.sh" "$pack"
fi

# libtorch as its package has it, of the version that the tree's other programs use.
version=$(sed -n 's/.*"libtorch-cpu-linux-x64" Version="\([^"]*\)".*/\1/p' "$root/Directory.Packages.props")
packages=${NUGET_PACKAGES:-$HOME/.nuget/packages}
libtorch=$packages/libtorch-cpu-linux-x64/$version/runtimes/linux-x64/native
[ -e "$libtorch/libtorch_cpu.so" ] || { echo "$libtorch holds no libtorch: restore this tree first." >&2; exit 1; }

jail=$work/root
mkdir -p "$jail"/{bin,kit,libtorch,tmp,proc,dev,results}
tar -C "$jail/kit" -xJf "$pack"
# Hard links where the file system allows: half a gigabyte.
for name in libc10.so libtorch_cpu.so libtorch.so; do
    ln "$libtorch/$name" "$jail/libtorch/" 2> /dev/null || cp "$libtorch/$name" "$jail/libtorch/"
done
for name in "$libtorch"/libgomp*; do cp "$name" "$jail/libtorch/"; done

# Programs and the native libraries that they, .NET and libtorch ask for, by what the loader finds here.
programs=(bash cat cut dirname env grep head ls mkdir mktemp rm sed sort tail tee)
for name in "${programs[@]}"; do cp "$(command -v "$name")" "$jail/bin/"; done
# .NET opens OpenSSL, whose hashes the library uses, by name.
openssl=$({ ldconfig -p || /sbin/ldconfig -p; } 2> /dev/null | sed -n 's/.*=> \(.*lib\(ssl\|crypto\)\.so\..*\)/\1/p')
{
    echo "$openssl"
    ldd "$jail"/bin/* "$jail"/libtorch/*.so "$jail/kit/dotnet/dotnet" "$jail"/kit/app/*.so \
        "$jail"/kit/dotnet/shared/*/*/*.so "$jail"/kit/dotnet/host/fxr/*/*.so 2> /dev/null || true
} | grep -oE '/[^ :]+\.so[^ :]*' | grep -v "^$jail" | sort -u | while read -r library; do
    mkdir -p "$jail$(dirname "$library")"
    cp -L "$library" "$jail$library"
done

# How programs are run comes along where it was said, such as by the settings of tests.
settings=(OMP_NUM_THREADS=1 LANG=C.UTF-8)
for name in GLIBC_TUNABLES DOTNET_TieredPGO DOTNET_EnableWriteXorExecute; do
    [ -z "${!name:-}" ] || settings+=("$name=${!name}")
done

run=(chroot "$jail" /bin/env -i PATH=/bin HOME=/tmp OUT=/results "${settings[@]}"
    /bin/bash /kit/run.sh --device cpu --libtorch /libtorch --quick "$@")
# Mounts of its own, which end with the process. .NET reads /proc; /dev needs no more than these.
inside="mount -t proc proc '$jail/proc' 2> /dev/null || mount --rbind /proc '$jail/proc'; touch '$jail/dev/null' '$jail/dev/urandom'; \
    mount --bind /dev/null '$jail/dev/null'; mount --bind /dev/urandom '$jail/dev/urandom'; exec \"\$@\""
namespaces=(unshare --mount --pid --fork)
[ "$(id -u)" -eq 0 ] || namespaces+=(--user --map-root-user)
if "${namespaces[@]}" mount --bind "$jail" "$jail" 2> /dev/null; then
    "${namespaces[@]}" bash -c "$inside" bash "${run[@]}"
else
    echo "This system lets nobody but its administrator change the root folder: the packed files run in it as it is." >&2
    env -i PATH="$PATH" HOME="$jail/tmp" OUT="$jail/results" "${settings[@]}" \
        bash "$jail/kit/run.sh" --device cpu --libtorch "$jail/libtorch" --quick "$@"
fi
