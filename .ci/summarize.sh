#!/usr/bin/env bash
# Sums up a test run: summarize.sh RESULTS STATUS reads the trx files in the folder RESULTS, one of each test project, and ends with
# "N passed, N failed, N skipped" and the status of the run: STATUS, or 1 where a test was left out that could have run.
set -uo pipefail
results=$1 status=$2

count() {
    find "$results" -name '*.trx' -exec grep -ohE '<Counters [^>]*>' {} + 2>/dev/null |
        grep -oE " $1=\"[0-9]+\"" | grep -oE '[0-9]+' | awk '{ sum += $1 } END { print sum + 0 }'
}

# Each result that is no execution in one line, with its reason. (The notExecuted of <Counters> stays 0.)
skipped() {
    find "$results" -name '*.trx' -exec cat {} + 2>/dev/null | tr '\r\n' '  ' | sed 's/<UnitTestResult /\n&/g; s/<\/Results>/\n/g' |
        grep '^<UnitTestResult [^>]*outcome="NotExecuted"'
}

# Reasons that nothing can be installed against: [BlocksFact] and such, [UnixFact], [LinuxFact], and tests of a CUDA device.
beyond_help='no AVX-512|Windows has no such files|Only Linux on x86-64|no CUDA device'

passed=$(count passed)
failed=$(($(count failed) + $(count error) + $(count timeout) + $(count aborted)))
left_out=$(skipped | wc -l | tr -d ' ')
unexcused=$(skipped | grep -vE "$beyond_help")

# A build that breaks, or a host that dies, fails no test by itself.
if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then
    echo "The run ended with exit code $status before every test had a result." >&2
    failed=1
fi
if [ "$status" -eq 0 ] && { [ "$passed" -eq 0 ] || [ "$failed" -ne 0 ]; }; then
    echo "No test ran, or one failed unnoticed." >&2
    status=1
fi
if [ -n "$unexcused" ]; then
    echo "These tests did not run, and should have:" >&2
    sed -E 's/.*testName="([^"]*)".*/\1&/; s/<UnitTestResult [^>]*>//; s/<[^>]*>/ /g; s/  +/ /g; s/^/  /' <<< "$unexcused" >&2
    [ "$status" -ne 0 ] || status=1
fi
echo "$passed passed, $failed failed, $left_out skipped"
exit "$status"
