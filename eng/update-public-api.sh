#!/usr/bin/env bash
# Writes src/*/PublicAPI.Unshipped.txt anew from what the libraries declare. Run it after adding, changing or removing a public member,
# when the build says RS0016 or RS0017; the difference it makes is what a reviewer reads.
set -euo pipefail
cd "$(dirname "$0")/.."

libraries=(SsMfar.Affect SsMfar.Core SsMfar.Onnx SsMfar.Faces SsMfar.Video SsMfar.Pretrained SsMfar.Reports SsMfar.Distributed)
work=$(mktemp -d)
log=$work/log
done=false

# Whatever ends it before the new files are whole, the old ones come back.
restore() {
    if [ "$done" = false ]; then
        for library in "${libraries[@]}"; do
            [ ! -f "$work/$library" ] || cp "$work/$library" "src/$library/PublicAPI.Unshipped.txt"
        done
    fi
    rm -rf "$work"
}
trap restore EXIT

for library in "${libraries[@]}"; do
    cp "src/$library/PublicAPI.Unshipped.txt" "$work/$library"
    echo '#nullable enable' > "src/$library/PublicAPI.Unshipped.txt"
done

# With empty files every member is one RS0016, which names it as the file writes it. The others build the domain package too.
for library in "${libraries[@]:1}"; do
    dotnet build "src/$library" -c Release --no-incremental -nodeReuse:false -tl:off -clp:NoSummary \
        -p:TreatWarningsAsErrors=false >> "$log" 2>&1 </dev/null ||
        { grep -E 'error' "$log" | sort -u >&2; exit 1; }
done

for library in "${libraries[@]}"; do
    file="src/$library/PublicAPI.Unshipped.txt"
    sed -nE "s|^.*warning RS0016: Symbol '(.*)' is not part of the declared public API.*[/\\]$library\.csproj.*$|\1|p" "$log" |
        LC_ALL=C sort -u >> "$file"
    echo "$file: $(($(wc -l < "$file") - 1)) members"
done
done=true
