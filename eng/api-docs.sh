#!/usr/bin/env bash
# Writes the API reference, as web pages, to artifacts/api/site: the public types and members of the libraries with their documentation.
set -euo pipefail
cd "$(dirname "$0")/.."

# Docfx takes no path above its configuration's folder.
rm -rf artifacts/api
mkdir -p artifacts/api
cp eng/api/* eng/package/icon.png artifacts/api/
dotnet tool restore
dotnet restore SsMfar.Core.sln
dotnet docfx artifacts/api/docfx.json
echo "artifacts/api/site/index.html"
