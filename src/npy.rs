//! Arrays in npy and npz files, of any type and order of numbers; nothing that a file claims is believed.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};

use npyz::NpyFile;
pub use npyz::Order;
use zip::ZipArchive;
use zip::result::ZipError;

/// What is wrong with a file, and the remedy.
pub type Problem = String;

/// Arrays with more numbers are refused before memory is asked for: a Gram matrix of 20,000 points has fewer.
const LARGEST_COUNT: u64 = 1 << 29;

/// Headers of plain arrays are 128 bytes long; longer ones are for records, or made to exhaust the parser.
const LARGEST_HEADER: usize = 1024;

/// An array of numbers of any kind, as it is stored.
pub struct Npy {
    /// Lengths of its axes.
    pub shape: Vec<u64>,
    /// Which axis varies fastest.
    pub order: Order,
    /// All entries in stored order.
    pub values: Vec<f64>,
}

impl Npy {
    /// Reads a whole file.
    pub fn open(file: File) -> Result<Self, Problem> {
        let size = file.metadata().map_err(read_problem)?.len();
        Self::read(BufReader::new(file), size)
    }

    /// Reads an npy stream that is said to be `size` bytes long; nothing that it claims is believed beyond that.
    fn read(mut stream: impl Read, size: u64) -> Result<Self, Problem> {
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
                format!("has entries of type {dtype}, but must have integers or floats: use .astype(float), or numpy.eye(10)[codes] for 10 classes")
            }
            Unread::Stream(error) => read_problem(error),
        })?;
        // an archive compares checksums at the end of a member, no earlier
        if stream.read(&mut [0]).map_err(read_problem)? > 0 {
            return Err("is longer than its shape says: write it again".into());
        }
        Ok(Self { shape, order, values })
    }

    /// The shape as numpy writes it.
    pub fn shape_in_words(&self) -> String {
        in_words(&self.shape)
    }
}

/// An archive of arrays.
pub struct Npz {
    archive: ZipArchive<BufReader<File>>,
}

impl Npz {
    /// Reads its table of contents.
    pub fn open(file: File) -> Result<Self, Problem> {
        let archive = ZipArchive::new(BufReader::new(file))
            .map_err(|error| format!("is not a whole npz file ({error}): write it with numpy.savez"))?;
        Ok(Self { archive })
    }

    /// Names of the arrays.
    pub fn names(&self) -> Vec<String> {
        let names = self.archive.file_names().filter_map(Result::ok);
        names.filter_map(|name| name.strip_suffix(".npy").map(str::to_owned)).collect()
    }

    /// The array of a name, if there is one.
    pub fn member(&mut self, name: &str) -> Result<Option<Npy>, Problem> {
        let member = match self.archive.by_name(&format!("{name}.npy")) {
            Ok(member) => member,
            Err(ZipError::FileNotFound) => return Ok(None),
            Err(error) => return Err(format!("array {name} cannot be read ({error}): write it with numpy.savez")),
        };
        let size = member.size();
        Npy::read(member, size).map(Some).map_err(|problem| format!("array {name} {problem}"))
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
fn read_header(stream: &mut impl Read) -> Result<Vec<u8>, Problem> {
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
        _ => Err(format!("has more than {LARGEST_COUNT} entries, or no valid shape: give fewer")),
    }
}

/// Why entries were not read.
enum Unread {
    Type,
    Stream(io::Error),
}

/// All entries in stored order, whichever their type.
fn numbers<R: Read>(npy: NpyFile<R>) -> Result<Vec<f64>, Unread> {
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
            match npy.try_data::<bool>() {
                Ok(entries) => {
                    let converted = entries.map(|entry| entry.map(|x| f64::from(u8::from(x))));
                    converted.collect::<io::Result<_>>().map_err(Unread::Stream)
                }
                Err(_) => Err(Unread::Type),
            }
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
