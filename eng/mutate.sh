#!/usr/bin/env bash
# Mutation testing of the method: changes the code of losses, semi-supervision, metrics, statistics, tasks and the trainer's wiring, one
# change at a time, and counts which changes no test notices. Prints a table (part, changes, noticed, score) and every change that was not
# noticed; Stryker's own reports are in artifacts/mutation. docs/mutation-testing.md says how to read it.
#
#   eng/mutate.sh [PART ...]     parts: losses semi-supervised metrics data training scores wiring, all of them without one; and audits,
#                                what judges and tunes a model that is there, which takes longer than all others
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
out=$root/artifacts/mutation
parts=("$@")
[ "${#parts[@]}" -gt 0 ] || parts=(losses semi-supervised metrics data training scores wiring)

# Which run a part belongs to (one run for each project; wiring has more tests), and which of the project's files.
part() {
    case "$1" in
        losses) echo "core Losses/*.cs" ;;
        semi-supervised) echo "core SemiSupervised/*.cs" ;;
        metrics) echo "core Metrics/*.cs" ;;
        training) echo "core Training/Running/MultiTaskObjective.cs Training/Batches/MixPlan.cs Training/Running/LossAccumulator.cs Training/Configuration/ConfigurationFaults.cs Training/Optimization/*.cs" ;;
        data) echo "core Data/*Sampler.cs Data/BatchPlan.cs Data/LabelTable.cs Data/LabelBatch.cs Data/BuiltInLabels.cs" ;;
        wiring) echo "wiring Training/Running/TrainingStep.cs Training/Configuration/BuiltInTasks.cs Training/Running/PolicyFactory.cs Training/Batches/TrainingViews.cs Training/Configuration/TrainingRecipe.cs Training/Configuration/SsMfarVariant.cs" ;;
        scores) echo "affect Metrics/ActionUnit*.cs Metrics/AffectScore*.cs Metrics/BinaryCounts.cs Metrics/Bootstrap*.cs Metrics/Con*.cs Metrics/LabelledGroups.cs Metrics/ResamplingRandom.cs Metrics/ScoreInterval.cs Metrics/ScoreVector.cs Metrics/ScoredTask.cs Metrics/Threshold*.cs Metrics/WeightedRows.cs Data/AnnotationStatistics.cs" ;;
        audits) echo "audits Metrics/AffectAudit.cs Metrics/*Calibration*.cs Metrics/ClassAudit.cs Metrics/Decision*.cs Metrics/Doubtful*.cs Metrics/Expression*.cs Metrics/GroupDraws.cs Metrics/LabelAudit.cs Metrics/LabelEvidence.cs Metrics/QuasiNewton.cs Metrics/ReliabilityBin.cs Metrics/*Regression.cs Metrics/ScoreGate.cs Metrics/SimultaneousGaps.cs Metrics/Subgroup*.cs Metrics/TemperatureScaling.cs Metrics/UnitFit.cs" ;;
        *) echo "There is no part '$1'. The parts: losses semi-supervised metrics data training scores wiring audits" >&2; exit 2 ;;
    esac
}

# One run of Stryker: the project, then its globs. A host for a change lives for seconds: what compiling its code again would gain comes
# too late, so it is compiled again after 512 calls instead of 30, and is not profiled before.
stryker() {
    local run=$1 project=$2 arguments=() glob
    shift 2
    for glob in "$@"; do arguments+=(--mutate "**/$glob"); done
    rm -rf "${out:?}/$run"
    mkdir -p "$out/$run"
    # Nearly all tests of the wiring run all of its code: to find out which ones takes longer than to run all until one fails.
    sed "s/perTest/$([ "$run" = wiring ] && echo off || echo perTest)/" eng/mutation/stryker-config.json > "$out/$run/config.json"
    (cd eng/mutation && SSMFAR_MUTATE=$run OMP_NUM_THREADS=1 DOTNET_TieredPGO=0 DOTNET_TC_CallCountThreshold=200 dotnet stryker \
        -f "$out/$run/config.json" --project "$project.csproj" "${arguments[@]}" --output "$out/$run" --skip-version-check \
        > "$out/$run/log.txt" 2>&1) || { tail -20 "$out/$run/log.txt" >&2; exit 1; }
}

set -f
declare -A globs=([core]="" [affect]="" [audits]="" [wiring]="")
rows=()
for name in "${parts[@]}"; do
    line=$(part "$name")
    read -r run files <<< "$line"
    globs[$run]+=" $files"
    rows+=("$name=$files=$out/$run/reports/mutation-report.json")
done
dotnet tool restore > /dev/null
for run in core affect audits wiring; do
    project=SsMfar.Core
    [[ "$run" != a* ]] || project=SsMfar.Affect
    [ -z "${globs[$run]}" ] || stryker "$run" "$project" ${globs[$run]}
done
dotnet run eng/mutation/table.cs -- "${rows[@]}"
