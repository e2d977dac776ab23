//! Output files: known by their endings, checked before any work, written whole or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde_json::Value;
use spectralaw::table::Table;

use crate::failure::Failure;
use crate::inputs;
use crate::output::blocks::Blocks;
use crate::output::formats;
use crate::output::json::{self, Records};
use crate::plot::figure;
use crate::plot::picture::Picture;

/// A file to be written.
#[derive(Debug)]
pub struct Output {
    path: PathBuf,
    /// The target of the path if it is a link.
    target: PathBuf,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Csv,
    Json,
    Npz,
    Svg,
    Pdf,
    Png,
}

impl Kind {
    fn of(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?;
        let kinds = [
            ("csv", Self::Csv),
            ("json", Self::Json),
            ("npz", Self::Npz),
            ("svg", Self::Svg),
            ("pdf", Self::Pdf),
            ("png", Self::Png),
        ];
        kinds.into_iter().find(|(name, _)| ending.eq_ignore_ascii_case(name)).map(|(_, kind)| kind)
    }
}

impl Output {
    /// Checks that the file can be written and, for a figure, that nothing is against one.
    pub fn new(path: &Path, no_figure: Option<&str>) -> Result<Self, Failure> {
        let refuse = |problem: String| Err(Failure::refused(format!("--output {}: {problem}", path.display())));
        let Some(kind) = Kind::of(path) else {
            return refuse("the ending says what to write: use .csv, .json, .npz, .svg, .pdf or .png".to_owned());
        };
        if path.is_dir() {
            return refuse("is a directory: name a file in it".to_owned());
        }
        if let (Kind::Svg | Kind::Pdf | Kind::Png, Some(why)) = (kind, no_figure) {
            return refuse(why.to_owned());
        }
        let target = behind_links(path);
        if fs::metadata(&target).is_ok_and(|metadata| !metadata.is_file()) {
            return refuse("is no file but a pipe or a device: name a file, or use --format".to_owned());
        }
        if fs::symlink_metadata(&target).is_ok_and(|metadata| metadata.is_symlink()) {
            return refuse("is a link that leads to itself: name a file".to_owned());
        }
        inputs::writes(&target)?;
        let output = Self { path: path.to_owned(), target, kind };
        // an attempt is the only test of permissions that always holds
        let temporary = output.temporary();
        if let Err(error) = File::create(&temporary).and_then(|_| fs::remove_file(&temporary)) {
            return refuse(format!("cannot be written ({error}): choose an existing directory that you may write to"));
        }
        Ok(output)
    }

    /// A file of the same kind beside this one, with a word before its ending: `s.half1.npz` beside `s.npz`.
    pub fn beside(&self, word: &str) -> Result<Self, Failure> {
        let [stem, ending] = [self.path.file_stem(), self.path.extension()];
        let [stem, ending] = [stem, ending].map(|part| part.unwrap_or_default().to_string_lossy());
        Self::new(&self.path.with_file_name(format!("{stem}.{word}.{ending}")), None)
    }

    /// Its path, as it was given.
    pub fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// Whether it is a figure.
    pub fn is_figure(&self) -> bool {
        matches!(self.kind, Kind::Svg | Kind::Pdf | Kind::Png)
    }

    /// Whether it is a csv file.
    pub fn is_csv(&self) -> bool {
        self.kind == Kind::Csv
    }

    /// Writes text.
    pub fn write_text(&self, text: &str) -> Result<(), Failure> {
        self.whole(|temporary| fs::write(temporary, text))
    }

    /// Writes the data, or the figure of it.
    pub fn write(&self, table: &Table, picture: &dyn Fn() -> Picture) -> Result<(), Failure> {
        self.whole(|temporary| self.fill(temporary, table, picture))
    }

    /// Writes an answer that is one object in json and a table in other data files, or the figure of it.
    pub fn write_object(&self, object: &Value, table: &Table, picture: &dyn Fn() -> Picture) -> Result<(), Failure> {
        if self.kind != Kind::Json {
            return self.write(table, picture);
        }
        self.whole(|temporary| json::write(object, &mut BufWriter::new(File::create(temporary)?)))
    }

    /// Begins to write data block after block, to a file beside.
    pub fn begin(&self, columns: &Table) -> Result<Blocks<BufWriter<File>>, Failure> {
        let temporary = self.temporary();
        let begun = || {
            let out = BufWriter::new(File::create(&temporary)?);
            match self.kind {
                Kind::Npz => Blocks::npz(columns, out, &temporary),
                Kind::Json => Blocks::json(out),
                // (figures are of whole tables)
                Kind::Csv | Kind::Svg | Kind::Pdf | Kind::Png => Blocks::csv(columns, out),
            }
        };
        begun().map_err(|error| self.failed(&error))
    }

    /// Ends what was [begun](Self::begin): the file beside takes the place of this one, or is removed if something has
    /// failed.
    pub fn end(&self, blocks: Blocks<BufWriter<File>>, written: io::Result<()>) -> Result<(), Failure> {
        self.settle(written.and_then(|()| blocks.end()))
    }

    /// Writes a file beside, which then takes the place of this one.
    fn whole(&self, fill: impl FnOnce(&Path) -> io::Result<()>) -> Result<(), Failure> {
        self.settle(fill(&self.temporary()))
    }

    /// Puts the file beside in the place of this one if it was written, and removes it otherwise.
    fn settle(&self, written: io::Result<()>) -> Result<(), Failure> {
        let temporary = self.temporary();
        let permissions = fs::metadata(&self.target).map(|metadata| metadata.permissions());
        let written = written
            .and_then(|()| permissions.map_or(Ok(()), |permissions| fs::set_permissions(&temporary, permissions)))
            .and_then(|()| fs::rename(&temporary, &self.target));
        written.map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &io::Error) -> Failure {
        // the first error is the one to tell
        let _ = fs::remove_file(self.temporary());
        Failure::refused(format!("--output {}: could not be written: {error}", self.path.display()))
    }

    /// A name beside the file, so that renaming it is a single step on the same disk.
    fn temporary(&self) -> PathBuf {
        let name = self.target.file_name().unwrap_or_default().to_string_lossy();
        self.target.with_file_name(format!(".{name}.{}.part", std::process::id()))
    }

    fn fill(&self, temporary: &Path, table: &Table, picture: &dyn Fn() -> Picture) -> io::Result<()> {
        let mut out = BufWriter::new(File::create(temporary)?);
        match self.kind {
            Kind::Csv => formats::csv(table, &mut out)?,
            Kind::Json => json::write(&Records(table), &mut out)?,
            Kind::Npz => formats::npz(table, &mut out)?,
            Kind::Svg => out.write_all(figure::svg(&picture()).map_err(io::Error::other)?.as_bytes())?,
            Kind::Pdf => out.write_all(&figure::pdf(&picture()).map_err(io::Error::other)?)?,
            Kind::Png => figure::png(&picture(), &mut out).map_err(io::Error::other)?,
        }
        out.flush()
    }
}

/// Links that lead from one to the next, at most.
const LINKS: usize = 40;

/// The target of a link, whether it exists or not; other paths unchanged.
pub fn behind_links(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        let Ok(next) = fs::read_link(&path) else { break };
        path = path.parent().unwrap_or(Path::new("")).join(next);
    }
    path
}
