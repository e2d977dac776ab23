//! Parts of a sweep become the whole.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use spectralaw::table::Table;

use super::definition::Definition;
use super::job::write;
use super::shard::Shard;
use super::store::{CONTENTS, FIRST_LINE, Header, Kept, SHARD};
use super::units::Units;
use crate::failure::Failure;
use crate::inputs;
use crate::output::delivery::Threads;
use crate::output::file::Output;

/// Join the parts of a sweep that were computed with --shard; the result is that of an undivided sweep.
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  spectralaw merge part1.csv part2.csv --output results.csv --output figure.svg")]
pub struct Arguments {
    /// All parts, in any order.
    #[arg(value_name = "PART", required = true)]
    parts: Vec<PathBuf>,

    /// A file for the results: data as .csv, .json or .npz, a figure as .svg, .pdf or .png. May be repeated.
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    output: Vec<PathBuf>,

    #[command(flatten)]
    threads: Threads,
}

/// A file that was read: what it belongs to, and its text.
struct Part<'a> {
    path: &'a Path,
    bytes: Vec<u8>,
    /// The lines that all parts have in common.
    identity: String,
    shard: Shard,
}

impl<'a> Part<'a> {
    fn read(path: &'a Path) -> Result<Self, Failure> {
        let refuse = |problem: String| Failure::refused(format!("{}: {problem}", path.display()));
        inputs::reads(path)?;
        let bytes = fs::read(path).map_err(|error| refuse(format!("cannot be read ({error}): check the path")))?;
        let mut identity = String::new();
        let mut shard = Shard::WHOLE;
        for (i, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
            let line = String::from_utf8_lossy(line);
            if i == 0 && line.trim_end() != FIRST_LINE {
                return Err(refuse(format!("is no part of a sweep: its first line is not `{FIRST_LINE}`")));
            }
            match (line.strip_prefix(SHARD), line.starts_with("# ") && line.ends_with('\n')) {
                (Some(named), _) => shard = Shard::parse(named.trim_end()).map_err(refuse)?,
                (None, true) => identity += &line,
                (None, false) => break,
            }
        }
        if identity.is_empty() {
            return Err(refuse("is empty".to_owned()));
        }
        Ok(Self { path, bytes, identity, shard })
    }

    fn refuse(&self, problem: &str) -> Failure {
        Failure::refused(format!("{}: {problem}", self.path.display()))
    }

    /// What was swept, as the file itself says; measured spectra, which some figures need, are looked for beside it.
    fn definition(&self) -> Result<Definition, Failure> {
        let lines = self.identity.lines().skip(1).filter(|line| !line.starts_with(CONTENTS));
        let text: String = lines.filter_map(|line| line.strip_prefix("# ")).flat_map(|line| [line, "\n"]).collect();
        let folder = self.path.parent().unwrap_or(Path::new(""));
        Definition::parse(&text, folder).map_err(|problem| self.refuse(&problem))
    }
}

impl Arguments {
    /// Checks that the parts are one sweep, and writes it.
    pub fn run(self) -> Result<(), Failure> {
        let parts = self.parts.iter().map(|path| Part::read(path)).collect::<Result<Vec<_>, _>>()?;
        let Some(first) = parts.first() else { return Err(Failure::refused("no parts are given")) };
        check(first, &parts)?;
        let definition = first.definition()?;
        let units = Units::new(&definition).map_err(|failure| failure.within(&first.path.display().to_string()))?;
        let header = Header::of(first.identity.clone(), &units);
        let refused = units.no_figure.as_deref();
        if self.output.is_empty() {
            return Err(Failure::refused("where to? give --output, as in --output results.csv"));
        }
        let outputs = self.output.iter().map(|path| Output::new(path, refused)).collect::<Result<Vec<_>, _>>()?;

        let mut runs: Vec<(usize, Table, String)> = Vec::new();
        for part in &parts {
            let text = header.text(part.shard);
            let own = units.shard(part.shard.position, part.shard.count);
            let Some(rows) = part.bytes.strip_prefix(text.as_bytes()) else {
                return Err(part.refuse("its columns are not those of the sweep: it is damaged"));
            };
            let kept = Kept::new(rows, &text, &units, &own).map_err(|problem| part.refuse(&problem))?;
            if kept.units < own.len() {
                return Err(part.refuse(&format!(
                    "is not finished, {} of its {} runs are there: let the sweep continue it",
                    kept.units,
                    own.len()
                )));
            }
            let rows = kept.tables.into_iter().zip(kept.texts);
            runs.extend(own.iter().zip(rows).map(|(unit, (table, text))| (unit.index, table, text)));
        }
        runs.sort_by_key(|(index, ..)| *index);
        let text = runs.iter().fold(header.text(Shard::WHOLE), |text, (.., rows)| text + rows);
        let tables: Vec<Table> = runs.into_iter().map(|(_, table, _)| table).collect();
        let (csv, others): (Vec<Output>, Vec<Output>) = outputs.into_iter().partition(Output::is_csv);
        self.threads.compute(|| write(&others, None, &units, &tables))?;
        csv.iter().try_for_each(|output| output.write_text(&text))
    }
}

/// Refuses parts of different sweeps, and parts that are missing or there twice.
fn check(first: &Part, parts: &[Part]) -> Result<(), Failure> {
    let count = first.shard.count;
    let mut owners: Vec<Option<&Part>> = vec![None; count];
    for part in parts {
        if part.identity != first.identity {
            let lines = first.identity.lines().zip(part.identity.lines()).find(|(own, other)| own != other);
            let lines = lines.map(|(own, other)| format!(": `{other}` is not `{own}`")).unwrap_or_default();
            return Err(part.refuse(&format!("belongs to another sweep than {}{lines}", first.path.display())));
        }
        if part.shard.count != count {
            return Err(part.refuse(&format!(
                "is part {}, but {} is part {}: join parts of one division",
                part.shard,
                first.path.display(),
                first.shard
            )));
        }
        let owner = &mut owners[part.shard.position];
        if let Some(owner) = owner {
            return Err(part.refuse(&format!(
                "is part {}, and so is {}: give it once",
                part.shard,
                owner.path.display()
            )));
        }
        *owner = Some(part);
    }
    let missing: Vec<String> = (0..count)
        .filter(|&position| owners[position].is_none())
        .map(|position| Shard { position, count }.to_string())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let shown = missing.iter().take(8).cloned().collect::<Vec<_>>().join(", ");
    let more = if missing.len() > 8 { format!(" and {} more", missing.len() - 8) } else { String::new() };
    Err(Failure::refused(format!("parts are missing: {shown}{more}")))
}
