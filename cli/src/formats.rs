//! Data files: json, csv and npz.

use std::io::{self, Seek, Write};

use npyz::WriterBuilder;
use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, ZipWriter};

use crate::number::{exact, shortest};
use crate::table::{Column, Table};

fn text(column: &Column, row: usize) -> String {
    let value = column.values[row];
    if column.is_size { shortest(value) } else { exact(value) }
}

/// An array of records, one on each line; what is infinite is `null`, for JSON has no infinity.
pub fn json(table: &Table, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "[")?;
    for row in 0..table.rows() {
        write!(out, "{}{{", if row > 0 { ",\n" } else { "\n" })?;
        for (position, column) in table.columns.iter().enumerate() {
            let comma = if position > 0 { "," } else { "" };
            let value = if column.values[row].is_finite() { text(column, row) } else { "null".to_owned() };
            write!(out, "{comma}\"{}\":{value}", column.name)?;
        }
        write!(out, "}}")?;
    }
    writeln!(out, "\n]")
}

/// A line of names, then a line for each point.
pub fn csv(table: &Table, out: &mut dyn Write) -> io::Result<()> {
    let names: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
    writeln!(out, "{}", names.join(","))?;
    for row in 0..table.rows() {
        for (position, column) in table.columns.iter().enumerate() {
            let comma = if position > 0 { "," } else { "" };
            write!(out, "{comma}{}", text(column, row))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// One array of doubles for each column, as `numpy.load` reads them.
pub fn npz(table: &Table, out: impl Write + Seek) -> io::Result<()> {
    let mut archive = ZipWriter::new(out);
    // doubles hardly compress; the fixed date of the default keeps equal results equal files
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for column in &table.columns {
        archive.start_file(format!("{}.npy", column.name), options)?;
        let mut array = npyz::WriteOptions::new()
            .default_dtype()
            .shape(&[column.values.len() as u64])
            .writer(&mut archive)
            .begin_nd()?;
        array.extend(&column.values)?;
        array.finish()?;
    }
    archive.finish()?.flush()
}
