//! Files that are written: none that is read, nothing that is no file, and what a link leads to.

use std::error::Error;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use crate::common::{Outcome, directory, file, refusal, stdout, write_npy};

const MODES: &str = "eigenvalue,target_power\n1,1\n0.5,0.25\n0.25,0.1\n";

/// Writes to a file that is read are refused before any work, whichever way it is named.
#[test]
fn what_is_read_is_not_overwritten() -> Outcome {
    let directory = directory("files_read")?;
    let path = |name: &str| file(&directory, name);
    fs::write(path("s.csv"), MODES)?;
    fs::write(path("points.csv"), "time,test_loss\n1,1\n")?;
    symlink(path("s.csv"), path("link.csv"))?;
    fs::create_dir(path("sub"))?;
    write_npy(&path("X.npy"), &[4, 2], &[1.0, 0.5, -1.0, 0.25, 0.5, 2.0, 0.125, 1.0])?;
    write_npy(&path("y.npy"), &[4], &[1.0, -1.0, 0.5, 0.25])?;
    stdout(&["spectrum", "--features", &path("X.npy"), "--targets", &path("y.npy"), "--output", &path("s.npz")])?;
    fs::write(path("sweep.toml"), "command = 'loss'\nspectrum = 's.csv'\ntime = [1, 2]\n")?;
    let drawn = "command = 'loss'\na = 1.5\nb = 1.25\ntime = '1:100:3'\n[figure]\nx = 'time'\ny = 'test_loss'\npoints = 'points.csv'\n";
    fs::write(path("drawn.toml"), drawn)?;
    let before = contents(&directory)?;
    let s = path("s.csv");
    let cases: Vec<Vec<String>> = [
        vec!["loss", "--spectrum", &s, "--time", "1", "--output", &s],
        vec!["loss", "--spectrum", &path("link.csv"), "--time", "1", "--output", &s],
        vec!["loss", "--spectrum", &s, "--time", "1", "--output", &path("link.csv")],
        vec!["loss", "--spectrum", &s, "--time", "1", "--output", &path("sub/../s.csv")],
        vec!["regimes", "--spectrum", &s, "--time", "1", "--width", "2", "--output", &path("x.json"), "--output", &s],
        vec!["tune", "time", "--spectrum", &s, "--samples", "2", "--output", &s],
        vec!["frontier", "--spectrum", &s, "--compute", "10", "--output", &s],
        vec!["modes", "--spectrum", &s, "--eigenvalue", "1", "--time", "1", "--output", &s],
        vec!["spectrum", "--spectrum", &s, "--output", &s],
        vec!["loss", "--spectrum", &path("s.npz"), "--time", "1", "--output", &path("s.npz")],
        vec!["sweep", &path("sweep.toml"), "--output", &s],
        vec!["sweep", &path("drawn.toml"), "--output", &path("points.csv")],
    ]
    .into_iter()
    .map(|words| words.into_iter().map(str::to_owned).collect())
    .collect();
    for arguments in cases {
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let message = refusal(&words)?;
        assert!(message.contains("is read, and would be overwritten by --output"), "{words:?}: {message}");
        assert_eq!(contents(&directory)?, before, "{words:?}");
    }
    // a part of a sweep is read by the merge
    let part = path("part.csv");
    stdout(&["sweep", &path("sweep.toml"), "--output", &part])?;
    assert!(refusal(&["merge", &part, "--output", &part])?.contains("would be overwritten"));
    Ok(())
}

/// Names and contents.
type Contents = Vec<(String, Vec<u8>)>;

/// Those of all files of a directory.
fn contents(directory: &Path) -> Result<Contents, Box<dyn Error>> {
    let mut all = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let bytes = if entry.path().is_dir() { Vec::new() } else { fs::read(entry.path())? };
        all.push((entry.file_name().to_string_lossy().into_owned(), bytes));
    }
    all.sort();
    Ok(all)
}

/// A link is written through, be its target there or not, and a file keeps its permissions.
#[test]
fn links_are_written_through() -> Outcome {
    let directory = directory("files_links")?;
    let path = |name: &str| file(&directory, name);
    let law = ["loss", "--a", "1.5", "--b", "1.25", "--time", "1", "--output"];
    fs::create_dir(path("elsewhere"))?;
    fs::write(path("elsewhere/old.csv"), "old")?;
    fs::set_permissions(path("elsewhere/old.csv"), Permissions::from_mode(0o600))?;
    symlink("elsewhere/old.csv", path("old.csv"))?;
    symlink("elsewhere/new.csv", path("new.csv"))?;
    symlink("new.csv", path("twice.csv"))?;
    symlink("loop.csv", path("loop.csv"))?;
    for name in ["old.csv", "twice.csv"] {
        stdout(&[&law[..], &[&path(name)]].concat())?;
        assert!(fs::symlink_metadata(path(name))?.is_symlink(), "{name} was replaced");
        assert!(fs::read_to_string(path(name))?.starts_with("width,samples"), "{name}");
    }
    assert!(fs::symlink_metadata(path("new.csv"))?.is_symlink() && Path::new(&path("elsewhere/new.csv")).is_file());
    assert_eq!(fs::metadata(path("elsewhere/old.csv"))?.permissions().mode() & 0o777, 0o600);
    refusal(&[&law[..], &[&path("loop.csv")]].concat())?;
    // results of a sweep, too
    fs::write(path("sweep.toml"), "command = 'loss'\na = 1.5\nb = 1.25\ntime = [1, 2]\n")?;
    symlink("elsewhere/sweep.csv", path("sweep.csv"))?;
    stdout(&["sweep", &path("sweep.toml"), "--output", &path("sweep.csv")])?;
    assert!(fs::symlink_metadata(path("sweep.csv"))?.is_symlink());
    assert!(fs::read_to_string(path("elsewhere/sweep.csv"))?.starts_with("# spectralaw"));
    Ok(())
}

/// Pipes and devices are no files: they are refused at once, and stay what they are.
#[test]
fn pipes_and_devices_are_refused() -> Outcome {
    let directory = directory("files_pipes")?;
    let path = |name: &str| file(&directory, name);
    assert!(Command::new("mkfifo").arg(path("pipe.csv")).status()?.success());
    symlink("/dev/null", path("null.csv"))?;
    symlink("/dev/full", path("full.csv"))?;
    fs::write(path("sweep.toml"), "command = 'loss'\na = 1.5\nb = 1.25\ntime = [1, 2]\n")?;
    for name in ["pipe.csv", "null.csv", "full.csv"] {
        for arguments in [
            vec!["loss", "--a", "1.5", "--b", "1.25", "--time", "1", "--output", &path(name)],
            vec!["sweep", &path("sweep.toml"), "--output", &path(name)],
        ] {
            let message = refusal(&arguments)?;
            assert!(message.contains("is no file but a pipe"), "{arguments:?}: {message}");
        }
        assert!(!fs::metadata(path(name))?.is_file(), "{name} was replaced");
    }
    Ok(())
}

/// A full disk is told in one line, and nothing half-written is left.
#[test]
fn full_disks_are_told_in_one_line() -> Outcome {
    for arguments in [
        &["loss", "--a", "1.5", "--b", "1.25", "--width", "10", "--time", "1:1e6:5000", "--format", "csv"][..],
        &["loss", "--a", "1.5", "--b", "1.25", "--width", "10", "--time", "1:1e6:50"],
        &["exponents", "--a", "1.5", "--b", "1.25"],
        &["loss", "--help"],
        &["completions", "bash"],
    ] {
        let full = File::options().write(true).open("/dev/full")?;
        let run = Command::new(env!("CARGO_BIN_EXE_spectralaw")).args(arguments).stdout(full).output()?;
        let message = String::from_utf8(run.stderr)?;
        assert_eq!((run.status.code(), message.lines().count()), (Some(2), 1), "{arguments:?}: {message}");
        assert!(message.starts_with("error: standard output: "), "{arguments:?}: {message}");
    }
    Ok(())
}

/// What is wrong is told in short, however long it is.
#[test]
fn messages_are_short() -> Outcome {
    let directory = directory("files_messages")?;
    let path = file(&directory, "s.csv");
    let digits = "7".repeat(309);
    let long = "x".repeat(100_000);
    let law = ["loss", "--a", "1.5", "--b", "1.25"];
    for more in [
        &["--time", "-1e-18"][..],
        &["--time", &digits],
        &["--time", &long],
        &["--width", "0.000000000000000000000000000001", "--time", "1"],
        &["--optimizer", "gd", "--learning-rate", "12345678.901234567", "--steps", "5"],
        &["--ridge", &format!("1{digits}")],
        &[&format!("--{long}")],
        &["--time", "1", "--output", &format!("{}.csv", &long[..5000])],
    ] {
        let message = refusal(&[&law[..], more].concat())?;
        assert!(message.chars().count() < 600, "{message}");
        let longest = message.split(|c: char| !c.is_ascii_digit()).map(str::len).max();
        assert!(longest.is_some_and(|digits| digits <= 10), "{message}");
    }
    fs::write(&path, format!("eigenvalue,target_power\n1,{}\n", "z".repeat(5_000_000)))?;
    let message = refusal(&["loss", "--spectrum", &path, "--time", "1"])?;
    assert!(message.chars().count() < 400, "{message}");
    fs::write(&path, "eigenvalue,target_power\n1,1\n-1.2345678901234567,1\n")?;
    let message = refusal(&["loss", "--spectrum", &path, "--time", "1"])?;
    assert!(message.contains("`-1.23456789` must be"), "{message}");
    Ok(())
}
