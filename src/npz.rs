//! Archives of arrays.

use std::io::{Read, Seek};

use zip::ZipArchive;
use zip::result::ZipError;

use crate::npy::{Npy, Problem, brief};

/// Members of archives that are larger than this must not be compressed to less than one part in `LARGEST_RATIO`.
const LARGE_MEMBER: u64 = 1 << 28;
const LARGEST_RATIO: u64 = 200;

/// Most names of an archive that a message lists.
const TOLD: usize = 8;

/// An archive of arrays.
pub struct Npz<R> {
    archive: ZipArchive<R>,
}

impl<R: Read + Seek> Npz<R> {
    /// Reads its table of contents.
    pub fn open(file: R) -> Result<Self, Problem> {
        let archive = ZipArchive::new(file)
            .map_err(|error| format!("is not a whole npz file ({error}): write it with numpy.savez"))?;
        Ok(Self { archive })
    }

    /// Names of the arrays.
    pub fn names(&self) -> Vec<String> {
        let names = self.archive.file_names().filter_map(Result::ok);
        names.filter_map(|name| name.strip_suffix(".npy").map(str::to_owned)).collect()
    }

    /// Names of the arrays for a message.
    pub fn names_in_words(&self) -> String {
        let names = self.names();
        let more = names.len().saturating_sub(TOLD);
        let told: Vec<String> = names.iter().take(TOLD).map(|name| brief(name)).collect();
        if more > 0 { format!("{} and {more} more", told.join(", ")) } else { told.join(", ") }
    }

    /// The array of this name, if there is one, with at most `most` entries.
    pub fn member(&mut self, name: &str, most: usize) -> Result<Option<Npy>, Problem> {
        let member = match self.archive.by_name(&format!("{name}.npy")) {
            Ok(member) => member,
            Err(ZipError::FileNotFound) => return Ok(None),
            Err(error) => {
                let name = brief(name);
                return Err(format!("array {name} cannot be read ({error}): write it with numpy.savez"));
            }
        };
        let (size, compressed) = (member.size(), member.compressed_size());
        let read = if size > LARGE_MEMBER && size / LARGEST_RATIO > compressed {
            let ratio = size / compressed.max(1);
            Err(format!(
                "is compressed {ratio}-fold, which no measured numbers are: write it with numpy.savez, uncompressed"
            ))
        } else {
            Npy::read(member, size, most)
        };
        read.map(Some).map_err(|problem| format!("array {} {problem}", brief(name)))
    }
}
