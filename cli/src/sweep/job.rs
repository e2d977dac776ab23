//! One sweep: its runs, and where their results go.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use spectralaw::table::Table;

use super::definition::Definition;
use super::drawing::Drawing;
use super::figure;
use super::shard::Shard;
use super::store::{Header, Kept, Store, joined};
use super::units::{Unit, Units};
use crate::failure::Failure;
use crate::inputs;
use crate::output::delivery::Threads;
use crate::output::file::{Output, behind_links};
use crate::plot::picture::Picture;
use crate::progress::Progress;

/// A sweep that was checked.
pub struct Job<'a> {
    file: &'a Path,
    definition: Definition,
    units: Units,
    targets: Targets,
    outputs: Vec<Output>,
    shard: Shard,
}

impl<'a> Job<'a> {
    /// Checks all that can be checked before any work; results go to what is asked for, or to what the file names.
    pub fn new(file: &'a Path, asked: &[PathBuf], shard: Option<Shard>) -> Result<Self, Failure> {
        let within = |failure: Failure| failure.within(&file.display().to_string());
        inputs::reads(file)?;
        let definition = Definition::read(file)?;
        let units = Units::new(&definition).map_err(within)?;
        let targets = Targets::new(if asked.is_empty() { &definition.output } else { asked }, shard.is_some())?;
        inputs::writes(&behind_links(&targets.store))?;
        definition.spectra().iter().try_for_each(|(_, path)| inputs::reads(path))?;
        let no_figure =
            units.no_figure.as_deref().filter(|_| !definition.drawing.as_ref().is_some_and(Drawing::is_own));
        let outputs = targets.others.iter().map(|path| Output::new(path, no_figure)).collect::<Result<_, _>>()?;
        definition.drawing.iter().try_for_each(|drawing| figure::check(drawing, &units)).map_err(within)?;
        Ok(Self { file, definition, units, targets, outputs, shard: shard.unwrap_or(Shard::WHOLE) })
    }

    /// Computes what is missing, writes the rest.
    pub fn run(&self, threads: &Threads) -> Result<(), Failure> {
        let header = Header::new(&self.definition, &self.units)?;
        let text = header.text(self.shard);
        let own = self.units.shard(self.shard.position, self.shard.count);
        let mut store = Store::open(&self.targets.store, &text, &self.units, &own)?;
        let computed = threads.compute(|| store.synced(|store| continued(store, &self.units, &own)));
        if let Err(failure) = computed {
            store.discard_if_empty();
            return Err(failure);
        }
        let mut notes = Vec::new();
        if !self.outputs.is_empty() {
            let bytes = fs::read(&self.targets.store).map_err(|error| self.refuse("read", &error))?;
            let rows = bytes.get(text.len()..).unwrap_or_default();
            let kept = Kept::new(rows, &text, &self.units, &own).map_err(Failure::refused)?;
            let drawing = self.definition.drawing.as_ref();
            notes = threads
                .compute(|| write(&self.outputs, drawing, &self.units, &kept.tables))
                .map_err(|failure| failure.within(&self.file.display().to_string()))?;
        }
        if self.targets.is_hidden {
            fs::remove_file(&self.targets.store).map_err(|error| self.refuse("removed", &error))?;
        }
        let mut out = io::stdout().lock();
        self.targets.written().try_for_each(|path| writeln!(out, "wrote {}", path.display()))?;
        Ok(notes.iter().try_for_each(|note| writeln!(out, "{note}"))?)
    }

    fn refuse(&self, done: &str, error: &std::io::Error) -> Failure {
        Failure::refused(format!("{}: cannot be {done}: {error}", self.targets.store.display()))
    }
}

/// Refuses sweeps that write the same file.
pub fn refuse_common_outputs(jobs: &[Job]) -> Result<(), Failure> {
    let files =
        |job: &Job| -> Vec<PathBuf> { job.targets.others.iter().cloned().chain([job.targets.store.clone()]).collect() };
    for (i, job) in jobs.iter().enumerate() {
        let own = files(job);
        for other in &jobs[..i] {
            if let Some(common) = files(other).into_iter().find(|file| own.contains(file)) {
                return Err(Failure::refused(format!(
                    "{} and {} both write {}: give them different outputs",
                    other.file.display(),
                    job.file.display(),
                    common.display()
                )));
            }
        }
    }
    Ok(())
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

/// Writes what can be made from finished results; what is to be said of a figure.
pub fn write(
    outputs: &[Output],
    drawing: Option<&Drawing>,
    units: &Units,
    tables: &[Table],
) -> Result<Vec<String>, Failure> {
    let whole = joined(units, tables)?;
    let is_drawn = outputs.iter().any(Output::is_figure);
    let picture = if is_drawn { Some(figure::picture(drawing, units, tables, &whole)?) } else { None };
    let drawn = || picture.clone().unwrap_or_else(Picture::unasked);
    outputs.iter().try_for_each(|output| output.write(&whole, &drawn))?;
    Ok(match picture {
        Some(Picture::Curves(chart)) => chart.notes,
        _ => Vec::new(),
    })
}

/// Where results are kept, and what is made from them.
struct Targets {
    store: PathBuf,
    /// Whether nobody asked for it.
    is_hidden: bool,
    others: Vec<PathBuf>,
}

impl Targets {
    /// The files that were asked for.
    fn written(&self) -> impl Iterator<Item = &PathBuf> {
        (!self.is_hidden).then_some(&self.store).into_iter().chain(&self.others)
    }

    fn new(paths: &[PathBuf], is_part: bool) -> Result<Self, Failure> {
        let is_csv = |path: &PathBuf| path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
        let (csv, others): (Vec<PathBuf>, Vec<PathBuf>) = paths.iter().cloned().partition(is_csv);
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
            (Some(store), _) => Ok(Self { store: store.clone(), is_hidden: false, others }),
            (None, Some(first)) => {
                let name = first.file_name().unwrap_or_default().to_string_lossy();
                Ok(Self { store: first.with_file_name(format!(".{name}.sweep.csv")), is_hidden: true, others })
            }
            (None, None) => Err(Failure::refused(
                "where to? give --output, as in --output results.csv, or the key `output` in the file",
            )),
        }
    }
}
