//! Long tables that are written block after block and never held as a whole.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use npyz::WriterBuilder;
use spectralaw::table::{Cells, Table};
use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, ZipWriter};

use crate::output::formats;
use crate::output::json::Rows;

/// What writes the blocks of a table one after the other, in the form of a file or of standard output.
pub enum Blocks<W> {
    /// Lines.
    Csv(W),
    /// Records.
    Json(Rows<W>),
    /// Arrays, each of which waits in a file of its own for the end.
    Npz(W, Vec<Waiting>),
}

impl<W: Write> Blocks<W> {
    /// Lines below the names of the columns.
    pub fn csv(columns: &Table, mut out: W) -> io::Result<Self> {
        formats::csv_names(columns, &mut out)?;
        Ok(Self::Csv(out))
    }

    /// An array of records.
    pub fn json(out: W) -> io::Result<Self> {
        Ok(Self::Json(Rows::begin(out)?))
    }

    /// Arrays of numbers; files beside `beside` hold them until the end.
    pub fn npz(columns: &Table, out: W, beside: &Path) -> io::Result<Self> {
        let waiting = |(position, name): (usize, &str)| Waiting::new(name, &format!("{}.{position}", beside.display()));
        Ok(Self::Npz(out, columns.names().enumerate().map(waiting).collect::<io::Result<_>>()?))
    }

    /// Writes further rows.
    pub fn add(&mut self, block: &Table) -> io::Result<()> {
        match self {
            Self::Csv(out) => formats::csv_rows(block, out),
            Self::Json(rows) => rows.add(block),
            Self::Npz(_, waiting) => {
                waiting.iter_mut().zip(block.columns()).try_for_each(|(own, column)| own.add(&column.cells))
            }
        }
    }
}

impl<W: Write> Blocks<W> {
    /// Writes what is left, of arrays all.
    pub fn end(self) -> io::Result<()>
    where
        W: Seek,
    {
        match self {
            Self::Npz(out, waiting) => {
                let mut archive = ZipWriter::new(out);
                waiting.into_iter().try_for_each(|own| own.write_to(&mut archive))?;
                archive.finish()?.flush()
            }
            lines => lines.end_of_lines(),
        }
    }

    /// Writes what is left of lines or records.
    pub fn end_of_lines(self) -> io::Result<()> {
        match self {
            Self::Csv(mut out) | Self::Npz(mut out, _) => out.flush(),
            Self::Json(rows) => rows.end(),
        }
    }
}

/// The numbers of a column in a file of their own, which is removed in any case.
pub struct Waiting {
    name: String,
    path: PathBuf,
    file: BufWriter<File>,
    count: u64,
}

impl Waiting {
    fn new(name: &str, path: &str) -> io::Result<Self> {
        let path = PathBuf::from(path);
        let file = File::options().read(true).write(true).create(true).truncate(true).open(&path)?;
        Ok(Self { name: name.to_owned(), path, file: BufWriter::new(file), count: 0 })
    }

    fn add(&mut self, cells: &Cells) -> io::Result<()> {
        // (tables of words are not written in blocks)
        let (Cells::Sizes(numbers) | Cells::Numbers(numbers)) = cells else { return Ok(()) };
        self.count += numbers.len() as u64;
        numbers.iter().try_for_each(|number| self.file.write_all(&number.to_le_bytes()))
    }

    fn write_to<W: Write + Seek>(mut self, archive: &mut ZipWriter<W>) -> io::Result<()> {
        self.file.flush()?;
        let mut file = self.file.get_ref();
        file.seek(SeekFrom::Start(0))?;
        let mut numbers = BufReader::new(file);
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        archive.start_file(format!("{}.npy", self.name), options)?;
        let mut array = npyz::WriteOptions::new().default_dtype().shape(&[self.count]).writer(archive).begin_nd()?;
        for _ in 0..self.count {
            let mut bytes = [0; 8];
            numbers.read_exact(&mut bytes)?;
            array.push(&f64::from_le_bytes(bytes))?;
        }
        array.finish()
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        // nobody is left to tell
        let _ = fs::remove_file(&self.path);
    }
}
