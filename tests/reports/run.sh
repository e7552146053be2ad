#!/usr/bin/env bash
# The forms of `tripod verify` against their schemas, and its pages in a browser: those of samples with everything that a
# report can hold, and those that the program itself makes of examples/two-tenants.
# Usage: tests/reports/run.sh [PROGRAM], where PROGRAM is target/debug/tripod if nothing is said.
#
# Needs Python 3, Node.js, and Debian's package chromium (or CHROMIUM=path). Screenshots are left in
# target/reports/screenshots.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
work="$root/target/reports"
program=$(realpath "${1:-$root/target/debug/tripod}")
folder="$work/made"
rm -rf "$folder" "$work/workspace"
mkdir -p "$folder"

# `cargo test` has built it already.
samples="$root/target/debug/examples/sample_reports"
[ -x "$samples" ] || (cd "$root" && cargo build --quiet --package tripod-report --example sample_reports)
"$samples" "$folder"

# The program: before anything is there, after it was made, and after somebody has left.
cp -r "$root/examples/two-tenants" "$work/workspace"
rm -rf "$work/workspace/.tripod"
tripod() { "$program" -C "$work/workspace" --sandbox --no-input "$@"; }
made=0
make_reports() {
  local name=$1 wanted=$2 pair status
  for pair in json:json junit:xml sarif:sarif html:html; do
    status=0
    tripod verify --format "${pair%%:*}" --output "$folder/$name.${pair##*:}" 2>"$work/error" || status=$?
    if [ "$status" -ne "$wanted" ]; then
      cat "$work/error"
      printf '%s: verify --format %s ended with %d, not %d\n' "$name" "${pair%%:*}" "$status" "$wanted"
      exit 1
    fi
    made=$((made + 1))
  done
}
make_reports program-empty 3
tripod apply --yes >"$work/apply" 2>&1 || { cat "$work/apply"; exit 1; }
# Somebody who carries the first mailbox of the first file.
make_reports program-applied 0
somebody=$(sed -n 's/.*"who": "\([^"]*\)".*/\1/p' "$folder/program-applied.json" | sort | uniq -c | sort -rn | awk 'NR == 1 {print $2}')
tripod sandbox leave "$somebody" >"$work/leave" 2>&1 || { cat "$work/leave"; exit 1; }
make_reports program-left 3
"$program" schema findings >"$folder/findings.schema.json"
printf '%d reports by the program\n' "$made"

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
