#!/usr/bin/env bash
# serde-saphyr 2.2.0 (crates.io): a YAML file with 33 comment lines in a row below a key is refused by default.
#
# Behaviour seen: while the reader looks for the value of a key it keeps the comments that it meets, and its default
# bound for them is 32. A file that is valid YAML 1.2 and holds 33 comment lines between a key and its value ends in an
# error; with 32 lines it is read. Nothing in the file says why, and other YAML readers take it.
# Output seen: «32 comment lines: read», «33 comment lines: refused».
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/src"
cat >"$folder/Cargo.toml" <<'X'
[package]
name = "finding"
version = "0.0.0"
edition = "2021"
[dependencies]
serde-saphyr = "=2.2.0"
[workspace]
X
cat >"$folder/src/main.rs" <<'X'
use std::collections::BTreeMap;

fn main() {
    for lines in [32, 33] {
        let text = format!("key:\n{}  - value\n", "  # a comment\n".repeat(lines));
        let read: Result<BTreeMap<String, Vec<String>>, _> = serde_saphyr::from_str(&text);
        println!("{lines} comment lines: {}", if read.is_ok() { "read" } else { "refused" });
    }
}
X
seen=$(cd "$folder" && CARGO_TARGET_DIR="$folder/target" cargo run --quiet)
printf '%s\n' "$seen"
[ "$seen" = $'32 comment lines: read\n33 comment lines: refused' ]
