#!/usr/bin/env bash
# Packs what a machine with a GPU and PyTorch, but without .NET, needs to try this library on CUDA: the device tests with a host of their
# own, the benchmarks, TorchSharp's native bridge and the .NET runtime of this machine. No libtorch, which is PyTorch's there. Linux x64.
#
#   pack.sh [--no-build] [FILE]      writes artifacts/cuda/ssmfar-cuda.tar.xz without a FILE; run.sh starts it
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=1
[ "${1:-}" = --no-build ] && build=0 && shift
pack=${1:-$root/artifacts/cuda/ssmfar-cuda.tar.xz}
limit=$((60 * 1024 * 1024))
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# From the tree's own output, which is there where the tests were built. What the two programs share lies in one folder once. Without its
# list of dependencies a program takes every assembly and native library beside it; the list names a libtorch, which is not to come along.
mkdir -p "$work/pack/app"
for project in SsMfar.Core.Benchmarks SsMfar.Device.Tests; do
    [ "$build" -eq 0 ] || dotnet build "$root/tests/$project" -c Release -nodeReuse:false -v q -nologo
    output=$root/tests/$project/bin/Release/net10.0
    [ -e "$output/$project.dll" ] || { echo "$output/$project.dll is not there: leave --no-build out." >&2; exit 1; }
    cp -r "$output/." "$work/pack/app/"
done
cp "$work/pack/app/runtimes/linux-x64/native"/lib{LibTorchSharp,SkiaSharp,onnxruntime}*.so "$work/pack/app/"

# What serves other systems, test platforms, debuggers and documentation alone.
rm -rf "$work/pack/app"/{runtimes,testhost*,Microsoft.TestPlatform*,Microsoft.VisualStudio*,Microsoft.CodeCoverage*,Newtonsoft.Json.dll} \
    "$work/pack/app"/{*.xml,*.pdb,*.deps.json,.msCoverage*,CoverletSourceRootsMapping*} "$work/pack/app"/??{,-*}/

# ImageNet's weights, which 'audit' of the benchmarks starts from, are as large as all else; there '--from FILE' gives others.
rm -rf "$work/pack/app/SsMfar.Pretrained"
if [ -n "$(find "$work/pack/app" -name 'libtorch*' -o -name 'libc10*')" ]; then
    echo "A libtorch is in the folder of the programs; it would come beside PyTorch's." >&2
    exit 1
fi

# The newest installed runtime of the major version that the programs ask for.
dotnet=$(dirname "$(readlink -f "$(command -v dotnet)")")
asked=$(sed -n 's/.*"version": "\([0-9]*\)\..*/\1/p' "$work/pack/app/SsMfar.Device.Tests.runtimeconfig.json" | head -1)
version=$(ls "$dotnet/shared/Microsoft.NETCore.App" | grep "^$asked\." | sort -V | tail -1)
fxr=$(ls "$dotnet/host/fxr" | sort -V | tail -1)
mkdir -p "$work/pack/dotnet/shared/Microsoft.NETCore.App" "$work/pack/dotnet/host/fxr"
cp "$dotnet/dotnet" "$dotnet/LICENSE.txt" "$dotnet/ThirdPartyNotices.txt" "$work/pack/dotnet/"
cp -r "$dotnet/shared/Microsoft.NETCore.App/$version" "$work/pack/dotnet/shared/Microsoft.NETCore.App/"
cp -r "$dotnet/host/fxr/$fxr" "$work/pack/dotnet/host/fxr/"
cp "$here/run.sh" "$work/pack/"

mkdir -p "$(dirname "$pack")"
tar -C "$work/pack" --sort=name --owner=0 --group=0 --numeric-owner -cf - . | xz -3 -T0 > "$pack.unfinished"
size=$(stat -c %s "$pack.unfinished")
if [ "$size" -ge "$limit" ]; then
    echo "The archive would have $size bytes; $limit are its limit." >&2
    rm -f "$pack.unfinished"
    exit 1
fi
mv "$pack.unfinished" "$pack"
echo "$pack: $((size / 1024 / 1024)) MiB ($(du -sh "$work/pack" | cut -f1) unpacked), .NET $version"
