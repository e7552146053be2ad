#!/usr/bin/env bash
# The forms of `tripod verify` against their schemas, and its page in a browser.
# Usage: tests/reports/run.sh [FOLDER]
#
# FOLDER holds findings.schema.json and reports as NAME.json, NAME.xml, NAME.sarif and NAME.html; without it, samples are
# written. Needs Python 3, Node.js, and Debian's package chromium (or CHROMIUM=path). Screenshots are left in
# target/reports/screenshots.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
work="$root/target/reports"
mkdir -p "$work"

folder=${1:-}
if [ -z "$folder" ]; then
  folder="$work/sample"
  rm -rf "$folder"
  (cd "$root" && cargo run --quiet --package tripod-report --example sample_reports -- "$folder")
fi
folder=$(cd "$folder" && pwd)

if ! cmp -s "$here/requirements.txt" "$work/venv/installed"; then
  rm -rf "$work/venv"
  python3 -m venv "$work/venv"
  "$work/venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/requirements.txt"
  cp "$here/requirements.txt" "$work/venv/installed"
fi
"$work/venv/bin/python" -B "$here/validate.py" "$folder"

if ! cmp -s "$here/package-lock.json" "$work/node/package-lock.json" || [ ! -d "$work/node/node_modules" ]; then
  mkdir -p "$work/node"
  cp "$here/package.json" "$here/package-lock.json" "$work/node/"
  npm ci --prefix "$work/node" --no-audit --no-fund --ignore-scripts --silent
fi
# Beside its packages, because modules are looked for from where the script is.
cp "$here/pages.mjs" "$work/node/pages.mjs"
rm -rf "$work/screenshots"
node "$work/node/pages.mjs" "$folder" "$work/screenshots"
