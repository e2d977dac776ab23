//! Arrays in npy files, with any type and order of numbers. Nothing that a file claims is trusted.

use std::io::{self, Read};

use crate::stored::Stored;

/// What is wrong with a file, and the remedy.
pub type Problem = String;

/// Arrays with more numbers are refused before memory is asked for: a Gram matrix of 20,000 points has fewer.
pub const LARGEST_COUNT: usize = 1 << 29;

/// Headers of plain arrays are 128 bytes long; longer ones are for records.
const LARGEST_HEADER: usize = 1024;

/// Bytes that are converted in one go.
const CHUNK: usize = 1 << 16;

/// Which axis varies fastest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The last one.
    C,
    /// The first one.
    Fortran,
}

/// An array of numbers of any kind, as it is stored.
#[derive(Debug)]
pub struct Npy {
    /// Lengths of its axes.
    pub shape: Vec<usize>,
    /// Which axis varies fastest.
    pub order: Order,
    /// How exact its entries are.
    pub stored: Stored,
    /// All entries in stored order.
    pub values: Vec<f64>,
}

impl Npy {
    /// Reads an npy stream of `size` bytes with at most `most` entries. Nothing else that its header claims is trusted.
    pub fn read(mut stream: impl Read, size: u64, most: usize) -> Result<Self, Problem> {
        let header = Header::read(&mut stream)?;
        let Header { kind, shape, order } = header;
        let count = shape.iter().try_fold(1_usize, |count, length| count.checked_mul((*length).max(1)));
        let Some(count) = count.filter(|count| *count <= most.min(LARGEST_COUNT)) else {
            let words = in_words(&shape);
            return Err(format!("has shape {words}, and so more than {} entries: give fewer", most.min(LARGEST_COUNT)));
        };
        let count = if shape.contains(&0) { 0 } else { count };
        if (count * kind.bytes) as u64 > size {
            let shape = in_words(&shape);
            return Err(format!("has shape {shape} but only {size} bytes: the file is truncated, write it again"));
        }
        let values = kind.values(&mut stream, count)?;
        // an archive compares checksums at the end of a member, no earlier
        if stream.read(&mut [0]).map_err(|error| read_problem(&error))? > 0 {
            return Err("is longer than its shape says: write it again".into());
        }
        Ok(Self { shape, order, stored: kind.stored().of_values(&values), values })
    }

    /// The shape as numpy writes it.
    pub fn shape_in_words(&self) -> String {
        in_words(&self.shape)
    }
}

/// Text of a file, shortened for a message.
pub fn brief(text: &str) -> String {
    const LONGEST: usize = 40;
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    let shown: String = text.chars().take(LONGEST).map(plain).collect();
    if text.chars().nth(LONGEST).is_some() { shown + "..." } else { shown }
}

/// A shape as numpy writes it.
pub fn in_words(shape: &[usize]) -> String {
    match shape {
        [only] => format!("({only},)"),
        _ => format!("({})", shape.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")),
    }
}

/// What a file says of its array.
#[derive(Debug)]
struct Header {
    kind: Kind,
    shape: Vec<usize>,
    order: Order,
}

impl Header {
    fn read(stream: &mut impl Read) -> Result<Self, Problem> {
        let mut fixed = [0; 10];
        fill(stream, &mut fixed)?;
        if !fixed.starts_with(b"\x93NUMPY") {
            return Err("is not a npy array: write it with numpy".into());
        }
        let mut length = usize::from(u16::from_le_bytes([fixed[8], fixed[9]]));
        if fixed[6] > 1 {
            let mut high = [0; 2];
            fill(stream, &mut high)?;
            length += usize::from(u16::from_le_bytes(high)) << 16;
        }
        if length > LARGEST_HEADER {
            return Err(format!("has a header of {length} bytes: it must be a plain array of numbers"));
        }
        let mut text = vec![0; length];
        fill(stream, &mut text)?;
        Self::parse(&String::from_utf8_lossy(&text))
    }

    /// Reads the dictionary `{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }`: text, a truth value and a
    /// list of lengths, nothing that is nested.
    fn parse(text: &str) -> Result<Self, Problem> {
        let invalid = || "is not a valid npy array (its header cannot be read): write it with numpy".to_owned();
        let inner = text.trim().strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).ok_or_else(invalid)?;
        let (mut kind, mut order, mut shape) = (None, None, None);
        let mut rest = inner.trim();
        while !rest.is_empty() {
            let (key, after) = quoted(rest).ok_or_else(invalid)?;
            let value = after.trim_start().strip_prefix(':').ok_or_else(invalid)?.trim_start();
            rest = match key {
                "descr" if kind.is_none() && value.starts_with('[') => return Err(Kind::refuse("of several fields")),
                "descr" if kind.is_none() => {
                    let (descr, after) = quoted(value).ok_or_else(invalid)?;
                    kind = Some(Kind::parse(descr)?);
                    after
                }
                "fortran_order" if order.is_none() => {
                    let is_fortran = value.starts_with("True");
                    let after = value.strip_prefix("True").or_else(|| value.strip_prefix("False"));
                    order = Some(if is_fortran { Order::Fortran } else { Order::C });
                    after.ok_or_else(invalid)?
                }
                "shape" if shape.is_none() => {
                    let (list, after) =
                        value.strip_prefix('(').and_then(|list| list.split_once(')')).ok_or_else(invalid)?;
                    shape = Some(
                        lengths(list)
                            .ok_or_else(|| format!("has no valid shape, ({}): write it again", brief(list)))?,
                    );
                    after
                }
                _ => return Err(invalid()),
            };
            rest = match rest.trim_start() {
                "" => "",
                more => more.strip_prefix(',').ok_or_else(invalid)?.trim_start(),
            };
        }
        match (kind, order, shape) {
            (Some(kind), Some(order), Some(shape)) => Ok(Self { kind, shape, order }),
            _ => Err(invalid()),
        }
    }
}

/// Text in quotes at the beginning, and what follows it.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    text[1..].split_once(quote)
}

/// Lengths of axes: `3, 4`, `3,` or nothing; an `L` behind them is of old versions.
fn lengths(list: &str) -> Option<Vec<usize>> {
    let list = list.trim();
    let list = list.strip_suffix(',').unwrap_or(list);
    if list.is_empty() {
        return Some(Vec::new());
    }
    let length = |text: &str| -> Option<usize> {
        let text = text.trim();
        let digits = text.strip_suffix('L').unwrap_or(text);
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
    };
    list.split(',').map(length).collect()
}

/// The type of entries.
#[derive(Debug, Clone, Copy)]
struct Kind {
    /// `b` truth values, `i` and `u` integers, `f` floating-point numbers.
    letter: char,
    bytes: usize,
    is_big_endian: bool,
}

impl Kind {
    fn parse(descr: &str) -> Result<Self, Problem> {
        let (order, rest) = match descr.chars().next() {
            Some(order @ ('<' | '>' | '|' | '=')) => (order, &descr[1..]),
            _ => ('=', descr),
        };
        let letter = rest.chars().next().unwrap_or(' ');
        let bytes: Option<usize> = rest.get(letter.len_utf8()..).and_then(|digits| digits.parse().ok());
        let is_big_endian = order == '>' || order == '=' && cfg!(target_endian = "big");
        match (letter, bytes) {
            ('b', Some(1)) | ('i' | 'u', Some(1 | 2 | 4 | 8)) | ('f', Some(2 | 4 | 8)) => {
                Ok(Self { letter, bytes: bytes.unwrap_or(1), is_big_endian })
            }
            ('c', _) => Err(format!(
                "has entries of type {}, complex numbers: eigenvalues and eigenvectors of a symmetric matrix are real by numpy.linalg.eigh, \
                 of other arrays give .real",
                brief(descr)
            )),
            ('V', Some(2)) => {
                Err("has entries of 2 bytes without a type, as bfloat16 is saved: use .astype(numpy.float32)".into())
            }
            _ => Err(Self::refuse(&brief(descr))),
        }
    }

    fn refuse(descr: &str) -> Problem {
        format!(
            "has entries of type {descr}, but must have integers or floats: use .astype(float), or numpy.eye(10)[codes] for 10 classes"
        )
    }

    fn stored(self) -> Stored {
        match (self.letter, self.bytes) {
            ('f', 2) => Stored::Float16,
            ('f', 4) => Stored::Float32,
            _ => Stored::Float64,
        }
    }

    /// Reads `count` entries.
    fn values(self, stream: &mut impl Read, count: usize) -> Result<Vec<f64>, Problem> {
        let mut values = Vec::new();
        values
            .try_reserve_exact(count)
            .map_err(|_| format!("has {count} entries, more than there is memory for: give fewer"))?;
        let mut buffer = vec![0; CHUNK.min(count * self.bytes)];
        while values.len() < count {
            let length = buffer.len().min((count - values.len()) * self.bytes);
            let chunk = &mut buffer[..length];
            fill(stream, chunk)?;
            if self.is_big_endian {
                chunk.chunks_exact_mut(self.bytes).for_each(<[u8]>::reverse);
            }
            self.convert(chunk, &mut values);
        }
        Ok(values)
    }

    /// Entries with their lowest byte first, as doubles.
    fn convert(self, bytes: &[u8], values: &mut Vec<f64>) {
        macro_rules! extend {
            ($number:ty, $convert:expr) => {
                values.extend(bytes.as_chunks().0.iter().map(|bytes| $convert(<$number>::from_le_bytes(*bytes))))
            };
        }
        match (self.letter, self.bytes) {
            ('f', 2) => extend!(u16, half),
            ('f', 4) => extend!(f32, f64::from),
            ('f', _) => extend!(f64, |x| x),
            ('i', 1) => extend!(i8, f64::from),
            ('i', 2) => extend!(i16, f64::from),
            ('i', 4) => extend!(i32, f64::from),
            ('i', _) => extend!(i64, |x| x as f64),
            ('u', 2) => extend!(u16, f64::from),
            ('u', 4) => extend!(u32, f64::from),
            ('u', 8) => extend!(u64, |x| x as f64),
            ('b', _) => values.extend(bytes.iter().map(|byte| f64::from(u8::from(*byte != 0)))),
            _ => extend!(u8, f64::from),
        }
    }
}

/// The half-precision number with these bits.
pub fn half(bits: u16) -> f64 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f64::from(bits & 0x3ff));
    let size = match exponent {
        0 => fraction * 2_f64.powi(-24),
        0x1f if fraction > 0.0 => f64::NAN,
        0x1f => f64::INFINITY,
        _ => (1024.0 + fraction) * 2_f64.powi(exponent - 25),
    };
    if bits >> 15 == 1 { -size } else { size }
}

fn fill(stream: &mut impl Read, bytes: &mut [u8]) -> Result<(), Problem> {
    stream.read_exact(bytes).map_err(|error| read_problem(&error))
}

/// What is wrong with a file that ends early, or cannot be read at all.
pub fn read_problem(error: &io::Error) -> Problem {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "ends early: the file is truncated, write it again".into(),
        _ => format!("cannot be read ({error}): write it again"),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::io::Cursor;

    /// An npy stream with a header of one's own.
    fn stream(header: &str, data: &[u8]) -> Vec<u8> {
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(data);
        bytes
    }

    fn read(bytes: &[u8]) -> Result<Npy, Problem> {
        Npy::read(bytes, bytes.len() as u64, LARGEST_COUNT)
    }

    struct Random(u64);

    impl Random {
        fn below(&mut self, limit: usize) -> usize {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) as usize % limit
        }
    }

    #[test]
    fn nested_headers_are_refused_at_once() {
        for depth in [1, 24, 100, 400] {
            for (open, close) in [("[", "]"), ("(", ")"), ("{", "}"), ("[(", ")]")] {
                let nested = open.repeat(depth / open.len() + 1) + &close.repeat(depth / open.len() + 1);
                for header in [
                    format!("{{'descr': {nested}, 'fortran_order': False, 'shape': (1,), }}"),
                    format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {nested}, }}"),
                    nested.clone(),
                ] {
                    let start = std::time::Instant::now();
                    assert!(read(&stream(&header, &[0; 8])).is_err(), "{header}");
                    assert!(start.elapsed().as_millis() < 100, "{header}");
                }
            }
        }
    }

    /// Headers that are changed at random are read as another reader does, or refused; and soon.
    #[test]
    fn changed_headers_are_read_as_they_are_or_refused() {
        let pieces = [
            "[",
            "(",
            "{",
            "'",
            "\"",
            ",",
            ":",
            "<f8",
            ">i2",
            "|b1",
            "<f2",
            "True",
            "9",
            "0",
            "-",
            " ",
            "18446744073709551615",
            "L",
            "\u{e9}",
            "\n",
        ];
        let mut random = Random(7);
        let mut accepted = 0;
        for _ in 0..20_000 {
            let kinds = ["<f8", "<f4", ">f4", "<i4", "|u1", "<i8", ">u2", "|b1"];
            let kind = kinds[random.below(kinds.len())];
            let fortran = ["False", "True"][random.below(2)];
            let (rows, columns) = (random.below(3), random.below(3));
            let mut header =
                format!("{{'descr': '{kind}', 'fortran_order': {fortran}, 'shape': ({rows}, {columns}), }}");
            for _ in 0..random.below(4) {
                let at = (0..=random.below(header.len() + 1)).rev().find(|at| header.is_char_boundary(*at)).unwrap();
                if random.below(3) == 0 {
                    let end =
                        (at + random.below(6)..=header.len()).find(|end| header.is_char_boundary(*end)).unwrap_or(at);
                    header.replace_range(at..end.max(at), "");
                } else {
                    header.insert_str(at, pieces[random.below(pieces.len())]);
                }
            }
            let data: Vec<u8> = (0..rows * columns * 8).map(|_| random.below(2) as u8).collect();
            let whole = stream(&header, &data);
            let Some(bytes) =
                kind[2..].parse::<usize>().ok().and_then(|size| whole.get(..whole.len() - rows * columns * (8 - size)))
            else {
                continue;
            };
            let Ok(own) = read(bytes) else { continue };
            accepted += 1;
            // an L behind lengths, as of old versions, is not read by others
            let Ok(other) = npyz::NpyFile::new(Cursor::new(bytes)) else { continue };
            let shape: Vec<usize> = other.shape().iter().map(|length| *length as usize).collect();
            assert_eq!((&own.shape, own.order == Order::C), (&shape, other.order() == npyz::Order::C), "{header}");
            assert_eq!(own.values.len(), shape.iter().product::<usize>(), "{header}");
        }
        assert!(accepted > 3000, "{accepted}");
    }

    #[test]
    fn all_types_are_read_in_both_orders_of_bytes() {
        let cases: [(&str, &[u8], f64); 15] = [
            ("<f8", &1.5_f64.to_le_bytes(), 1.5),
            (">f8", &(-2.25_f64).to_be_bytes(), -2.25),
            ("<f4", &0.75_f32.to_le_bytes(), 0.75),
            (">f4", &0.75_f32.to_be_bytes(), 0.75),
            ("<f2", &0x3e00_u16.to_le_bytes(), 1.5),
            (">f2", &0xc000_u16.to_be_bytes(), -2.0),
            ("|i1", &[0xff], -1.0),
            ("<i2", &(-300_i16).to_le_bytes(), -300.0),
            (">i4", &70_000_i32.to_be_bytes(), 70_000.0),
            ("<i8", &(-5_i64).to_le_bytes(), -5.0),
            ("|u1", &[200], 200.0),
            (">u2", &40_000_u16.to_be_bytes(), 40_000.0),
            ("<u4", &3_000_000_000_u32.to_le_bytes(), 3e9),
            ("<u8", &(1_u64 << 60).to_le_bytes(), 1.152_921_504_606_847e18),
            ("|b1", &[1], 1.0),
        ];
        for (descr, bytes, value) in cases {
            let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': (1,), }}");
            let npy = read(&stream(&header, bytes)).unwrap();
            assert_eq!(npy.values[0].to_bits(), value.to_bits(), "{descr}");
        }
        let numpy = [
            (0x0001, 5.960_464_477_539_063e-8),
            (0x03ff, 6.097_555_160_522_461e-5),
            (0x7bff, 65504.0),
            (0x0400, 6.103_515_625e-5),
        ];
        for (bits, value) in numpy {
            assert_eq!(half(bits).to_bits(), f64::to_bits(value), "{bits:x}");
        }
    }

    #[test]
    fn types_without_numbers_name_their_remedy() {
        for (descr, told) in [
            ("'<c16'", "numpy.linalg.eigh"),
            ("'<c8'", ".real"),
            ("'|O'", ".astype(float)"),
            ("'<U3'", "numpy.eye(10)[codes]"),
            ("'|V2'", ".astype(numpy.float32)"),
            ("'|V16'", ".astype(float)"),
            ("'<f16'", ".astype(float)"),
            ("[('x', '<f8'), ('y', '<f8')]", "of several fields"),
        ] {
            let header = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': (1,), }}");
            let problem = read(&stream(&header, &[0; 32])).unwrap_err();
            assert!(problem.contains(told), "{descr}: {problem}");
        }
    }
}
