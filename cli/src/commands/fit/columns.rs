//! Which columns of a table are what.

use std::collections::HashMap;
use std::path::PathBuf;

use clap::Args;
use spectralaw::fit::{Price, Runs, Setting, Sheet};

use crate::args::recognised::{LOSSES, recognised};
use crate::failure::Failure;
use crate::inputs;

/// The table, and what its columns are.
#[derive(Args, Debug)]
#[command(next_help_heading = "Runs")]
pub struct ColumnArguments {
    /// Table of runs, one in each row below a line of names; - is standard input.
    file: PathBuf,

    /// Column of the size: parameters, width [default: recognised by its name].
    #[arg(long, value_name = "COLUMN")]
    size: Option<String>,

    /// Column of the data: tokens, samples [default: recognised by its name].
    #[arg(long, value_name = "COLUMN")]
    data: Option<String>,

    /// Column of the loss [default: recognised by its name].
    #[arg(long, value_name = "COLUMN")]
    loss: Option<String>,

    /// Column of the compute, from which the data follow by --cost where they have no column.
    #[arg(long, value_name = "COLUMN")]
    compute: Option<String>,

    /// Column of steps, in place of data, of a learning curve.
    #[arg(long, value_name = "COLUMN", conflicts_with = "data")]
    steps: Option<String>,

    /// Column of the data that differ, where data are repeated.
    #[arg(long, value_name = "COLUMN")]
    unique: Option<String>,

    /// Only rows with a value in a column, as in --where dataset=c4. May be repeated.
    #[arg(long = "where", value_name = "COLUMN=VALUE")]
    conditions: Vec<String>,

    /// Column that tells which runs depend on each other, such as the model of which they are checkpoints.
    #[arg(long, value_name = "COLUMN")]
    group: Option<String>,

    /// The loss is a perplexity: its logarithm is taken.
    #[arg(long)]
    perplexity: bool,
}

/// Runs, and what was recognised.
pub struct Read {
    pub runs: Runs,
    /// Columns in words: what they are, and their names.
    pub columns: Vec<(&'static str, String)>,
    pub remarks: Vec<String>,
    pub has_steps: bool,
}

/// Names by which columns are recognised, in lower case, without blanks and underscores.
const SIZES: &[&str] =
    &["size", "n", "params", "parameters", "modelsize", "numparams", "nparams", "paramsactiveprecise", "width"];
const DATA: &[&str] =
    &["data", "d", "tokens", "tokennum", "numtokens", "ntokens", "numtoken", "samples", "trainingtokens"];
const COMPUTE: &[&str] = &["compute", "c", "flops", "flop", "trainingflop", "trainingflops", "totalflops"];
const UNIQUE: &[&str] = &["unique", "uniquetokens", "tokensperepoch", "uniquedata"];

impl ColumnArguments {
    /// The file, in words.
    pub fn file(&self) -> String {
        self.file.display().to_string()
    }

    /// Reads the runs; columns of sizes and of unique data are looked for where the law has a use for them.
    pub fn read(&self, price: &Price, needs_size: bool, needs_unique: bool) -> Result<Read, Failure> {
        inputs::reads(&self.file)?;
        let mut sheet = Sheet::read(&self.file)?;
        for condition in &self.conditions {
            let Some((column, value)) = condition.split_once('=') else {
                return Err(Failure::refused(format!("--where {condition}: give COLUMN=VALUE, as in dataset=c4")));
            };
            sheet = sheet.filtered(column.trim(), value.trim())?;
        }
        let mut columns = Vec::new();
        let mut remarks = Vec::new();
        let mut column = |what: &'static str, given: &Option<String>, names: &[&str]| {
            let found = match given {
                Some(name) => Some(name.clone()),
                None => recognised(&sheet, names).inspect(|name| {
                    remarks.push(format!("column {name} is taken for the {what}: --{what} COLUMN for another"));
                }),
            };
            found.map(|name| {
                let numbers = sheet.numbers(&name);
                columns.push((what, name));
                numbers
            })
        };
        let loss = column("loss", &self.loss, LOSSES).transpose()?;
        let Some(mut losses) = loss else {
            return Err(Failure::refused(format!(
                "{}: which column is the loss? name it by --loss, a perplexity by --perplexity besides; there are {}",
                self.file(),
                sheet.names().join(", ")
            )));
        };
        let steps = column("steps", &self.steps, &[]).transpose()?;
        // (a learning curve may be that of a model whose size is a word)
        let sizes = if steps.is_none() || needs_size { SIZES } else { &[] };
        let size = column("size", &self.size, sizes).transpose()?;
        let data = if steps.is_some() { None } else { column("data", &self.data, DATA).transpose()? };
        let needs_compute = self.compute.is_some() || data.is_none() && steps.is_none();
        let compute = if needs_compute { column("compute", &self.compute, COMPUTE).transpose()? } else { None };
        let unique = if needs_unique || self.unique.is_some() {
            column("unique", &self.unique, UNIQUE).transpose()?
        } else {
            None
        };
        if self.perplexity {
            losses.iter_mut().for_each(|loss| *loss = loss.ln());
        }
        let has_steps = steps.is_some();
        let data = data.or(steps);
        let at = |column: &Option<Vec<f64>>, row: usize| column.as_ref().map_or(f64::NAN, |values| values[row]);
        let derives_data = data.is_none() && size.is_some() && compute.is_some();
        if derives_data {
            remarks.push(format!("data follow from compute and size by the cost {price}"));
        }
        let setting = |row: usize| {
            let (size, data) = (at(&size, row), at(&data, row));
            let setting = Setting { size, data, unique: at(&unique, row), compute: at(&compute, row) };
            if has_steps { setting } else { price.complete(setting) }
        };
        let settings: Vec<Setting> = (0..sheet.len()).map(setting).collect();
        let runs = match &self.group {
            Some(name) => Runs::grouped(&settings, &losses, &numbered(&sheet.words(name)?)),
            None => Runs::new(&settings, &losses),
        };
        let runs = runs.map_err(|error| Failure::from(error).within(&self.file()))?;
        Ok(Read { runs, columns, remarks, has_steps })
    }
}

/// Words as numbers of their first appearance.
fn numbered(words: &[&str]) -> Vec<usize> {
    let mut seen = HashMap::new();
    words
        .iter()
        .map(|word| {
            let next = seen.len();
            *seen.entry(*word).or_insert(next)
        })
        .collect()
}
