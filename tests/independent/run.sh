#!/usr/bin/env bash
# What Tripod writes for others, in the hands of others: evidence before another implementation of DSSE, runbooks before
# PowerShell's grammar and GAM's own reader, and a runbook carried out command by command against the stand-in tenants.
# Usage: tests/independent/run.sh [PROGRAM], where PROGRAM is target/debug/tripod if nothing is said.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
venv="$root/target/independent/venv"
if ! cmp -s "$here/requirements.txt" "$venv/installed"; then
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/requirements.txt"
  cp "$here/requirements.txt" "$venv/installed"
fi
export TRIPOD_PROGRAM
TRIPOD_PROGRAM=$(realpath "${1:-$root/target/debug/tripod}")
# A proxy of the machine's is for reaching the world, and all of this stays on the machine.
for name in ${!http_proxy@} ${!https_proxy@} ${!HTTP_PROXY@} ${!HTTPS_PROXY@} ${!all_proxy@} ${!ALL_PROXY@}; do
  unset "$name"
done
cd "$here"
# The first by itself: how much memory a program had at most begins with what its parent had when it was started.
"$venv/bin/python" -B -m unittest --verbose bounded
"$venv/bin/python" -B -W ignore::ResourceWarning -m unittest --verbose evidence grammar carried_out
