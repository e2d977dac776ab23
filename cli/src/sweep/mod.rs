//! `spectralaw sweep`: all combinations of lists of options, from a file; `spectralaw merge`: its parts together.

mod definition;
mod figure;
mod merge;
mod shard;
mod store;
mod units;

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use rayon::prelude::*;

use self::definition::Definition;
pub use self::merge::Arguments as MergeArguments;
use self::shard::Shard;
use self::store::{Header, Kept, Store, joined};
use self::units::{Unit, Units};
use crate::delivery::Threads;
use crate::failure::Failure;
use crate::output::Output;
use crate::picture::Picture;
use crate::progress::Progress;
use crate::table::Table;

/// Run a command for all combinations of lists of options, which a file says; interrupted sweeps continue where they were.
///
/// The file names a command, `loss`, `regimes` or `frontier`, and its options, with the names and values of the command line;
/// an option that is a list is swept. Results are kept in a .csv, to which finished runs are appended; the same line
/// continues a sweep that was interrupted.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// What to compute, as toml.
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// A file for the results: data as .csv, .json or .npz, a figure as .svg or .png. May be repeated.
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    output: Vec<PathBuf>,

    /// Compute a part of the sweep, such as 2/8, the second of eight; `spectralaw merge` joins the parts.
    #[arg(long, value_name = "I/N", value_parser = Shard::parse, help_heading = "Output")]
    shard: Option<Shard>,

    #[command(flatten)]
    threads: Threads,
}

const EXAMPLES: &str = "\
Examples:
  frontiers for six spectra; the file sweep.toml has the lines
    command = \"frontier\"
    a = [1.2, 1.5, 1.8]
    b = [1.25, 2]
    compute = \"1e3:1e12:10\"
  as data and as a figure
    spectralaw sweep sweep.toml --output results.csv --output figure.svg
  the same on eight machines, then together
    spectralaw sweep sweep.toml --shard $I/8 --output part$I.csv
    spectralaw merge part*.csv --output results.csv

Quantities of one run are strings, as in width = \"1:1e6:25\"; numbers and strings in square brackets are swept.";

impl Arguments {
    /// Checks everything that can be wrong, computes what is missing, writes the rest.
    pub fn run(self) -> Result<(), Failure> {
        let within = |failure: Failure| failure.within(&self.file.display().to_string());
        let definition = Definition::read(&self.file)?;
        let units = Units::new(&definition).map_err(within)?;
        let targets = Targets::new(&self.output, self.shard.is_some())?;
        let outputs = targets.outputs(&units)?;
        let header = Header::new(&definition, &units)?;
        let shard = self.shard.unwrap_or(Shard::WHOLE);
        let text = header.text(shard);
        let own = units.shard(shard.position, shard.count);
        let mut store = Store::open(&targets.store, &text, &units, &own)?;
        if let Err(failure) = self.threads.compute(|| continued(&mut store, &units, &own)) {
            store.discard_if_empty();
            return Err(failure);
        }
        if !outputs.is_empty() {
            let bytes = fs::read(&targets.store)
                .map_err(|error| Failure::refused(format!("{}: cannot be read: {error}", targets.store.display())))?;
            let rows = bytes.get(text.len()..).unwrap_or_default();
            let kept = Kept::new(rows, &text, &units, &own).map_err(Failure::refused)?;
            self.threads.compute(|| write(&outputs, &units, &kept.tables))?;
        }
        if targets.is_hidden {
            fs::remove_file(&targets.store).map_err(|error| {
                Failure::refused(format!("{}: cannot be removed: {error}", targets.store.display()))
            })?;
        }
        Ok(())
    }
}

/// Computes the runs that are not yet there, and appends them in order.
fn continued(store: &mut Store, units: &Units, own: &[&Unit]) -> Result<(), Failure> {
    let left = own.get(store.done..).unwrap_or_default();
    let mut progress = Progress::new(left.len(), "runs");
    for batch in left.chunks(rayon::current_num_threads().max(1)) {
        let tables: Vec<Result<Table, Failure>> = batch.par_iter().map(|unit| units.compute(unit)).collect();
        for table in tables {
            store.append(&table?)?;
            progress.advance(1);
        }
    }
    Ok(())
}

/// Writes what can be made from finished results.
fn write(outputs: &[Output], units: &Units, tables: &[Table]) -> Result<(), Failure> {
    let whole = joined(units, tables);
    let picture = if outputs.iter().any(Output::is_figure) { Some(figure::picture(units, tables)?) } else { None };
    let drawn = || picture.clone().unwrap_or_else(|| Picture::None("it was not asked for".to_owned()));
    outputs.iter().try_for_each(|output| output.write(&whole, &drawn))
}

/// Where results are kept, and what is made from them.
struct Targets<'a> {
    store: PathBuf,
    /// Whether nobody asked for it.
    is_hidden: bool,
    others: Vec<&'a Path>,
}

impl<'a> Targets<'a> {
    fn new(paths: &'a [PathBuf], is_part: bool) -> Result<Self, Failure> {
        let is_csv = |path: &&'a PathBuf| path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
        let (csv, others): (Vec<&PathBuf>, Vec<&PathBuf>) = paths.iter().partition(is_csv);
        let others: Vec<&Path> = others.into_iter().map(PathBuf::as_path).collect();
        if let ([_, second, ..], _) = (&csv[..], &others) {
            let second = second.display();
            return Err(Failure::refused(format!(
                "--output {second}: results are kept in one .csv, give a single one"
            )));
        }
        if let (true, Some(other)) = (is_part, others.first()) {
            return Err(Failure::refused(format!(
                "--output {}: a part of a sweep is kept in a .csv, from which spectralaw merge makes the rest",
                other.display()
            )));
        }
        match (csv.first(), others.first()) {
            (Some(store), _) => Ok(Self { store: (*store).clone(), is_hidden: false, others }),
            (None, Some(first)) => {
                let name = first.file_name().unwrap_or_default().to_string_lossy();
                Ok(Self { store: first.with_file_name(format!(".{name}.sweep.csv")), is_hidden: true, others })
            }
            (None, None) => Err(Failure::refused("where to? give --output, as in --output results.csv")),
        }
    }

    fn outputs(&self, units: &Units) -> Result<Vec<Output>, Failure> {
        self.others.iter().map(|path| Output::new(path, units.no_figure.as_deref())).collect()
    }
}
