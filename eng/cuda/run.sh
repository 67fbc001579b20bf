#!/usr/bin/env bash
# Tries this library on CUDA from what pack.sh wrote, on the libtorch of the PyTorch found here. Needs bash, coreutils, tar, xz or Python,
# and OpenSSL as .NET needs it. It does in order, and ends at the first step that fails, always with a table of what was done:
#
#   libtorch    finds PyTorch and its libtorch; looks up every function that TorchSharp takes from it; tries the fused kernels
#   suite       runs every test of the device suite
#   train       trains each recipe and variant for some steps: finite losses, and no wait of the host in a step
#   benchmarks  step, epoch, views and forward against PyTorch (which needs torch, torchvision, numpy and PIL)
#   memory      measures what a training at 224 px takes at its highest, in float32 and, where there is hardware for it, bfloat16
#
#   run.sh [--device cuda|cuda:N|cpu] [--libtorch FOLDER] [--python PROGRAM] [--pack FILE] [--out FOLDER]
#          [--steps "suite train"] [--filter TEXT] [--other-version] [--keep-going] [--quick]
#
#   --libtorch       this libtorch in place of PyTorch's; benchmarks then need a PyTorch all the same
#   --steps          only these, after libtorch
#   --filter         only tests whose name contains this
#   --other-version  accepts a libtorch of another version than TorchSharp's, when it has all functions; nothing else vouches for it
#   --keep-going     goes on after a step that failed
#   --quick          small trainings, for trying this script itself
#
# Results go to --out, else to $OUT, else to ssmfar-cuda-results here. Exit code: 0 all done, 1 a step failed, 2 it could not begin.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
device=cuda libtorch="" python=${PYTHON:-python3} pack="" out=${OUT:-$PWD/ssmfar-cuda-results} filter="" other=0 keep=0
steps="suite train benchmarks memory" train="--batch 32 --size 112" memory="--batch 256 --size 224"
usage() { sed -n '/^#   run.sh/,/^#   --quick/s/^# \{0,3\}//p' "$0"; }
fail() { echo "$1" >&2; exit 2; }
while [ $# -gt 0 ]; do
    case $1 in
        --other-version) other=1; shift; continue ;;
        --keep-going) keep=1; shift; continue ;;
        --quick) train="--batch 8 --size 32 --recipe recommended" memory="--batch 8 --size 32"; shift; continue ;;
        --help) usage; exit 0 ;;
        --device | --libtorch | --python | --pack | --out | --steps | --filter) [ $# -gt 1 ] || fail "$1 needs a value." ;;
        *) usage >&2; fail "'$1' is none of these." ;;
    esac
    case $1 in
        --device) device=$2 ;;
        --libtorch) libtorch=$2 ;;
        --python) python=$2 ;;
        --pack) pack=$2 ;;
        --out) out=$2 ;;
        --steps) steps=$2 ;;
        --filter) filter=$2 ;;
    esac
    shift 2
done
for step in $steps; do
    case $step in suite | train | benchmarks | memory) ;; *) fail "--steps: there is no step '$step'; there are suite, train, benchmarks and memory." ;; esac
done
mkdir -p "$out" && out=$(cd "$out" && pwd) || fail "The folder for results, '$out', cannot be made; name another with --out."

# The table, whatever happens.
names=() states=() seconds=()
finish() {
    status=$?
    [ -n "${work:-}" ] && rm -rf "$work"
    [ ${#names[@]} -eq 0 ] && exit $status
    {
        echo
        echo "| step | result | s |"
        echo "|---|---|---|"
        for i in "${!names[@]}"; do echo "| ${names[$i]} | ${states[$i]} | ${seconds[$i]} |"; done
        for step in $steps; do
            case " ${names[*]} " in *" $step "*) ;; *) echo "| $step | not run | |" ;; esac
        done
    } | tee "$out/summary.md"
    echo "Results: $out"
    exit $status
}
trap finish EXIT
trap 'exit 130' INT TERM

failed=0
note() { names+=("$1"); states+=("$2"); seconds+=("$3"); }
# step NAME COMMAND...: runs it, keeps what it writes in NAME.txt, and ends here when it failed, unless asked to go on.
step() {
    local name=$1 start=$SECONDS
    shift
    echo "== $name"
    "$@" 2>&1 | tee "$out/$name.txt"
    local code=${PIPESTATUS[0]}
    if [ "$code" -eq 0 ]; then
        note "$name" "done$(last "$name")" $((SECONDS - start))
        return 0
    fi
    note "$name" "FAILED (exit code $code)$(last "$name")" $((SECONDS - start))
    failed=1
    echo "Step $name failed with exit code $code; what it wrote is in $out/$name.txt." >&2
    if grep -q SSMFAR_LIBTORCH_OTHER_VERSION "$out/$name.txt"; then echo "Here --other-version does what that variable does." >&2; fi
    [ "$keep" -eq 1 ] && [ "$name" != libtorch ] || exit 1
}
last() { [ "$1" = suite ] && grep -E '^[0-9]+ passed, [0-9]+ failed$' "$out/suite.txt" | tail -1 | sed 's/^/: /'; }

# 1. A libtorch, and whether it has what TorchSharp needs.
torch_of_python() {
    "$python" -c 'import os, torch
print(os.path.join(os.path.dirname(torch.__file__), "lib"))' 2> /dev/null
}
if [ -z "$libtorch" ]; then
    command -v "$python" > /dev/null || fail "There is no '$python' here to find PyTorch with: name one with --python, or a libtorch with --libtorch."
    libtorch=$(torch_of_python) || fail "'$python' cannot import torch: name a Python that has PyTorch with --python, or a libtorch with --libtorch."
    "$python" -c 'import torch
print(f"PyTorch {torch.__version__}, CUDA {torch.version.cuda}", *(torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())), sep="; ")' | tee "$out/pytorch.txt"
fi
[ -e "$libtorch/libtorch_cpu.so" ] || fail "There is no libtorch_cpu.so in '$libtorch'."

work=$(mktemp -d)
if [ -n "$pack" ] || [ ! -d "$here/app" ]; then
    pack=${pack:-$here/../../artifacts/cuda/ssmfar-cuda.tar.xz}
    [ -e "$pack" ] || fail "$pack is not there: write it with eng/cuda/pack.sh on a machine with the .NET SDK, or name it with --pack."
    if command -v xz > /dev/null; then
        tar -C "$work" -xJf "$pack" || fail "$pack could not be unpacked."
    else
        # Python reads xz by itself.
        "$python" -c 'import sys, tarfile; tarfile.open(sys.argv[1]).extractall(sys.argv[2])' "$pack" "$work" || fail "$pack could not be unpacked."
    fi
    kit=$work
else
    # This script lies in an unpacked archive.
    kit=$here
fi

# PyTorch's libraries find those of CUDA by their run paths once Python's packages for CUDA are on the search path.
libraries=$(for folder in "$libtorch"/../../nvidia/*/lib; do [ -d "$folder" ] && printf ':%s' "$folder"; done)
export SSMFAR_LIBTORCH=$libtorch LD_LIBRARY_PATH=$libtorch$libraries${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export DOTNET_ROOT=$kit/dotnet DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
[ "$other" -eq 1 ] && export SSMFAR_LIBTORCH_OTHER_VERSION=1
tests() { "$kit/dotnet/dotnet" "$kit/app/SsMfar.Device.Tests.dll" "$@"; }
benchmark() { "$kit/dotnet/dotnet" "$kit/app/SsMfar.Core.Benchmarks.dll" "$@"; }

step libtorch tests libtorch
# In a process of its own, which a libtorch that cannot compile the script aborts.
tests kernels --device "$device" > "$out/kernels.txt" 2>&1
code=$?
if [ "$code" -eq 0 ]; then
    export SSMFAR_KIT_SCRIPTS=1
    note kernels "fused" ""
elif [ "$other" -eq 1 ] && [ "$code" -ge 128 ]; then
    note kernels "plain: the script of the fused ones does not compile (kernels.txt)" ""
else
    cat "$out/kernels.txt" >&2
    note kernels "FAILED (exit code $code, kernels.txt)" ""
    echo "An optimizer kernel does not run on $device." >&2
    exit 1
fi

# 4. Each beside PyTorch, which another libtorch alone does not bring.
benchmarks() {
    local name code=0
    for name in step epoch views forward; do
        echo "-- $name"
        benchmark "$name" --device "$device" --python "$python" || code=1
    done
    return $code
}
for name in $steps; do
    case $name in
        suite) step suite tests suite ${filter:+--filter "$filter"} ;;
        train) step train tests train --device "$device" $train ;;
        memory) step memory tests memory --device "$device" $memory ;;
        benchmarks)
            if torch_of_python > /dev/null; then
                step benchmarks benchmarks
            elif benchmark --help > "$out/benchmarks.txt" 2>&1; then
                note benchmarks "not run: no PyTorch to measure against (the program starts)" ""
            else
                step benchmarks benchmark --help
            fi
            ;;
    esac
done
exit $failed
