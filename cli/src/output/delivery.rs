//! Options that say where the answer goes and how many threads compute it.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::Value;
use spectralaw::table::Table;

use crate::failure::Failure;
use crate::output::blocks::Blocks;
use crate::output::file::Output;
use crate::output::formats;
use crate::output::json::{self, Records};
use crate::output::report::Report;
use crate::plot::picture::Picture;

/// Standard output as it is written.
type Printed = Blocks<BufWriter<io::Stdout>>;

/// A file as it is written, and what has become of that so far.
type Written<'a> = (&'a Output, Blocks<BufWriter<File>>, io::Result<()>);

/// Standard output, files and threads.
#[derive(Args, Debug)]
#[command(next_help_heading = "Output")]
pub struct DeliveryArguments {
    /// What standard output gets.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,

    /// Also write a file: data as .csv, .json or .npz, a figure as .svg, .pdf or .png. May be repeated.
    #[arg(short, long, value_name = "FILE")]
    output: Vec<PathBuf>,

    #[command(flatten)]
    threads: Threads,
}

/// How many processors are used.
#[derive(Args, Debug)]
pub struct Threads {
    /// Number of threads; results do not depend on it [default: one for each processor].
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..), help_heading = "Output")]
    threads: Option<u16>,
}

impl Threads {
    /// Does work in the threads that are allowed.
    pub fn compute<T: Send>(&self, work: impl FnOnce() -> Result<T, Failure> + Send) -> Result<T, Failure> {
        let threads = usize::from(self.threads.unwrap_or(0));
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.map_err(|error| Failure::refused(format!("--threads {threads}: {error}, ask for fewer")))?;
        pool.install(work)
    }
}

/// Forms of standard output.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq)]
enum Format {
    /// For people: a table, a picture, and what was asked.
    Table,
    /// An array of records; what is infinite or undefined is null.
    Json,
    /// A line of names, then a line for each point; what is infinite is inf, what is undefined is empty.
    Csv,
}

impl DeliveryArguments {
    /// The files, after all that can be checked before any work; for figures that includes what is against one.
    pub fn files(&self, no_figure: Option<&str>) -> Result<Vec<Output>, Failure> {
        self.output.iter().map(|path| Output::new(path, no_figure)).collect()
    }

    /// Whether a picture is wanted, in the terminal or in one of the files.
    pub fn draws(&self, files: &[Output]) -> bool {
        self.format == Format::Table || files.iter().any(Output::is_figure)
    }

    /// Does work in the threads that are allowed.
    pub fn compute<T: Send>(&self, work: impl FnOnce() -> Result<T, Failure> + Send) -> Result<T, Failure> {
        self.threads.compute(work)
    }

    /// Writes the files and prints an answer that is one object in json and a table in other data files.
    pub fn deliver_object(
        &self,
        files: &[Output],
        object: &Value,
        table: &Table,
        report: &Report,
        picture: &dyn Fn() -> Picture,
    ) -> Result<(), Failure> {
        for file in files {
            file.write_object(object, table, picture)?;
        }
        let mut out = BufWriter::new(io::stdout().lock());
        match self.format {
            Format::Json => json::write(object, &mut out)?,
            Format::Csv => formats::csv(table, &mut out)?,
            Format::Table => report.print(&picture(), files, &mut out)?,
        }
        Ok(out.flush()?)
    }

    /// Writes the files and prints the answer, block after block, none of them a picture; whether `work` has given any.
    ///
    /// Files are whole or not there; standard output has what came before a failure.
    pub fn deliver_in_blocks(
        &self,
        files: &[Output],
        columns: &Table,
        work: impl FnOnce(&mut (dyn FnMut(&Table) -> Result<(), Failure> + Send)) -> Result<bool, Failure>,
    ) -> Result<bool, Failure> {
        let mut opened = None;
        let worked = work(&mut |block| {
            if opened.is_none() {
                opened = Some(self.open(files, columns)?);
            }
            let Some((printed, written)) = &mut opened else { return Ok(()) };
            printed.add(block)?;
            written.iter_mut().try_for_each(|(_, blocks, result)| {
                *result = blocks.add(block);
                // (told with the name of the file at the end)
                if result.is_err() { Err(Failure::ClosedPipe) } else { Ok(()) }
            })
        });
        let Some((printed, written)) = opened else { return worked };
        let mut failure = None;
        for (file, blocks, result) in written {
            let is_own = result.is_err();
            let early = || Err(io::Error::other("the run has ended early"));
            let ended = file.end(blocks, if worked.is_err() && !is_own { early() } else { result });
            // (of files that are not whole because the work has failed, its own failure tells)
            failure = failure.or(ended.err().filter(|_| is_own || worked.is_ok()));
        }
        failure.map_or(Ok(()), Err)?;
        if worked.is_ok() {
            printed.end_of_lines()?;
        }
        worked
    }

    /// Opens standard output and all files.
    fn open<'a>(&self, files: &'a [Output], columns: &Table) -> Result<(Printed, Vec<Written<'a>>), Failure> {
        let out = BufWriter::new(io::stdout());
        let printed = if self.format == Format::Json { Blocks::json(out)? } else { Blocks::csv(columns, out)? };
        let open = |file: &'a Output| Ok((file, file.begin(columns)?, Ok(())));
        Ok((printed, files.iter().map(open).collect::<Result<_, Failure>>()?))
    }

    /// Writes the files and prints the answer; the picture is made where it is wanted.
    pub fn deliver(&self, files: &[Output], report: &Report, picture: &dyn Fn() -> Picture) -> Result<(), Failure> {
        for file in files {
            file.write(report.table, picture)?;
        }
        let mut out = BufWriter::new(io::stdout().lock());
        match self.format {
            Format::Json => json::write(&Records(report.table), &mut out)?,
            Format::Csv => formats::csv(report.table, &mut out)?,
            Format::Table => report.print(&picture(), files, &mut out)?,
        }
        Ok(out.flush()?)
    }
}
