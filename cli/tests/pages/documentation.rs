//! Outputs in the documentation are those of the command.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::common::{Outcome, digits, directory, root};

/// Rounding differs between machines in the last digits.
const ROUNDING: f64 = 1e-9;

/// Estimates of errors and what cancels to rounding differ as a whole.
const NOTHING: f64 = 1e-9;

#[test]
fn outputs_in_the_reference_are_real() -> Outcome {
    let examples = check_examples("docs/cli.md", &root())?;
    assert!(examples > 15, "only {examples} examples");
    Ok(())
}

/// The arrays that the page makes with numpy are made here.
#[test]
fn outputs_for_your_data_are_real() -> Outcome {
    let directory = directory("documented_data")?;
    digits(&directory, 1)?;
    let examples = check_examples("docs/your-data.md", &directory)?;
    assert!(examples > 7, "only {examples} examples");
    Ok(())
}

/// The table is that of the page.
#[test]
fn outputs_for_your_runs_are_real() -> Outcome {
    let directory = directory("documented_runs")?;
    let text = fs::read_to_string(root().join("docs/your-runs.md"))?;
    fs::write(directory.join("runs.csv"), block(&text, "csv")?)?;
    let examples = check_examples("docs/your-runs.md", &directory)?;
    assert!(examples == 3, "only {examples} examples");
    Ok(())
}

#[test]
fn outputs_of_finite_sizes_are_real() -> Outcome {
    let examples = check_examples("docs/finite-size.md", &root())?;
    assert!(examples > 4, "only {examples} examples");
    Ok(())
}

#[test]
fn outputs_for_networks_are_real() -> Outcome {
    let examples = check_examples("docs/networks.md", &directory("documented_networks")?)?;
    assert!(examples == 4, "only {examples} examples");
    Ok(())
}

/// Words of a command line, of which those between double quotes are one.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (i, piece) in line.split('"').enumerate() {
        if i % 2 == 1 {
            words.push(piece.to_owned());
        } else {
            words.extend(piece.split_whitespace().map(str::to_owned));
        }
    }
    words
}

#[test]
fn outputs_of_the_guide_are_real() -> Outcome {
    let directory = directory("documented_guide")?;
    let text = fs::read_to_string(root().join("docs/guide.md"))?;
    fs::write(directory.join("widths.toml"), block(&text, "toml")?)?;
    let examples = check_examples("docs/guide.md", &directory)?;
    assert!(examples > 10, "only {examples} examples");
    Ok(())
}

/// The first block of code of a kind.
fn block<'a>(text: &'a str, kind: &str) -> Result<&'a str, Box<dyn Error>> {
    let rest = text.split(&format!("```{kind}\n")).nth(1);
    Ok(rest.and_then(|rest| rest.split("```").next()).ok_or(format!("no block of {kind}"))?)
}

/// Runs all examples of a page one after the other in a directory, and compares what they print; returns how many there
/// are.
fn check_examples(page: &str, directory: &Path) -> Result<usize, Box<dyn Error>> {
    let text = fs::read_to_string(root().join(page))?;
    let blocks: Vec<&str> = text.split("```console\n$ spectralaw ").skip(1).collect();
    for block in &blocks {
        let block = block.split("```").next().unwrap_or_default();
        let (arguments, documented) = block.split_once('\n').ok_or("no output")?;
        let mut command = Command::new(env!("CARGO_BIN_EXE_spectralaw"));
        let run = command.args(words(arguments)).current_dir(directory).output()?;
        let actual = String::from_utf8(run.stdout)? + &String::from_utf8(run.stderr)?;
        if let Some((documented, actual)) = difference(documented, &actual) {
            return Err(format!("{page}: {arguments}: `{documented}` is documented, `{actual}` is printed").into());
        }
    }
    Ok(blocks.len())
}

/// The sweep that is shown has the results that are shown.
#[test]
fn the_documented_sweep_is_real() -> Outcome {
    let text = fs::read_to_string(root().join("docs/cli.md"))?;
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let [definition, output] = ["documented.toml", "documented.csv"].map(|name| directory.join(name));
    fs::write(&definition, block(&text, "toml")?)?;
    if output.exists() {
        fs::remove_file(&output)?;
    }
    let mut run = Command::new(env!("CARGO_BIN_EXE_spectralaw"));
    assert!(run.arg("sweep").arg(&definition).arg("--output").arg(&output).status()?.success());
    assert_eq!(difference(block(&text, "csv")?, &fs::read_to_string(&output)?), None);
    Ok(())
}

/// The sweep with a figure that is shown draws it, where its file says.
#[test]
fn the_documented_figure_is_drawn() -> Result<(), Box<dyn Error>> {
    let text = fs::read_to_string(root().join("docs/cli.md"))?;
    let blocks = text.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next());
    let block = blocks.into_iter().find(|block| block.contains("[figure]")).ok_or("no block with a figure")?;
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("documented_figure");
    fs::create_dir_all(&directory)?;
    let definition = directory.join("figure.toml");
    fs::write(&definition, block)?;
    assert!(Command::new(env!("CARGO_BIN_EXE_spectralaw")).arg("sweep").arg(&definition).status()?.success());
    let svg = fs::read_to_string(directory.join("fig06a.svg"))?;
    for part in ["One model (solid), average of four (dashed)", "width 1024", "ensemble 4", "C^-0.22"] {
        assert!(svg.contains(part), "no `{part}` in the figure");
    }
    Ok(())
}

/// The first words that differ by more than the rounding of a number.
fn difference(documented: &str, actual: &str) -> Option<(String, String)> {
    crate::common::difference(documented, actual, &[',', ':'], |x, y| match (x.parse::<f64>(), y.parse::<f64>()) {
        (Ok(x), Ok(y)) if x.is_finite() && y.is_finite() => (x - y).abs() <= NOTHING.max(ROUNDING * x.abs()),
        _ => x == y,
    })
}
