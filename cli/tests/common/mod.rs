//! Runs of the command, and what they print.

// every test binary is compiled with all of this and uses a part of it
#![allow(dead_code)]

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use spectralaw::data::DataArray;

pub type Outcome = Result<(), Box<dyn Error>>;

pub const LAW: &[&str] = &["loss", "--a", "1.5", "--b", "1.25"];

/// Handwritten digits, and which they are.
pub const PIXELS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/digits_inputs.npz:pixels");
const LABELS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/digits_inputs.npz:digit");

fn spectralaw(arguments: &[&str]) -> Result<Output, Box<dyn Error>> {
    Ok(Command::new(env!("CARGO_BIN_EXE_spectralaw")).args(arguments).output()?)
}

/// Standard output of a run that must succeed.
pub fn stdout(arguments: &[&str]) -> Result<String, Box<dyn Error>> {
    let output = spectralaw(arguments)?;
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}

/// Standard error of a run that must be refused, with status 2 and one line.
pub fn refusal(arguments: &[&str]) -> Result<String, Box<dyn Error>> {
    let output = spectralaw(arguments)?;
    let stderr = String::from_utf8(output.stderr)?;
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
    assert!(output.stdout.is_empty(), "{arguments:?} printed something");
    assert_eq!(stderr.lines().count(), 1, "{arguments:?}: {stderr}");
    assert!(stderr.starts_with("error: ") && stderr.ends_with('\n'), "{arguments:?}: {stderr}");
    Ok(stderr)
}

pub fn law(more: &[&'static str]) -> Vec<&'static str> {
    LAW.iter().chain(more).copied().collect()
}

/// Names of columns, and rows.
pub type Csv = (Vec<String>, Vec<Vec<f64>>);

pub fn read_csv(text: &str) -> Result<Csv, Box<dyn Error>> {
    let mut lines = text.lines();
    let names = lines.next().unwrap_or_default().split(',').map(str::to_owned).collect();
    let row = |line: &str| line.split(',').map(str::parse).collect::<Result<Vec<f64>, _>>();
    Ok((names, lines.map(row).collect::<Result<_, _>>()?))
}

pub fn records(json: &str) -> Result<Vec<Value>, Box<dyn Error>> {
    Ok(serde_json::from_str(json)?)
}

/// The terms into which `--decompose` splits the test loss.
pub fn sum_of_terms(record: &Value) -> f64 {
    let terms = ["bias", "features", "data", "data_features", "noise_data", "noise_data_features", "gradient_noise"];
    terms.into_iter().chain(["irreducible"]).map(|term| record[term].as_f64().unwrap_or(f64::NAN)).sum()
}

pub fn same_bits(x: f64, y: f64) -> bool {
    x.to_bits() == y.to_bits()
}

/// The folder of the project.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The first words that are not the same, between blanks and other characters that separate them.
pub fn difference(
    own: &str,
    other: &str,
    separators: &[char],
    is_same: impl Fn(&str, &str) -> bool,
) -> Option<(String, String)> {
    let words = |text: &str| -> Vec<String> {
        let separated = text.split(|c: char| c.is_whitespace() || separators.contains(&c));
        separated.filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    let (own, other) = (words(own), words(other));
    if own.len() != other.len() {
        return Some((format!("{} words", own.len()), format!("{} words", other.len())));
    }
    own.into_iter().zip(other).find(|(x, y)| !is_same(x, y))
}

/// An empty directory of one test's own.
pub fn directory(name: &str) -> Result<PathBuf, Box<dyn Error>> {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if path.exists() {
        fs::remove_dir_all(&path)?;
    }
    fs::create_dir_all(&path)?;
    Ok(path)
}

pub fn file(directory: &Path, name: &str) -> String {
    directory.join(name).display().to_string()
}

/// The keys of the first record, in the order of the text.
pub fn keys(json: &str) -> Vec<&str> {
    let record = json.split('}').next().unwrap_or_default();
    record.split('"').skip(1).step_by(2).collect()
}

/// Writes an array of doubles as numpy does, in the order of C.
pub fn write_npy(path: &str, shape: &[usize], values: &[f64]) -> Outcome {
    let lengths = shape.iter().map(|length| format!("{length},")).collect::<String>();
    let header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': ({lengths}), }}");
    let length = (header.len() + 11).next_multiple_of(64) - 10;
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((length as u16).to_le_bytes());
    bytes.extend(format!("{header:<0$}\n", length - 1).bytes());
    bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    Ok(fs::write(path, bytes)?)
}

/// Inputs, and odd against even as the target, with files of both.
pub struct Digits {
    pub inputs: Vec<f64>,
    pub targets: Vec<f64>,
    pub points: String,
    pub target: String,
}

/// Digits less the mean of all, one in so many of them, as `X.npy` and `y.npy`.
pub fn digits(directory: &Path, every: usize) -> Result<Digits, Box<dyn Error>> {
    let (pixels, labels) = (DataArray::read(PIXELS)?, DataArray::read(LABELS)?);
    let columns = pixels.columns;
    let mean = |j: usize| pixels.values.iter().skip(j).step_by(columns).sum::<f64>() / pixels.rows as f64;
    let means: Vec<f64> = (0..columns).map(mean).collect();
    let rows = pixels.values.chunks_exact(columns).step_by(every);
    let inputs: Vec<f64> = rows.flat_map(|row| row.iter().zip(&means).map(|(x, mean)| x - mean)).collect();
    let targets: Vec<f64> = labels.values.iter().step_by(every).map(|digit| 2.0 * (digit % 2.0) - 1.0).collect();
    let (points, target) = (file(directory, "X.npy"), file(directory, "y.npy"));
    write_npy(&points, &[targets.len(), columns], &inputs)?;
    write_npy(&target, &[targets.len()], &targets)?;
    Ok(Digits { inputs, targets, points, target })
}
