//! Links inside the repository have to lead somewhere.

use std::path::Path;

use super::Problem;

/// Every relative link of a Markdown file whose target is not there. Links to the web are not followed.
pub(super) fn check(root: &Path, file: &Path, text: &str) -> Vec<Problem> {
    if file.extension().is_none_or(|end| end != "md") {
        return Vec::new();
    }
    let folder = root.join(file.parent().unwrap_or(Path::new("")));
    let mut problems = Vec::new();
    let mut fenced = false;
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        for target in targets(line) {
            let path = target.split('#').next().unwrap_or_default();
            if !path.is_empty() && !path.contains(':') && !folder.join(path).exists() {
                problems.push(Problem::at(file, number, format!("the link leads nowhere: {target}")));
            }
        }
    }
    problems
}

/// What stands in the round brackets of `[text](target)`.
fn targets(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| rest.split_once(')').map(|(target, _)| target))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_to_nowhere_is_found_and_others_are_not() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("docs")).unwrap();
        std::fs::write(folder.path().join("docs/there.md"), "").unwrap();
        let text = "[a](there.md#part) [b](gone.md)\n[web](https://example.invalid/x) [here](#part) [up](../docs)\n```\n[c](gone.md)\n```\n";
        let found: Vec<String> =
            check(folder.path(), Path::new("docs/page.md"), text).iter().map(ToString::to_string).collect();
        assert_eq!(found, ["docs/page.md:1: the link leads nowhere: gone.md"]);
    }
}
