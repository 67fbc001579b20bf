#!/usr/bin/env bash
# Mutation testing of the method: changes the code of losses, semi-supervision, metrics, statistics, tasks and the trainer's wiring, one
# change at a time, and counts which changes no test notices. Writes artifacts/mutation/PART/reports/mutation-report.json for each part and
# prints a table: part, changes, killed, score. CONTRIBUTING.md says how to read it.
#
#   eng/mutate.sh [PART ...]     parts: losses semi-supervised metrics data training scores wiring; all of them without one
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
out=$root/artifacts/mutation
parts=("$@")
[ "${#parts[@]}" -gt 0 ] || parts=(losses semi-supervised metrics data training scores wiring)
dotnet tool restore > /dev/null
mkdir -p "$out"

# Which project a part is of, and which of its files.
files() {
    case "$1" in
        losses) echo "SsMfar.Core Losses/*.cs" ;;
        semi-supervised) echo "SsMfar.Core SemiSupervised/*.cs" ;;
        metrics) echo "SsMfar.Core Metrics/*.cs" ;;
        training) echo "SsMfar.Core Training/Running/MultiTaskObjective.cs Training/Batches/MixPlan.cs Training/Running/LossAccumulator.cs Training/Configuration/ConfigurationFaults.cs Training/Optimization/*.cs" ;;
        data) echo "SsMfar.Core Data/*Sampler.cs Data/BatchPlan.cs Data/LabelTable.cs Data/LabelBatch.cs Data/BuiltInLabels.cs" ;;
        wiring) echo "SsMfar.Core Training/Running/TrainingStep.cs Training/Configuration/BuiltInTasks.cs Training/Running/PolicyFactory.cs Training/Batches/TrainingViews.cs Training/Configuration/TrainingRecipe.cs Training/Configuration/SsMfarVariant.cs" ;;
        scores) echo "SsMfar.Affect Metrics/*.cs Data/AnnotationStatistics.cs" ;;
        *) echo "There is no part '$1'." >&2; exit 2 ;;
    esac
}

for part in "${parts[@]}"; do
    read -r project globs <<< "$(files "$part")"
    arguments=()
    for glob in $globs; do arguments+=(--mutate "**/$glob"); done
    export SSMFAR_MUTATE_WIRING=$([ "$part" = wiring ] && echo 1 || echo 0)
    # A change may end the test host in native code; that is a change noticed.
    (cd eng/mutation && OMP_NUM_THREADS=1 dotnet stryker -f stryker-config.json --project "$project.csproj" "${arguments[@]}" \
        --output "$out/$part" --skip-version-check > "$root/artifacts/mutation-$part.log" 2>&1) ||
        { tail -20 "$root/artifacts/mutation-$part.log" >&2; exit 1; }
done

echo "| part | changes | noticed | score |"
echo "|---|---|---|---|"
for part in "${parts[@]}"; do
    report=$(find "$out/$part" -name mutation-report.json | head -1)
    grep -oE '"status": *"(Killed|Timeout|RuntimeError|Survived|NoCoverage)"' "$report" | awk -v part="$part" '
        /Killed|Timeout|RuntimeError/ { noticed++ } { all++ }
        END { printf "| %s | %d | %d | %.1f%% |\n", part, all, noticed, 100 * noticed / (all ? all : 1) }'
done
