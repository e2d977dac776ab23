//! Results as they are kept: a csv file that says which sweep it belongs to, to which runs are appended one by one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use spectralaw::table::{Cells, Column, Table};

use super::definition::Definition;
use super::shard::Shard;
use super::units::{Unit, Units};
use crate::failure::Failure;
use crate::inputs;
use crate::number;
use crate::output::file::behind_links;
use crate::output::formats;

/// The first line of every file; results of another version are not continued.
pub const FIRST_LINE: &str = concat!("# spectralaw ", env!("CARGO_PKG_VERSION"), " sweep");

/// What begins the line that names a shard.
pub const SHARD: &str = "# # shard ";

/// What begins the line that names the contents of a file.
pub const CONTENTS: &str = "# # contents of ";

/// Everything before the rows of a file: what is computed, from which files, and the names of the columns.
pub struct Header {
    /// Lines that are the same in all parts of a sweep.
    pub identity: String,
    /// The names of the columns.
    names: String,
}

impl Header {
    /// Of a sweep that is to be computed, with the contents of the files that it reads.
    pub fn new(definition: &Definition, units: &Units) -> Result<Self, Failure> {
        let mut identity = format!("{FIRST_LINE}\n");
        for line in definition.lines() {
            identity += &format!("# {line}\n");
        }
        for (name, path) in definition.spectra() {
            // the runs get what is read here
            identity += &format!("{CONTENTS}{name}: {:016x}\n", inputs::modes(&path)?.modes.fingerprint);
        }
        Ok(Self::of(identity, units))
    }

    /// With lines that were read from a file.
    pub fn of(identity: String, units: &Units) -> Self {
        let names: Vec<String> = units.columns().iter().map(|column| column.name.to_string()).collect();
        Self { identity, names: format!("{},{CHECK}\n", names.join(",")) }
    }

    /// The text at the beginning of a file.
    pub fn text(&self, shard: Shard) -> String {
        let shard = if shard.count > 1 { format!("{SHARD}{shard}\n") } else { String::new() };
        format!("{}{shard}{}", self.identity, self.names)
    }
}

/// The column of checksums.
const CHECK: &str = "check";

/// A number that changes with every change of a line that is made by chance (FNV-1a of 64 bits, both halves together).
fn checksum(line: &str) -> u32 {
    let hash = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let long = line.bytes().fold(0xcbf2_9ce4_8422_2325, hash);
    (long ^ (long >> 32)) as u32
}

/// As often what was written is brought to the disk, which takes long: a process that dies loses nothing, a machine no
/// more than this.
const SYNCED: Duration = Duration::from_secs(1);

/// A file to which results are appended.
pub struct Store {
    path: PathBuf,
    file: File,
    /// How many of the runs are in it.
    pub done: usize,
}

impl Store {
    /// Opens a file, creates it, or continues it after the last of its runs that is whole.
    pub fn open(path: &Path, header: &str, units: &Units, own: &[&Unit]) -> Result<Self, Failure> {
        let refuse = |problem: String| Failure::refused(format!("--output {}: {problem}", path.display()));
        let told = |error: io::Error| refuse(format!("cannot be written ({error})"));
        if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
            return Err(refuse("is no file but a pipe, a device or a directory: name a file".to_owned()));
        }
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(told)?;
        if file.try_lock().is_err() {
            return Err(refuse("another run is writing it: wait for it, or choose another file".to_owned()));
        }
        let bytes = fs::read(path).map_err(told)?;
        let (length, done) = if header.as_bytes().starts_with(&bytes) {
            file.set_len(0).map_err(told)?;
            file.write_all(header.as_bytes()).and_then(|()| file.sync_data()).map_err(told)?;
            (header.len(), 0)
        } else {
            let Some(rows) = bytes.strip_prefix(header.as_bytes()) else {
                let why = foreign(header, &bytes);
                return Err(refuse(format!("holds something else ({why}): choose another file, or remove it")));
            };
            let kept = Kept::new(rows, header, units, own).map_err(refuse)?;
            (header.len() + kept.length, kept.units)
        };
        file.set_len(length as u64).and_then(|()| file.seek(SeekFrom::End(0))).map_err(told)?;
        Ok(Self { path: path.to_owned(), file, done })
    }

    /// Removes a file to which nothing was added.
    pub fn discard_if_empty(&self) {
        if self.done == 0 {
            // the failure of the runs is the one to tell
            let _ = fs::remove_file(behind_links(&self.path));
        }
    }

    /// Adds the next run: it is in the file when this returns, and stays there if the process dies.
    pub fn append(&mut self, table: &Table) -> Result<(), Failure> {
        self.file.write_all(rows(table).as_bytes()).map_err(|error| self.refuse(&error))?;
        self.done += 1;
        Ok(())
    }

    /// Does work that appends runs; all of them are on the disk a second later, and when this returns.
    pub fn synced(&mut self, work: impl FnOnce(&mut Self) -> Result<(), Failure>) -> Result<(), Failure> {
        let twin = self.file.try_clone().map_err(|error| self.refuse(&error))?;
        let (end, wait) = mpsc::channel::<()>();
        let worked = thread::scope(|scope| {
            scope.spawn(move || {
                while wait.recv_timeout(SYNCED) == Err(RecvTimeoutError::Timeout) {
                    // the last time tells whether it failed
                    let _ = twin.sync_data();
                }
            });
            let worked = work(self);
            drop(end);
            worked
        });
        worked.and(self.file.sync_data().map_err(|error| self.refuse(&error)))
    }

    fn refuse(&self, error: &io::Error) -> Failure {
        Failure::refused(format!("--output {}: could not be written: {error}", self.path.display()))
    }
}

/// The rows of a table as lines of csv.
fn rows(table: &Table) -> String {
    let line = |row: usize| {
        let fields: Vec<String> = table.columns().iter().map(|column| formats::csv_field(column, row)).collect();
        let line = fields.join(",");
        format!("{line},{}\n", checksum(&line))
    };
    (0..table.rows()).map(line).collect()
}

/// What of the rows of a file is whole.
pub struct Kept {
    /// Bytes.
    pub length: usize,
    /// Runs.
    pub units: usize,
    /// The results of each of them.
    pub tables: Vec<Table>,
    /// Their text.
    pub texts: Vec<String>,
}

impl Kept {
    /// Reads the rows of a file after its header; a run that is not whole at its end is left out, anything else that is
    /// not as it was written is refused.
    pub fn new(bytes: &[u8], header: &str, units: &Units, own: &[&Unit]) -> Result<Self, String> {
        let schema = units.columns();
        let mut kept = Self { length: 0, units: 0, tables: Vec::new(), texts: Vec::new() };
        let mut line = header.lines().count();
        let mut rest = bytes;
        for unit in own {
            let mut columns = schema.clone();
            let prefix = prefix(units, unit);
            let mut length = 0;
            for _ in 0..unit.rows {
                let Some(end) = rest[length..].iter().position(|byte| *byte == b'\n') else { return Ok(kept) };
                line += 1;
                let text = std::str::from_utf8(&rest[length..length + end]).ok();
                let added = text.filter(|text| text.starts_with(&prefix)).and_then(|text| add(&mut columns, text));
                if added.is_none() {
                    return Err(format!(
                        "line {line} is damaged, it is no row of run {}: remove it and all that follows, or choose another file",
                        unit.index
                    ));
                }
                length += end + 1;
            }
            kept.texts.push(String::from_utf8_lossy(&rest[..length]).into_owned());
            kept.tables.push(Table::new(columns).map_err(|error| error.to_string())?);
            rest = &rest[length..];
            kept.length += length;
            kept.units += 1;
        }
        if rest.is_empty() {
            Ok(kept)
        } else {
            Err(format!("line {} is damaged, nothing follows the last run: remove it and all that follows", line + 1))
        }
    }
}

/// What all rows of a run begin with.
fn prefix(units: &Units, unit: &Unit) -> String {
    let columns = units.prefix(unit, 1);
    columns.iter().map(|column| formats::csv_field(column, 0) + ",").collect()
}

/// Adds a row that was read; none if it is not one.
fn add(columns: &mut [Column], line: &str) -> Option<()> {
    let (line, check) = line.rsplit_once(',')?;
    if check != checksum(line).to_string() {
        return None;
    }
    let fields = fields(line)?;
    if fields.len() != columns.len() {
        return None;
    }
    for (Column { cells, .. }, field) in columns.iter_mut().zip(fields) {
        match cells {
            Cells::Sizes(numbers) => {
                let value: f64 = field.parse().ok()?;
                numbers.push(Some(value).filter(|value| number::shortest(*value) == field)?);
            }
            Cells::Numbers(numbers) if field.is_empty() => numbers.push(f64::NAN),
            Cells::Numbers(numbers) => {
                let value: f64 = field.parse().ok()?;
                numbers.push(Some(value).filter(|value| number::exact(*value) == field)?);
            }
            Cells::Words(words) => words.push(field.into()),
        }
    }
    Some(())
}

/// The fields of a line of csv; none if its quotes do not match.
fn fields(line: &str) -> Option<Vec<String>> {
    let mut fields = Vec::new();
    let mut rest = line;
    loop {
        let (field, after) = match rest.strip_prefix('"') {
            None => {
                let end = rest.find(',').unwrap_or(rest.len());
                (rest[..end].to_owned(), &rest[end..])
            }
            Some(quoted) => {
                let mut end = quoted.find('"')?;
                while quoted[end + 1..].starts_with('"') {
                    end += 2 + quoted[end + 2..].find('"')?;
                }
                (quoted[..end].replace("\"\"", "\""), &quoted[end + 1..])
            }
        };
        fields.push(field);
        match after.strip_prefix(',') {
            Some(more) => rest = more,
            None => return after.is_empty().then_some(fields),
        }
    }
}

/// Characters of a line that are told.
const SHOWN: usize = 80;

/// The first difference between a header and a file that does not begin with it.
fn foreign(header: &str, bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let difference = header.lines().zip(text.lines()).find(|(own, other)| own != other);
    match difference {
        Some((own, other)) => {
            // of long lines what differs
            let same = own.chars().zip(other.chars()).take_while(|(x, y)| x == y).count();
            let skipped = if same < SHOWN { 0 } else { same - SHOWN / 4 };
            let shown = |line: &str| {
                let shown: String = line.chars().skip(skipped).take(SHOWN).collect();
                if skipped > 0 { format!("...{shown}") } else { shown }
            };
            format!("`{}` where this sweep has `{}`", shown(other), shown(own))
        }
        None => "its header is not whole".to_owned(),
    }
}

/// The tables one below the other.
pub fn joined(units: &Units, tables: &[Table]) -> Result<Table, Failure> {
    let mut whole = Table::new(units.columns())?;
    tables.iter().try_for_each(|table| whole.append(table))?;
    Ok(whole)
}
