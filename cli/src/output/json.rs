//! JSON: numbers as in all data, and every record, or member of an answer, on a line of its own.

use std::io::{self, Write};

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::ser::Formatter;
use spectralaw::table::{Cells, Column, Table};

use crate::number::exact;

/// Writes a value, and ends the line.
pub fn write(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut *out, Lines::default()))?;
    writeln!(out)
}

/// Where lines are broken, and how numbers are written.
#[derive(Default)]
struct Lines {
    /// Arrays and objects that are open.
    depth: usize,
}

impl Lines {
    /// Begins the next item of what is open, on a new line if that is an answer or a list in it.
    fn item<W: ?Sized + Write>(&self, out: &mut W, is_first: bool, deepest: usize) -> io::Result<()> {
        let comma = if is_first { "" } else { "," };
        let line = if self.depth <= deepest { "\n" } else { "" };
        write!(out, "{comma}{line}")
    }

    /// Ends what is open.
    fn end<W: ?Sized + Write>(&mut self, out: &mut W, bracket: &str, deepest: usize) -> io::Result<()> {
        let line = if self.depth <= deepest { "\n" } else { "" };
        self.depth -= 1;
        write!(out, "{line}{bracket}")
    }
}

/// Arrays and objects that are at most so deep have an item on each line.
const DEEPEST_ARRAY: usize = 2;
const DEEPEST_OBJECT: usize = 1;

impl Formatter for Lines {
    fn write_f64<W: ?Sized + Write>(&mut self, out: &mut W, value: f64) -> io::Result<()> {
        write!(out, "{}", exact(value))
    }

    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.depth += 1;
        write!(out, "[")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, is_first: bool) -> io::Result<()> {
        self.item(out, is_first, DEEPEST_ARRAY)
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.end(out, "]", DEEPEST_ARRAY)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.depth += 1;
        write!(out, "{{")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, is_first: bool) -> io::Result<()> {
        self.item(out, is_first, DEEPEST_OBJECT)
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.end(out, "}", DEEPEST_OBJECT)
    }
}

/// An array of records that is written block after block.
pub struct Rows<W> {
    out: W,
    is_first: bool,
}

impl<W: Write> Rows<W> {
    /// Opens the array.
    pub fn begin(mut out: W) -> io::Result<Self> {
        write!(out, "[")?;
        Ok(Self { out, is_first: true })
    }

    /// Adds the rows of a table.
    pub fn add(&mut self, table: &Table) -> io::Result<()> {
        for row in 0..table.rows() {
            let inside = Lines { depth: 1 };
            inside.item(&mut self.out, self.is_first, DEEPEST_ARRAY)?;
            self.is_first = false;
            let record = Record { columns: table.columns(), row };
            record.serialize(&mut serde_json::Serializer::with_formatter(&mut self.out, inside))?;
        }
        Ok(())
    }

    /// Closes the array, and ends the line.
    pub fn end(mut self) -> io::Result<()> {
        Lines { depth: 1 }.end(&mut self.out, "]", DEEPEST_ARRAY)?;
        writeln!(self.out)?;
        self.out.flush()
    }
}

/// A table as an array of records.
pub struct Records<'a>(pub &'a Table);

impl Serialize for Records<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((0..self.0.rows()).map(|row| Record { columns: self.0.columns(), row }))
    }
}

struct Record<'a> {
    columns: &'a [Column],
    row: usize,
}

impl Serialize for Record<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut record = serializer.serialize_map(Some(self.columns.len()))?;
        for Column { name, cells } in self.columns {
            match cells {
                // whole ones below 1e16 are written as such, what is infinite or undefined is null
                Cells::Sizes(sizes) if is_written_whole(sizes[self.row]) => {
                    record.serialize_entry(name, &(sizes[self.row] as i64))?;
                }
                Cells::Sizes(numbers) | Cells::Numbers(numbers) => record.serialize_entry(name, &numbers[self.row])?,
                Cells::Words(words) => record.serialize_entry(name, &words[self.row])?,
            }
        }
        record.end()
    }
}

/// Whether a size is written as an integer; larger ones have an exponent.
fn is_written_whole(size: f64) -> bool {
    size.fract().abs() <= 0.0 && size.abs() < 1e16
}
