#!/usr/bin/env bash
# Packs the benchmarks for a CUDA machine that has PyTorch but neither .NET nor NuGet: the published program, TorchSharp's native bridge,
# the .NET runtime of this machine, and no libtorch, which is PyTorch's there. Writes artifacts/cuda/ssmfar-benchmarks.tar.xz, to be
# started by run-on-cuda.sh. Linux x64.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
target=$root/artifacts/cuda
pack=$target/ssmfar-benchmarks.tar.xz
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Build output of its own, so that the tree's stays as it is: without a TorchBackend no libtorch package is restored.
dotnet publish "$here" -c Release -r linux-x64 --self-contained false -p:TorchBackend=none -nodeReuse:false \
    --artifacts-path "$work/build" -o "$work/pack/app" -v q
[ -e "$work/pack/app/libLibTorchSharp.so" ] || { echo "TorchSharp's native bridge is not in the published program." >&2; exit 1; }
if compgen -G "$work/pack/app/libtorch*.so" > /dev/null; then
    echo "A libtorch is in the published program; it would come beside PyTorch's." >&2
    exit 1
fi

# The newest installed runtime of the major version that the program asks for.
dotnet=$(dirname "$(readlink -f "$(command -v dotnet)")")
asked=$(sed -n 's/.*"version": "\([0-9]*\)\..*/\1/p' "$work/pack/app/SsMfar.Core.Benchmarks.runtimeconfig.json" | head -1)
version=$(ls "$dotnet/shared/Microsoft.NETCore.App" | grep "^$asked\." | sort -V | tail -1)
fxr=$(ls "$dotnet/host/fxr" | sort -V | tail -1)
mkdir -p "$work/pack/dotnet/shared/Microsoft.NETCore.App" "$work/pack/dotnet/host/fxr"
cp "$dotnet/dotnet" "$dotnet/LICENSE.txt" "$dotnet/ThirdPartyNotices.txt" "$work/pack/dotnet/"
cp -r "$dotnet/shared/Microsoft.NETCore.App/$version" "$work/pack/dotnet/shared/Microsoft.NETCore.App/"
cp -r "$dotnet/host/fxr/$fxr" "$work/pack/dotnet/host/fxr/"

mkdir -p "$target"
tar -C "$work/pack" -cf - . | xz -6 -T1 > "$pack.unfinished"
mv "$pack.unfinished" "$pack"
echo "$pack: $(du -h "$pack" | cut -f1) ($(du -sh "$work/pack" | cut -f1) unpacked), .NET $version"
