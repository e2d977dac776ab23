//! Spectra of halves of the points, in files beside those of all.

use super::answer::Answer;
use crate::failure::Failure;
use crate::output::file::Output;
use crate::plot::picture::Picture;

/// Files of both halves.
#[derive(Debug, Default)]
pub struct Files {
    halves: Vec<[Output; 2]>,
}

impl Files {
    /// Beside every file of data.
    pub fn new(files: &[Output]) -> Result<Self, Failure> {
        let data = files.iter().filter(|file| !file.is_figure());
        let halves = data.map(|file| Ok([file.beside("half1")?, file.beside("half2")?]));
        let halves = halves.collect::<Result<Vec<_>, Failure>>()?;
        if halves.is_empty() {
            return Err(Failure::refused(
                "--halves writes files beside that of all points: give --output, as in --output s.npz",
            ));
        }
        Ok(Self { halves })
    }

    /// Whether none are asked for.
    pub fn is_empty(&self) -> bool {
        self.halves.is_empty()
    }

    /// Writes the answers of both halves.
    pub fn write(&self, answers: &[Answer]) -> Result<(), Failure> {
        let tables: Vec<_> = answers.iter().map(Answer::table).collect();
        for files in &self.halves {
            for (file, table) in files.iter().zip(&tables) {
                file.write(table, &|| Picture::None("files of halves are data".to_owned()))?;
            }
        }
        Ok(())
    }

    /// The file that was written.
    pub fn remark(&self, answers: &[Answer]) -> Option<String> {
        let names: Vec<String> = self.halves.iter().flatten().map(|file| file.name()).collect();
        let modes: Vec<String> = answers.iter().map(|answer| answer.eigenvalues.len().to_string()).collect();
        (!names.is_empty())
            .then(|| format!("halves of the points, {} modes: {}", modes.join(" and "), names.join(", ")))
    }
}
