//! Data files: csv and npz.

use std::borrow::Cow;
use std::io::{self, Seek, Write};

use npyz::WriterBuilder;
use spectralaw::table::{Cells, Column, Table};
use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, ZipWriter};

use crate::number::{exact, shortest};

/// Infinite numbers are `inf`, undefined ones are empty.
pub fn csv_field(column: &Column, row: usize) -> String {
    match &column.cells {
        Cells::Sizes(numbers) | Cells::Numbers(numbers) if numbers[row].is_nan() => String::new(),
        Cells::Sizes(numbers) => shortest(numbers[row]),
        Cells::Numbers(numbers) => exact(numbers[row]),
        Cells::Words(words) => field(&words[row]),
    }
}

/// Text as csv has it, in quotes only where it needs them.
fn field(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

/// A line of names, then a line for each point.
pub fn csv(table: &Table, out: &mut dyn Write) -> io::Result<()> {
    csv_names(table, out)?;
    csv_rows(table, out)
}

/// A line of names.
pub fn csv_names(table: &Table, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", table.names().collect::<Vec<_>>().join(","))
}

/// A line for each point.
pub fn csv_rows(table: &Table, out: &mut dyn Write) -> io::Result<()> {
    for row in 0..table.rows() {
        for (position, column) in table.columns().iter().enumerate() {
            let comma = if position > 0 { "," } else { "" };
            write!(out, "{comma}{}", csv_field(column, row))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// One array of doubles, or of text, for each column, as `numpy.load` reads them.
pub fn npz(table: &Table, out: impl Write + Seek) -> io::Result<()> {
    let mut archive = ZipWriter::new(out);
    // doubles hardly compress; the fixed date of the default keeps equal results equal files
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for column in table.columns() {
        archive.start_file(format!("{}.npy", column.name), options)?;
        match &column.cells {
            Cells::Sizes(numbers) | Cells::Numbers(numbers) => write_numbers(numbers, &mut archive)?,
            Cells::Words(words) => write_words(words, &mut archive)?,
        }
    }
    archive.finish()?.flush()
}

fn write_numbers(numbers: &[f64], out: &mut dyn Write) -> io::Result<()> {
    let shape = [numbers.len() as u64];
    let mut array = npyz::WriteOptions::new().default_dtype().shape(&shape).writer(out).begin_nd()?;
    array.extend(numbers)?;
    array.finish()
}

/// Text of four bytes for each character, filled up with zeros, which the writer of arrays does not know.
fn write_words(words: &[Cow<'static, str>], out: &mut dyn Write) -> io::Result<()> {
    let longest = words.iter().map(|word| word.chars().count()).max().unwrap_or(0).max(1);
    let header = format!("{{'descr': '<U{longest}', 'fortran_order': False, 'shape': ({},), }}", words.len());
    // magic number, version and length take 10 bytes; data begins at a multiple of 64
    let length = (header.len() + 11).next_multiple_of(64) - 10;
    out.write_all(b"\x93NUMPY\x01\x00")?;
    out.write_all(&(length as u16).to_le_bytes())?;
    writeln!(out, "{header:<0$}", length - 1)?;
    for word in words {
        let characters = word.chars().map(u32::from).chain(std::iter::repeat(0)).take(longest);
        out.write_all(&characters.flat_map(u32::to_le_bytes).collect::<Vec<u8>>())?;
    }
    Ok(())
}
