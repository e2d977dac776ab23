//! Files that a run reads, and files that it writes: these are different ones, and files of modes are read once.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use spectralaw::Spectrum;
use spectralaw::spectrum::Modes;

use crate::failure::Failure;

/// Modes as they were read.
#[derive(Debug)]
pub struct ReadModes {
    /// What the file has.
    pub modes: Modes,
    /// What is learned.
    pub spectrum: Spectrum,
}

/// A path, and what it had.
type Entry = (PathBuf, Arc<ReadModes>);

/// Files that were read. A file that is asked for again is not read again, even if it has changed meanwhile.
static READ: Mutex<Vec<Entry>> = Mutex::new(Vec::new());

/// Files, with the one path of each that has no links, and whether they are written.
static USED: Mutex<Vec<(PathBuf, bool)>> = Mutex::new(Vec::new());

/// The modes of a file, and their spectrum.
pub fn modes(path: &Path) -> Result<Arc<ReadModes>, Failure> {
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, modes)) = read.iter().find(|(own, _)| own == path) {
        return Ok(Arc::clone(modes));
    }
    reads(path)?;
    let modes = Modes::read(path)?;
    let spectrum = modes.spectrum().map_err(|error| Failure::from(error).within(&path.display().to_string()))?;
    let modes = Arc::new(ReadModes { modes, spectrum });
    read.push((path.to_owned(), Arc::clone(&modes)));
    Ok(modes)
}

/// Refuses a file that is written.
pub fn reads(path: &Path) -> Result<(), Failure> {
    // FILE.npz:NAME is the file; standard input is none
    let text = path.to_string_lossy();
    let archive =
        text.rsplit_once(':').map(|(file, _)| file).filter(|file| file.to_ascii_lowercase().ends_with(".npz"));
    use_as(Path::new(archive.unwrap_or(&text)), false)
}

/// Refuses a file that is read.
pub fn writes(path: &Path) -> Result<(), Failure> {
    use_as(path, true)
}

fn use_as(path: &Path, is_written: bool) -> Result<(), Failure> {
    let Some(real) = real(path) else { return Ok(()) };
    let mut used = USED.lock().unwrap_or_else(PoisonError::into_inner);
    if used.iter().any(|(own, was_written)| *own == real && *was_written != is_written) {
        let path = path.display();
        return Err(Failure::refused(format!(
            "{path} is read, and would be overwritten by --output: give another file"
        )));
    }
    used.push((real, is_written));
    Ok(())
}

/// The one path without links, also of a file that does not exist yet.
fn real(path: &Path) -> Option<PathBuf> {
    let folder = || match path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => fs::canonicalize(folder),
        None => fs::canonicalize("."),
    };
    fs::canonicalize(path).ok().or_else(|| Some(folder().ok()?.join(path.file_name()?)))
}
