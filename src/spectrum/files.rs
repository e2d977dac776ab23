//! Spectra from files: csv, npz and npy.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::Path;

use npyz::{NpyFile, Order};
use zip::ZipArchive;
use zip::result::ZipError;

use super::Spectrum;
use crate::error::{Error, Result};

/// Arrays with more numbers are refused before memory is asked for.
const LARGEST_COUNT: u64 = 1 << 28;

/// Headers of plain arrays are 128 bytes long; longer ones are for records, or made to exhaust the parser.
const LARGEST_HEADER: usize = 1024;

/// What a file says, before it is a spectrum.
#[derive(Default)]
struct Columns {
    eigenvalue: Vec<f64>,
    target_power: Vec<f64>,
    multiplicity: Option<Vec<f64>>,
    floor: f64,
}

/// What is wrong with a file, and the remedy.
type Problem = String;

impl Spectrum {
    /// Reads a measured spectrum from a file, whose ending says how.
    ///
    /// - `.csv`: the columns `eigenvalue` and `target_power`, and optionally `multiplicity`, in any order; other columns
    ///   are ignored.
    /// - `.npz`: one-dimensional arrays of these names, and optionally the scalar `floor`.
    /// - `.npy`: an array of shape (modes, 2) or (modes, 3), with these columns in this order.
    ///
    /// Arrays hold integers or floating-point numbers of 4 or 8 bytes. Multiplicities and the floor mean what they do
    /// in [`from_modes_with_multiplicity`](Self::from_modes_with_multiplicity) and [`with_floor`](Self::with_floor).
    ///
    /// # Errors
    ///
    /// [`Error::File`] names the file, what is wrong with it (with line and column of a csv file) and the remedy.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use spectralaw::Spectrum;
    ///
    /// let spectrum = Spectrum::read("digits.npz")?;
    /// println!("{} modes", spectrum.modes());
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let refused = |problem: Problem| Error::File { path: path.display().to_string(), problem };
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
        let read = match ending.as_deref() {
            Some("csv") => from_csv,
            Some("npz") => from_npz,
            Some("npy") => from_npy,
            _ => return Err(refused("the ending says how to read a spectrum: use .csv, .npz or .npy".into())),
        };
        let file = File::open(path).map_err(|error| refused(format!("cannot be opened ({error}): check the path")))?;
        let columns = read(file).map_err(refused)?;
        let spectrum = match &columns.multiplicity {
            Some(m) => Self::from_modes_with_multiplicity(&columns.eigenvalue, &columns.target_power, m),
            None => Self::from_modes(&columns.eigenvalue, &columns.target_power),
        };
        spectrum.and_then(|spectrum| spectrum.with_floor(columns.floor)).map_err(|error| refused(error.to_string()))
    }
}

fn from_csv(file: File) -> std::result::Result<Columns, Problem> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(&file);
    let refused = |error| csv_problem(error, &file);
    let header = reader.headers().map_err(refused)?.clone();
    if header.is_empty() {
        return Err("is empty: give the columns eigenvalue,target_power and a line for each mode".into());
    }
    let position = |name: &str| header.iter().position(|column| column == name);
    let required = |name: &str| {
        let found = header.iter().collect::<Vec<_>>().join(",");
        position(name).ok_or(format!("has no column {name} (its first line is `{found}`): name it in the first line"))
    };
    let (eigenvalue, target_power) = (required("eigenvalue")?, required("target_power")?);
    let multiplicity = position("multiplicity");
    let mut columns = Columns { multiplicity: multiplicity.map(|_| Vec::new()), ..Columns::default() };
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(refused)? {
        let number = |column: usize| {
            let text = record.get(column).unwrap_or_default();
            text.parse().ok().filter(|x: &f64| *x >= 0.0 && x.is_finite()).ok_or_else(|| {
                let (line, name) = (line_of(&file, record.position()), &header[column]);
                format!("line {line}, column {name}: `{text}` must be a finite number that is at least 0")
            })
        };
        columns.eigenvalue.push(number(eigenvalue)?);
        columns.target_power.push(number(target_power)?);
        if let (Some(values), Some(column)) = (&mut columns.multiplicity, multiplicity) {
            values.push(number(column)?);
        }
    }
    if columns.eigenvalue.is_empty() {
        return Err("has no modes: give a line for each mode below the names of the columns".into());
    }
    Ok(columns)
}

fn csv_problem(error: csv::Error, file: &File) -> Problem {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => {
            let line = line_of(file, pos.as_ref());
            format!("line {line} has {len} fields but the first line has {expected_len}: give one for each column")
        }
        csv::ErrorKind::Utf8 { pos, .. } => {
            format!("line {} is not text: save the file as comma-separated text", line_of(file, pos.as_ref()))
        }
        _ => format!("cannot be read ({error}): save it as comma-separated text"),
    }
}

/// The line of a record, as editors count: the parser's own count misses blank lines right before the record.
fn line_of(mut file: &File, record: Option<&csv::Position>) -> u64 {
    let before = record.map_or(0, csv::Position::byte);
    let mut line = 1;
    if file.seek(SeekFrom::Start(0)).is_ok() {
        let bytes = BufReader::new(file).bytes().map_while(io::Result::ok);
        let up_to_record = bytes.zip(0_u64..).take_while(|(byte, at)| *at < before || byte.is_ascii_whitespace());
        line += up_to_record.filter(|(byte, _)| *byte == b'\n').count() as u64;
    }
    line
}

fn from_npz(file: File) -> std::result::Result<Columns, Problem> {
    let mut archive = ZipArchive::new(BufReader::new(file))
        .map_err(|error| format!("is not a whole npz file ({error}): write it with numpy.savez"))?;
    let mut member = |name: &str| -> std::result::Result<Option<Array>, Problem> {
        let member = match archive.by_name(&format!("{name}.npy")) {
            Ok(member) => member,
            Err(ZipError::FileNotFound) => return Ok(None),
            Err(error) => return Err(format!("array {name} cannot be read ({error}): write it with numpy.savez")),
        };
        let size = member.size();
        Array::read(member, size).map(Some).map_err(|problem| format!("array {name} {problem}"))
    };
    let missing = |name: &str| format!("has no array {name}: write numpy.savez(file, eigenvalue=.., target_power=..)");
    let mut list = |name: &str| match member(name)? {
        Some(array) if array.shape.len() == 1 => Ok(Some(array.values)),
        Some(array) => Err(format!("array {name} has shape {}, but must be a list: ravel it", array.shape_in_words())),
        None => Ok(None),
    };
    let eigenvalue = list("eigenvalue")?.ok_or_else(|| missing("eigenvalue"))?;
    let target_power = list("target_power")?.ok_or_else(|| missing("target_power"))?;
    let multiplicity = list("multiplicity")?;
    let floor = match member("floor")? {
        Some(array) => match array.values[..] {
            [floor] => floor,
            _ => {
                let shape = array.shape_in_words();
                return Err(format!("array floor has shape {shape}, but must be a single number: sum it"));
            }
        },
        None => 0.0,
    };
    Ok(Columns { eigenvalue, target_power, multiplicity, floor })
}

fn from_npy(file: File) -> std::result::Result<Columns, Problem> {
    let size = file.metadata().map_err(read_problem)?.len();
    let array = Array::read(BufReader::new(file), size)?;
    let [modes, width @ 2..=3] = array.shape[..] else {
        return Err(format!(
            "has shape {}, but must have shape (modes, 2) or (modes, 3): columns eigenvalue, target_power[, multiplicity]",
            array.shape_in_words()
        ));
    };
    // both fit: their product is the number of values
    let (modes, width) = (modes as usize, width as usize);
    let column = |j: usize| match array.order {
        Order::C => array.values.iter().skip(j).step_by(width).copied().collect::<Vec<f64>>(),
        Order::Fortran => array.values[j * modes..][..modes].to_vec(),
    };
    let multiplicity = (width == 3).then(|| column(2));
    Ok(Columns { eigenvalue: column(0), target_power: column(1), multiplicity, floor: 0.0 })
}

/// An array of numbers of any kind.
struct Array {
    shape: Vec<u64>,
    order: Order,
    values: Vec<f64>,
}

impl Array {
    /// Reads an npy stream that is said to be `size` bytes long; nothing that it claims is believed beyond that.
    fn read(mut stream: impl Read, size: u64) -> std::result::Result<Self, Problem> {
        let header = read_header(&mut stream)?;
        let npy = NpyFile::new(Cursor::new(&header).chain(&mut stream)).map_err(|error| {
            let reason = error.to_string();
            format!("is not a valid npy array ({}): write it with numpy", reason.lines().next().unwrap_or_default())
        })?;
        let (shape, order, dtype) = (npy.shape().to_vec(), npy.order(), npy.dtype());
        let bytes = dtype.num_bytes().and_then(|bytes| npy.len().checked_mul(bytes as u64));
        if bytes.is_some_and(|bytes| bytes > size) {
            let shape = in_words(&shape);
            return Err(format!("has shape {shape} but only {size} bytes: the file is truncated, write it again"));
        }
        let values = numbers(npy).map_err(|unread| match unread {
            Unread::Type => {
                let dtype = dtype.descr();
                format!("has entries of type {dtype}, but must have integers or floats: use .astype(float)")
            }
            Unread::Stream(error) => read_problem(error),
        })?;
        // an archive compares checksums at the end of a member, no earlier
        if stream.read(&mut [0]).map_err(read_problem)? > 0 {
            return Err("is longer than its shape says: write it again".into());
        }
        Ok(Self { shape, order, values })
    }

    fn shape_in_words(&self) -> String {
        in_words(&self.shape)
    }
}

/// The shape as numpy writes it.
fn in_words(shape: &[u64]) -> String {
    match shape {
        [only] => format!("({only},)"),
        _ => format!("({})", shape.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")),
    }
}

/// The bytes of an npy header, once they are known to be harmless: the parser allocates what the length field says,
/// recurses as deep as brackets nest, and multiplies the shape without a check.
fn read_header(stream: &mut impl Read) -> std::result::Result<Vec<u8>, Problem> {
    let mut header = vec![0; 10];
    stream.read_exact(&mut header).map_err(read_problem)?;
    if !header.starts_with(b"\x93NUMPY") {
        return Err("is not a npy array: write it with numpy".into());
    }
    let mut length = usize::from(u16::from_le_bytes([header[8], header[9]]));
    if header[6] > 1 {
        let mut high = [0; 2];
        stream.read_exact(&mut high).map_err(read_problem)?;
        header.extend(high);
        length += usize::from(u16::from_le_bytes(high)) << 16;
    }
    if length > LARGEST_HEADER {
        return Err(format!("has a header of {length} bytes: it must be a plain array of numbers"));
    }
    let start = header.len();
    header.resize(start + length, 0);
    stream.read_exact(&mut header[start..]).map_err(read_problem)?;
    // the type's digits come after a letter; what starts with a digit belongs to the shape
    let text = String::from_utf8_lossy(&header[start..]);
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let mut sizes = words.filter(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    let count = sizes.try_fold(1_u64, |count, size| count.checked_mul(size.parse::<u64>().ok()?.max(1)));
    match count {
        Some(0..=LARGEST_COUNT) => Ok(header),
        _ => Err(format!("has more than {LARGEST_COUNT} entries, or no valid shape: give fewer modes")),
    }
}

/// Why entries were not read.
enum Unread {
    Type,
    Stream(io::Error),
}

/// All entries in stored order, whichever their type.
fn numbers<R: Read>(npy: NpyFile<R>) -> std::result::Result<Vec<f64>, Unread> {
    macro_rules! as_first_of {
        ($($number:ty),*) => {{
            $(
                let npy = match npy.try_data::<$number>() {
                    Ok(entries) => {
                        let converted = entries.map(|entry| entry.map(|x| x as f64));
                        return converted.collect::<io::Result<_>>().map_err(Unread::Stream);
                    }
                    Err(npy) => npy,
                };
            )*
            drop(npy);
            Err(Unread::Type)
        }};
    }
    as_first_of!(f64, f32, i64, i32, i16, i8, u64, u32, u16, u8)
}

fn read_problem(error: io::Error) -> Problem {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "ends early: the file is truncated, write it again".into(),
        _ => format!("cannot be read ({error}): write it again"),
    }
}
