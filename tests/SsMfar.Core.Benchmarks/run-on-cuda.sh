#!/usr/bin/env bash
# Runs the benchmarks on a CUDA machine that has PyTorch but no .NET, from what pack-for-cuda.sh wrote. Needs bash, tar, xz and a Python
# with torch, torchvision, numpy and PIL. PyTorch must be of the libtorch version that TorchSharp was made for (2.10); another one is
# refused by name before anything runs.
#
#   run-on-cuda.sh [COMMAND] [OPTIONS]     as the program's own, with --device cuda; all commands without one
#
# Environment: PACK, the archive (artifacts/cuda/ssmfar-benchmarks.tar.xz of this tree); PYTHON, the interpreter (python3).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
pack=${PACK:-$here/../../artifacts/cuda/ssmfar-benchmarks.tar.xz}
python=${PYTHON:-python3}
[ -e "$pack" ] || { echo "$pack is not there: write it with pack-for-cuda.sh on a machine with the .NET SDK." >&2; exit 2; }
torch=$("$python" -c 'import os, torch; print(os.path.join(os.path.dirname(torch.__file__), "lib"))')
"$python" -c 'import torch; print(f"PyTorch {torch.__version__}, CUDA {torch.version.cuda}, {torch.cuda.get_device_name(0)}")'

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if command -v xz > /dev/null; then
    tar -C "$work" -xJf "$pack"
else
    # Python reads xz by itself.
    "$python" -c 'import sys, tarfile; tarfile.open(sys.argv[1]).extractall(sys.argv[2])' "$pack" "$work"
fi

# PyTorch's own libraries find those of CUDA by their run paths once Python's packages for CUDA are on the search path.
libraries=$("$python" -c 'import glob, os, torch; print(":".join(glob.glob(os.path.join(os.path.dirname(os.path.dirname(torch.__file__)), "nvidia", "*", "lib"))))')
export SSMFAR_LIBTORCH=$torch LD_LIBRARY_PATH=$torch${libraries:+:$libraries}${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export DOTNET_ROOT=$work/dotnet DOTNET_NOLOGO=1
"$work/dotnet/dotnet" "$work/app/SsMfar.Core.Benchmarks.dll" "$@" --device cuda --python "$python"
