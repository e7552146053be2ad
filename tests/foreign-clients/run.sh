#!/usr/bin/env bash
# Google's and Microsoft's own clients, and one for GitHub, against `tripod sandbox serve`.
# Usage: tests/foreign-clients/run.sh [PROGRAM], where PROGRAM is target/debug/tripod if nothing is said.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
venv="$root/target/foreign-clients/venv"
stamp="$venv/installed"
if ! cmp -s "$here/requirements.txt" "$stamp"; then
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/requirements.txt"
  cp "$here/requirements.txt" "$stamp"
fi
exec "$venv/bin/python" -B "$here/run.py" "${1:-$root/target/debug/tripod}"
