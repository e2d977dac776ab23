//! The gallery: its files make its figures by the command that its page names.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common::{Outcome, directory, root};

/// The command on the page.
const COMMAND: &str = "spectralaw sweep docs/gallery/*.toml";

/// Bytes of the largest figure.
const LARGEST: u64 = 60_000;

/// Files of a folder with an ending, in order.
fn files(folder: &Path, ending: &str) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let entries = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()?;
    let mut files: Vec<PathBuf> =
        entries.into_iter().filter(|path| path.extension().is_some_and(|own| own == ending)).collect();
    files.sort();
    Ok(files)
}

/// Copies the files of a folder, but for figures, and of its folders.
fn copy(from: &Path, to: &Path) -> Outcome {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        let target = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            copy(&path, &target)?;
        } else if path.extension().is_none_or(|ending| ending != "svg") {
            fs::copy(&path, &target)?;
        }
    }
    Ok(())
}

/// Every figure is what the command on the page writes.
#[test]
fn figures_are_those_of_the_command() -> Outcome {
    let gallery = root().join("docs/gallery");
    let directory = directory("gallery")?;
    let own = directory.join("docs/gallery");
    copy(&gallery, &own)?;
    let definitions = files(&own, "toml")?;
    assert!(definitions.len() > 25, "only {} files", definitions.len());
    let names = definitions.iter().map(|path| path.strip_prefix(&directory)).collect::<Result<Vec<_>, _>>()?;
    let run =
        Command::new(env!("CARGO_BIN_EXE_spectralaw")).arg("sweep").args(names).current_dir(&directory).output()?;
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));

    let (written, committed) = (files(&own, "svg")?, files(&gallery, "svg")?);
    let stems = |paths: &[PathBuf]| -> Vec<String> {
        paths.iter().filter_map(|path| path.file_stem()).map(|stem| stem.to_string_lossy().into_owned()).collect()
    };
    assert_eq!(stems(&written), stems(&committed));
    assert_eq!(stems(&written), stems(&definitions), "a figure has the name of its file");
    for (written, committed) in written.iter().zip(&committed) {
        assert!(fs::metadata(committed)?.len() <= LARGEST, "{} is too large", committed.display());
        if let Some((own, other)) = difference(&fs::read_to_string(written)?, &fs::read_to_string(committed)?) {
            let name = committed.display();
            return Err(format!("{name} has `{other}` where the command writes `{own}`: run {COMMAND}").into());
        }
    }
    Ok(())
}

/// Paths in the files are seen from their folder: the command makes the same figures there.
#[test]
fn figures_do_not_depend_on_where_the_command_runs() -> Outcome {
    let directory = directory("gallery_within")?;
    copy(&root().join("docs/gallery"), &directory)?;
    let run = Command::new(env!("CARGO_BIN_EXE_spectralaw"))
        .args(["sweep", "fig11.toml"])
        .current_dir(&directory)
        .output()?;
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let committed = fs::read_to_string(root().join("docs/gallery/fig11.svg"))?;
    assert_eq!(difference(&fs::read_to_string(directory.join("fig11.svg"))?, &committed), None);
    Ok(())
}

/// Every figure is on the page, with the command.
#[test]
fn all_figures_are_on_the_page() -> Outcome {
    let page = fs::read_to_string(root().join("docs/gallery.md"))?;
    assert!(page.contains(&format!("$ {COMMAND}\n")));
    for figure in files(&root().join("docs/gallery"), "svg")? {
        let name = figure.file_name().unwrap_or_default().to_string_lossy();
        assert!(page.contains(&format!("](gallery/{name})")), "{name} is not on the page");
    }
    Ok(())
}

/// The first words that differ by more than a tenth of a unit of the page, by which rounding on another machine may
/// move a point.
fn difference(own: &str, other: &str) -> Option<(String, String)> {
    crate::common::difference(own, other, &[',', '"', '(', ')'], |x, y| match (x.parse::<i64>(), y.parse::<i64>()) {
        (Ok(x), Ok(y)) => (x - y).abs() <= 1,
        _ => x == y,
    })
}
