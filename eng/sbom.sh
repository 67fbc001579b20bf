#!/usr/bin/env bash
# Writes a bill of materials (CycloneDX, JSON) of each package to artifacts/sbom: what it depends on, with versions and licences. Files that
# lie inside of a package (the face detector, ImageNet's weights) are named in its NOTICE, not here.
set -euo pipefail
cd "$(dirname "$0")/.."

rm -rf artifacts/sbom
dotnet tool restore
dotnet restore SsMfar.Core.sln
for project in src/SsMfar.*/*.csproj; do
    name=$(basename "$project" .csproj)
    dotnet dotnet-CycloneDX "$project" --output artifacts/sbom --filename "$name.cdx.json" --output-format Json --disable-package-restore \
        --set-type Library --set-version "$(dotnet msbuild "$project" -getProperty:Version)"
done
echo "artifacts/sbom"
