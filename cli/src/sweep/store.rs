//! Results as they are kept: a csv file that says which sweep it belongs to, to which runs are appended one by one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::definition::Definition;
use super::shard::Shard;
use super::units::{Unit, Units};
use crate::failure::Failure;
use crate::formats;
use crate::number;
use crate::table::{Cells, Column, Table};

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
            let bytes = fs::read(&path).map_err(|error| {
                Failure::refused(format!("{}: cannot be opened ({error}): check the path", path.display()))
            })?;
            identity += &format!("{CONTENTS}{name}: {:016x}\n", fingerprint(&bytes));
        }
        Ok(Self::of(identity, units))
    }

    /// With lines that were read from a file.
    pub fn of(identity: String, units: &Units) -> Self {
        let columns = units.columns();
        let names: Vec<String> = columns.columns.iter().map(|column| column.name.to_string()).collect();
        Self { identity, names: names.join(",") + "\n" }
    }

    /// The text at the beginning of a file.
    pub fn text(&self, shard: Shard) -> String {
        let shard = if shard.count > 1 { format!("{SHARD}{shard}\n") } else { String::new() };
        format!("{}{shard}{}", self.identity, self.names)
    }
}

/// FNV-1a of 64 bits: tells files apart that differ by chance, not by malice.
fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

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
            let _ = fs::remove_file(&self.path);
        }
    }

    /// Adds the next run: it is on the disk when this returns.
    pub fn append(&mut self, table: &Table) -> Result<(), Failure> {
        let text = rows(table);
        let written = self.file.write_all(text.as_bytes()).and_then(|()| self.file.sync_data());
        written.map_err(|error| {
            Failure::refused(format!("--output {}: could not be written: {error}", self.path.display()))
        })?;
        self.done += 1;
        Ok(())
    }
}

/// The rows of a table as lines of csv.
fn rows(table: &Table) -> String {
    let line = |row: usize| {
        let fields: Vec<String> = table.columns.iter().map(|column| formats::csv_field(column, row)).collect();
        fields.join(",") + "\n"
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
            let mut table = schema.clone();
            let prefix = prefix(units, unit);
            let mut length = 0;
            for _ in 0..unit.rows {
                let Some(end) = rest[length..].iter().position(|byte| *byte == b'\n') else { return Ok(kept) };
                line += 1;
                let text = std::str::from_utf8(&rest[length..length + end]).ok();
                let added = text.filter(|text| text.starts_with(&prefix)).and_then(|text| add(&mut table, text));
                if added.is_none() {
                    return Err(format!(
                        "line {line} is damaged, it is no row of run {}: remove it and all that follows, or choose another file",
                        unit.index
                    ));
                }
                length += end + 1;
            }
            kept.texts.push(String::from_utf8_lossy(&rest[..length]).into_owned());
            kept.tables.push(table);
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
    rows(&Table { columns: units.prefix(unit, 1) }).trim_end().to_owned() + ","
}

/// Adds a row that was read; none if it is not one.
fn add(table: &mut Table, line: &str) -> Option<()> {
    let fields = fields(line)?;
    if fields.len() != table.columns.len() {
        return None;
    }
    for (Column { cells, .. }, field) in table.columns.iter_mut().zip(fields) {
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

/// The first difference between a header and a file that does not begin with it.
fn foreign(header: &str, bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let difference = header.lines().zip(text.lines()).find(|(own, other)| own != other);
    let shown = |line: &str| line.chars().take(80).collect::<String>();
    match difference {
        Some((own, other)) => format!("`{}` where this sweep has `{}`", shown(other), shown(own)),
        None => "its header is not whole".to_owned(),
    }
}

/// The tables one below the other.
pub fn joined(units: &Units, tables: &[Table]) -> Table {
    let mut whole = units.columns();
    tables.iter().for_each(|table| whole.append(table));
    whole
}
