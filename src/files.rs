//! Where the bytes of a file come from, and their format.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek};
use std::path::{Path, PathBuf};

use crate::npy::{Npy, Problem, read_problem};
use crate::npz::Npz;

/// Text and piped input are held in memory, and refused beyond this size.
const LARGEST: u64 = 1 << 32;

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One array.
    Npy,
    /// An archive of arrays.
    Npz,
    /// A table of text.
    Text,
}

/// A seekable stream of bytes.
pub trait Stream: Read + Seek + Send {}
impl<S: Read + Seek + Send> Stream for S {}

/// A file that is open.
pub struct Source {
    /// How it is written.
    pub form: Form,
    /// The array in an archive that is asked for.
    pub member: Option<String>,
    stream: Box<dyn Stream>,
    size: u64,
}

impl Source {
    /// Opens a path, `-` for standard input, or an array in an archive as in `FILE.npz:NAME`.
    pub fn open(path: &Path) -> Result<Self, Problem> {
        if path.as_os_str() == "-" {
            return Self::of_bytes(limited(io::stdin().lock(), LARGEST)?);
        }
        let (name, member) = parts(path);
        let form = form_of(&name)?;
        let file = File::open(&name).map_err(|error| format!("cannot be opened ({error}): check the path"))?;
        let metadata = file.metadata().map_err(|error| read_problem(&error))?;
        if metadata.is_dir() {
            return Err("is a directory: name a file in it".into());
        }
        if !metadata.is_file() {
            // a pipe has no length, and cannot be read twice
            return Ok(Self { form, member, ..Self::of_bytes(limited(file, LARGEST)?)? });
        }
        Ok(Self { form, member, stream: Box::new(BufReader::new(file)), size: metadata.len() })
    }

    /// Bytes whose format is recognised from their beginning.
    fn of_bytes(bytes: Vec<u8>) -> Result<Self, Problem> {
        let form = match bytes.get(..4) {
            Some(b"\x93NUM") => Form::Npy,
            Some(b"PK\x03\x04") => Form::Npz,
            _ => Form::Text,
        };
        let size = bytes.len() as u64;
        Ok(Self { form, member: None, stream: Box::new(Cursor::new(bytes)), size })
    }

    /// All of it, in memory, so that the numbers read are those that were fingerprinted.
    pub fn in_memory(self) -> Result<(Self, u64), Problem> {
        let bytes = limited(self.stream, LARGEST)?;
        let size = bytes.len() as u64;
        let fingerprint = fingerprint(&bytes);
        Ok((Self { stream: Box::new(Cursor::new(bytes)), size, ..self }, fingerprint))
    }

    /// The array of the file: the named or the only one of an archive, with at most `most` entries.
    pub fn array(self, most: usize) -> Result<Npy, Problem> {
        if self.form == Form::Npy {
            return Npy::read(self.stream, self.size, most);
        }
        let mut archive = Npz::open(self.stream)?;
        let names = archive.names();
        let name = match (self.member.as_deref(), &names[..]) {
            (Some(name), _) => name,
            (None, [only]) => only,
            (None, all) => {
                return Err(format!("has {} arrays ({}): name one after a colon", all.len(), archive.names_in_words()));
            }
        };
        let read = archive.member(name, most)?;
        read.ok_or_else(|| {
            format!("has no array {name}, but {}: name one of them after the colon", archive.names_in_words())
        })
    }

    /// The archive.
    pub fn archive(self) -> Result<Npz<Box<dyn Stream>>, Problem> {
        Npz::open(self.stream)
    }

    /// The bytes of text.
    pub fn text(self) -> Result<Vec<u8>, Problem> {
        limited(self.stream, LARGEST)
    }
}

/// The format by the ending of a name; or the line of Python that converts such a file.
fn form_of(path: &Path) -> Result<Form, Problem> {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let load = match &*ending {
        "npy" => return Ok(Form::Npy),
        "npz" => return Ok(Form::Npz),
        "csv" | "tsv" | "txt" | "dat" => return Ok(Form::Text),
        "mat" => format!("scipy.io.loadmat({file:?})[NAME]"),
        "pt" | "pth" => format!("torch.load({file:?}, map_location=\"cpu\").detach().numpy()"),
        "safetensors" => format!("safetensors.numpy.load_file({file:?})[NAME]"),
        "h5" | "hdf5" => format!("h5py.File({file:?})[NAME][()]"),
        "parquet" => format!("pandas.read_parquet({file:?}).to_numpy()"),
        "feather" => format!("pandas.read_feather({file:?}).to_numpy()"),
        "xls" | "xlsx" => format!("pandas.read_excel({file:?}, header=None).to_numpy()"),
        "pkl" | "pickle" => format!("pickle.load(open({file:?}, \"rb\"))"),
        "json" => format!("json.load(open({file:?}))"),
        "gz" if stem.to_ascii_lowercase().ends_with(".npy") => format!("numpy.load(gzip.open({file:?}))"),
        "gz" | "bz2" | "xz" => format!("numpy.loadtxt({file:?}, delimiter=\",\")"),
        _ => return Err("the ending says how to read a file: use .npy, .npz or .csv, or - for standard input".into()),
    };
    let module = match &*ending {
        "mat" => "scipy.io, ",
        "safetensors" => "safetensors.numpy, ",
        "gz" if load.contains("gzip") => "gzip, ",
        "gz" | "bz2" | "xz" => "",
        "pt" | "pth" => "torch, ",
        "h5" | "hdf5" => "h5py, ",
        "pkl" | "pickle" => "pickle, ",
        "json" => "json, ",
        _ => "pandas, ",
    };
    let stem = stem.split('.').next().unwrap_or_default();
    Err(format!(
        ".{ending} is not read here: convert it in Python by `import {module}numpy; numpy.save(\"{stem}.npy\", {load})`"
    ))
}

/// The path of the file, and the name of an array in it.
fn parts(path: &Path) -> (PathBuf, Option<String>) {
    match path.to_str().and_then(|text| text.rsplit_once(':')) {
        Some((file, name)) if file.to_ascii_lowercase().ends_with(".npz") => (file.into(), Some(name.to_owned())),
        _ => (path.to_owned(), None),
    }
}

/// All bytes, if there are no more than the limit.
fn limited(stream: impl Read, largest: u64) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    stream.take(largest + 1).read_to_end(&mut bytes).map_err(|error| read_problem(&error))?;
    if bytes.len() as u64 > largest {
        return Err(format!("has more than {} GB: write arrays with numpy.save", largest >> 30));
    }
    Ok(bytes)
}

/// FNV-1a, 64 bits. It tells apart files that differ by accident, not by malice.
fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
