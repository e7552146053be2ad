#!/usr/bin/env bash
# junitparser 5.0.3 (PyPI): `junitparser verify FILE` does not verify that FILE is JUnit XML. It judges the tests in it.
#
# Behaviour seen: a valid file in which a test failed ends with exit status 1 and no output; the same file without the
# failure ends with 0. A job that uses the command to validate a report therefore fails exactly when the report has
# Output seen: «valid, one failure: 1», «valid, no failure: 0», each without a word on stdout or stderr.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check junitparser==5.0.3
cat >"$folder/failed.xml" <<'X'
<testsuites><testsuite name="s" tests="1" failures="1"><testcase name="t" classname="c"><failure message="no"/></testcase></testsuite></testsuites>
X
cat >"$folder/passed.xml" <<'X'
<testsuites><testsuite name="s" tests="1" failures="0"><testcase name="t" classname="c"/></testsuite></testsuites>
X
status() { local code=0; "$folder/venv/bin/junitparser" verify "$1" >"$folder/said" 2>&1 || code=$?; printf '%s' "$code"; }
failed=$(status "$folder/failed.xml"); failed_said=$(cat "$folder/said")
passed=$(status "$folder/passed.xml"); passed_said=$(cat "$folder/said")
printf 'valid, one failure: %s «%s»\nvalid, no failure: %s «%s»\n' "$failed" "$failed_said" "$passed" "$passed_said"
[ "$failed" = 1 ] && [ "$passed" = 0 ] && [ -z "$failed_said$passed_said" ]
