//! Every equation that the code cites is in the theory, and every equation of the theory is cited or has a reason.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Labels that no code needs to cite, with the reason. An entry ending in `.*` stands for all labels that begin so.
const NOT_CITED: [(&str, &str); 14] = [
    ("A.*", "asymptotic laws: what the exact curves tend to, not how they are computed"),
    ("E", "one-point function of the target power, defined next to (D), of which it is the analogue"),
    ("H.t", "transfer function in time: contained in (Flow.modal)"),
    ("Network.model", "the network itself, whose kernel is that of (K.tangent) at infinite width"),
    ("Network.ensemble", "means of networks on one data set: a statement with its derivation"),
    ("Network.features", "a special case of the closure, checked in tests/spectra/networks.rs"),
    ("Network.first", "an expansion of the closure, checked in tests/spectra/networks.rs"),
    ("Network.sphere-first", "an expansion of the closure, checked in tests/spectra/networks.rs"),
    ("R.branch", "analyticity of the branch: a statement with its proof"),
    ("R.real", "monotony for real arguments: a statement with its proof"),
    ("R.unique", "uniqueness of the branch: a statement with its proof, checked in tests/theory/properties.rs"),
    ("S1", "pair sum, evaluated in the forms of (S.dd)"),
    ("T1", "pair sum, evaluated in the forms of (S.dd)"),
    ("T2", "pair sum, evaluated in the forms of (S.dd)"),
];

/// Directories of sources that cite the theory.
const SOURCES: [&str; 2] = ["src", "cli/src"];

/// A citation, or what looks like one and is not.
#[derive(Debug)]
struct Citation {
    place: String,
    label: String,
    /// The label is the end of a range that starts at this one.
    from: Option<String>,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files below a directory whose names end in `extension`, sorted.
fn files(directory: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap_or_else(|e| panic!("{}: {e}", directory.display())) {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|e| e == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().display().to_string()
}

/// A label is an upper-case letter followed by letters, digits, dots and hyphens, not ending in punctuation.
fn is_label(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_uppercase())
        && text.ends_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-')
}

/// `(X)` at the start of `text`: the label and the rest.
fn parenthesised(text: &str) -> Option<(&str, &str)> {
    let (inside, rest) = text.strip_prefix('(')?.split_once(')')?;
    is_label(inside).then_some((inside, rest))
}

/// Labels in the order in which they stand, with their files.
fn labels() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for path in files(&root().join("theory"), "md") {
        for line in std::fs::read_to_string(&path).unwrap().lines() {
            let inside = line.trim().strip_prefix("**").and_then(|l| l.strip_suffix("**")).and_then(parenthesised);
            if let Some((label, "")) = inside {
                found.push((label.to_owned(), relative(&path)));
            }
        }
    }
    found
}

/// Runs of comment lines joined into one text each, with the line number on which each run starts.
fn comments(source: &str) -> Vec<(usize, String)> {
    let mut runs: Vec<(usize, String)> = Vec::new();
    let mut continues = false;
    for (index, line) in source.lines().enumerate() {
        let Some(start) = line.find("//") else {
            continues = false;
            continue;
        };
        let text = line[start..].trim_start_matches('/').trim_start_matches('!').trim();
        // a comment that follows code stands for itself
        let whole_line = line[..start].trim().is_empty();
        match runs.last_mut() {
            Some((_, run)) if continues && whole_line => {
                run.push(' ');
                run.push_str(text);
            }
            _ => runs.push((index + 1, text.to_owned())),
        }
        continues = whole_line;
    }
    runs
}

/// What `text` cites: `equation (X)`, `equations (X), (Y) and (Z)`, `equations (X) to (Z)`, and labels with a dot in
/// parentheses anywhere, such as "in the form (R.min)".
fn citations(place: &str, text: &str, known: &BTreeSet<&str>) -> Vec<Citation> {
    let mut found = Vec::new();
    let mut add = |label: &str, from: Option<String>| {
        found.push(Citation { place: place.to_owned(), label: label.to_owned(), from });
    };
    let lower = text.to_ascii_lowercase();
    for (position, word) in lower.match_indices("equation") {
        let mut rest = &text[position + word.len()..];
        rest = rest.strip_prefix('s').unwrap_or(rest);
        // `equation(` is a call
        if !rest.starts_with(' ') || !rest.trim_start().starts_with('(') {
            continue;
        }
        rest = rest.trim_start();
        let mut range_from: Option<String> = None;
        loop {
            let Some((label, after)) = parenthesised(rest) else {
                // reported as a label that does not exist
                add(rest, None);
                break;
            };
            add(label, range_from.take());
            let separators = [", and (", ", (", " and (", " or (", " to ("];
            let Some(separator) = separators.iter().find(|s| after.starts_with(**s)) else { break };
            if *separator == " to (" {
                range_from = Some(label.to_owned());
            }
            rest = &after[separator.len() - 1..];
        }
    }
    for (position, _) in text.match_indices('(') {
        if let Some((label, _)) = parenthesised(&text[position..])
            && label
                .split_once('.')
                .is_some_and(|(family, _)| known.iter().any(|k| k.split('.').next() == Some(family)))
        {
            add(label, None);
        }
    }
    found
}

fn all_citations(known: &BTreeSet<&str>) -> Vec<Citation> {
    let mut found = Vec::new();
    for directory in SOURCES {
        for path in files(&root().join(directory), "rs") {
            for (line, text) in comments(&std::fs::read_to_string(&path).unwrap()) {
                found.extend(citations(&format!("{}:{line}", relative(&path)), &text, known));
            }
        }
    }
    found
}

#[test]
fn labels_are_unique() {
    let mut seen: Vec<(String, String)> = Vec::new();
    for (label, file) in labels() {
        if let Some((_, first)) = seen.iter().find(|(l, _)| *l == label) {
            panic!("({label}) is in {first} and again in {file}");
        }
        seen.push((label, file));
    }
    assert!(!seen.is_empty(), "no labels found: the scan is broken");
}

#[test]
fn cited_equations_exist() {
    let labels = labels();
    let known: BTreeSet<&str> = labels.iter().map(|(l, _)| l.as_str()).collect();
    let cited = all_citations(&known);
    assert!(cited.len() > 20, "only {} citations found: the scan is broken", cited.len());
    let mut wrong = Vec::new();
    for Citation { place, label, from } in &cited {
        let position = |label: &str| labels.iter().position(|(l, _)| l == label);
        let Some(end) = position(label) else {
            wrong.push(format!("{place}: ({label}) is not in the theory"));
            continue;
        };
        if let Some(start) = from.as_deref().and_then(position)
            && (start >= end || labels[start].1 != labels[end].1)
        {
            wrong.push(format!("{place}: the range to ({label}) does not run forward within one file"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn equations_are_cited_or_excused() {
    let labels = labels();
    let known: BTreeSet<&str> = labels.iter().map(|(l, _)| l.as_str()).collect();
    let mut cited = BTreeSet::new();
    for Citation { label, from, .. } in all_citations(&known) {
        let position = |label: &str| labels.iter().position(|(l, _)| l == label);
        if let Some((start, end)) = from.as_deref().and_then(position).zip(position(&label)) {
            cited.extend(labels[start..=end.max(start)].iter().map(|(l, _)| l.clone()));
        }
        cited.insert(label);
    }
    let covers = |entry: &str, label: &str| match entry.strip_suffix('*') {
        Some(start) => label.starts_with(start),
        None => entry == label,
    };
    let missing: Vec<&&str> = known
        .iter()
        .filter(|label| !cited.contains(**label) && !NOT_CITED.iter().any(|(entry, _)| covers(entry, label)))
        .collect();
    assert!(missing.is_empty(), "cited nowhere, and without a reason in this test: {missing:?}");
    for (entry, reason) in NOT_CITED {
        assert!(known.iter().any(|label| covers(entry, label)), "{entry} ({reason}) is not a label any more");
    }
}

#[test]
fn theory_refers_to_its_own_labels() {
    let labels = labels();
    let known: BTreeSet<&str> = labels.iter().map(|(l, _)| l.as_str()).collect();
    for path in files(&root().join("theory"), "md") {
        if path.ends_with("README.md") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for (position, _) in text.match_indices('(') {
            if let Some((label, _)) = parenthesised(&text[position..])
                && label.contains('.')
            {
                assert!(known.contains(label), "{}: ({label}) does not exist", relative(&path));
            }
        }
    }
}

#[test]
fn table_of_contents_lists_every_label() {
    let readme = std::fs::read_to_string(root().join("theory/README.md")).unwrap();
    let labels = labels();
    for path in files(&root().join("theory"), "md").iter().map(|p| relative(p)).filter(|p| !p.ends_with("README.md")) {
        let name = path.trim_start_matches("theory/");
        let row = readme.lines().find(|l| l.starts_with('|') && l.contains(name));
        let row = row.unwrap_or_else(|| panic!("{name} is not in the table of theory/README.md"));
        let listed: Vec<&str> =
            row.trim().trim_matches('|').rsplit('|').next().unwrap().split(',').map(str::trim).collect();
        let listed: BTreeSet<&str> = listed.into_iter().collect();
        let present: BTreeSet<&str> = labels.iter().filter(|(_, f)| *f == path).map(|(l, _)| l.as_str()).collect();
        assert_eq!(listed, present, "labels of {name}: left in theory/README.md, right in the file");
    }
}

/// The page that explains the modules names all of them, in the order in which the library declares them.
#[test]
fn architecture_names_every_module() {
    let library = std::fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let page = std::fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    let (flow, helpers) = library.split_once("// What all of them use.").unwrap();
    let modules = |part: &str| -> Vec<String> {
        let name = |line: &str| {
            Some(line.strip_prefix("pub ").unwrap_or(line).strip_prefix("mod ")?.strip_suffix(';')?.to_owned())
        };
        part.lines().filter_map(name).filter(|name| name != "theory").collect()
    };
    let drawing = page.split("```").nth(1).unwrap();
    let drawn: Vec<&str> = drawing.lines().filter_map(|line| line.get(20..)?.split_whitespace().next()).collect();
    assert_eq!(drawn, modules(flow));
    for module in modules(helpers) {
        assert!(page.contains(&format!("`{module}`")), "{module} is not on the page");
    }
}

#[test]
fn scan_reads_what_it_should() {
    let known = BTreeSet::from(["R", "R.min", "V.bias", "M1", "M2"]);
    let source = "/// See equations (M1) and\n/// (M2), or equation\n//! (V.same-data).\nlet x = self.equation(y);\n\
                  // equations (V.features) to (V.noise), in the form (R.min); f(X.y) is none\n";
    let mut read = Vec::new();
    for (line, text) in comments(source) {
        for Citation { label, from, .. } in citations("", &text, &known) {
            read.push((line, label, from));
        }
    }
    let expected = [
        (1, "M1", None),
        (1, "M2", None),
        (1, "V.same-data", None),
        (1, "V.same-data", None),
        (5, "V.features", None),
        (5, "V.noise", Some("V.features")),
        (5, "V.features", None),
        (5, "V.noise", None),
        (5, "R.min", None),
    ];
    let expected: Vec<_> =
        expected.map(|(line, label, from)| (line, label.to_owned(), from.map(str::to_owned))).into_iter().collect();
    assert_eq!(read, expected);
}
