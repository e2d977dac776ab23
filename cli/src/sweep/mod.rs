//! `spectralaw sweep`: all combinations of lists of options, from a file; `spectralaw merge`: its parts together.

mod curves;
mod definition;
mod drawing;
mod figure;
mod job;
mod merge;
mod points;
mod product;
mod shard;
mod store;
mod units;

use std::path::PathBuf;

use clap::Args;

use self::job::Job;
pub use self::merge::Arguments as MergeArguments;
use self::shard::Shard;
use crate::failure::Failure;
use crate::output::delivery::Threads;

/// Run a command for all combinations of lists of options, which a file says; interrupted sweeps continue where they
/// were.
///
/// The file names a command, `loss`, `regimes`, `frontier` or `modes`, and its options, with the names and values of
/// the command line; an option that is a list is swept. Results are kept in a .csv, to which finished runs are
/// appended; the same line continues a sweep that was interrupted.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// What to compute, as toml; of several files each says where its results go, with the key `output`.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// A file for the results: data as .csv, .json or .npz, a figure as .svg, .pdf or .png. May be repeated.
    ///
    /// [default: what the file names with the key `output`]
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
  all figures of a folder, of files that name it with the key `output`
    spectralaw sweep figures/*.toml

A table [figure] at the end of the file says what figures show: title, x, y, guides, points, ... (docs/cli.md).
Quantities of one run are strings, as in width = \"1:1e6:25\"; numbers and strings in square brackets are swept.";

impl Arguments {
    /// Checks everything that can be wrong, computes what is missing, writes the rest, file by file.
    pub fn run(self) -> Result<(), Failure> {
        if let ([_, _, ..], Some(output)) = (&self.files[..], self.output.first()) {
            return Err(Failure::refused(format!(
                "--output {} is one for several sweeps: give the key `output` in each file",
                output.display()
            )));
        }
        if let ([_, _, ..], Some(shard)) = (&self.files[..], self.shard) {
            return Err(Failure::refused(format!("--shard {shard} is a part of one sweep: give a single file")));
        }
        let jobs = self.files.iter().map(|file| Job::new(file, &self.output, self.shard));
        let jobs = jobs.collect::<Result<Vec<_>, _>>()?;
        job::refuse_common_outputs(&jobs)?;
        jobs.iter().try_for_each(|job| job.run(&self.threads))
    }
}
