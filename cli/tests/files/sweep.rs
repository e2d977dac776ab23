//! `spectralaw sweep` and `spectralaw merge`: interrupted, divided and joined sweeps are those of one run, byte for
//! byte.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::common::{Outcome, directory, file, records, refusal, stdout};

const FRONTIER: &str = "command = \"frontier\"\na = [1.3, 1.6]\nb = [1.25, 1.5, 2]\ncompute = \"1e3:1e6:3\"\n";

/// Writes a file of a sweep; its name.
fn definition(directory: &Path, text: &str) -> Result<String, Box<dyn Error>> {
    let path = file(directory, "sweep.toml");
    fs::write(&path, text)?;
    Ok(path)
}

/// Runs a sweep that must succeed; the results.
fn sweep(definition: &str, output: &str, more: &[&str]) -> Result<String, Box<dyn Error>> {
    let printed = stdout(&[&["sweep", definition, "--output", output], more].concat())?;
    assert!(printed.starts_with(&format!("wrote {output}\n")), "{printed}");
    Ok(fs::read_to_string(output)?)
}

/// A row with its checksum.
fn checked(row: &str) -> String {
    let hash = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let long = row.bytes().fold(0xcbf2_9ce4_8422_2325, hash);
    format!("{row},{}", (long ^ (long >> 32)) as u32)
}

fn rows(text: &str) -> Vec<&str> {
    text.lines().filter(|line| !line.starts_with('#')).collect()
}

/// A sweep has the numbers of single runs, in the order of the lists.
#[test]
fn runs_are_those_of_the_commands() -> Outcome {
    let directory = directory("sweep_runs")?;
    let own = definition(&directory, FRONTIER)?;
    let text = sweep(&own, &file(&directory, "x.csv"), &[])?;
    assert!(text.starts_with(concat!(
        "# spectralaw ",
        env!("CARGO_PKG_VERSION"),
        " sweep\n# command = \"frontier\"\n"
    )));
    let mut expected = Vec::new();
    for a in ["1.3", "1.6"] {
        for b in ["1.25", "1.5", "2"] {
            let single = stdout(&["frontier", "--a", a, "--b", b, "--compute", "1e3:1e6:3", "--format", "csv"])?;
            let unit = expected.len() / 3;
            expected.extend(single.lines().skip(1).map(|line| checked(&format!("{unit},{a},{b},{line}"))));
        }
    }
    assert_eq!(rows(&text)[1..], expected);
    assert!(rows(&text)[0].starts_with("unit,a,b,compute,spent,width,time,"));

    // what a column of the answer tells is not told twice; the noise of the answer is another thing than the option
    let own = definition(
        &directory,
        "command = 'loss'\na = 1.5\nb = 1.25\nwidth = [10, inf]\nnoise = [0, 0.5]\ndecompose = true\n\
         optimizer = ['gd', 'heavy-ball']\nmomentum = 0.5\nlearning-rate = 0.1\nsteps = '1:100:3'",
    );
    let message = refusal(&["sweep", &own?, "--output", &file(&directory, "y.csv")])?;
    assert!(message.contains("width = 10, noise = 0, optimizer = gd: --momentum belongs to"), "{message}");
    let own = definition(
        &directory,
        "command = 'loss'\na = 1.5\nb = 1.25\nwidth = [10, inf]\nnoise = [0, 0.5]\n\
         optimizer = ['heavy-ball', 'nesterov']\nmomentum = 0.5\nlearning-rate = 0.1\nsteps = '1:100:3'",
    )?;
    let text = sweep(&own, &file(&directory, "y.csv"), &[])?;
    assert!(rows(&text)[0].starts_with("unit,noise_option,optimizer,width,samples,steps,test_loss"));
    assert!(rows(&text)[24].starts_with("7,0.5,nesterov,inf,inf,100.0,"));
    Ok(())
}

/// A file that is cut anywhere, as by a crash in the middle of a line, is continued to the same bytes.
#[test]
fn torn_files_are_continued() -> Outcome {
    let directory = directory("sweep_torn")?;
    let own = definition(&directory, FRONTIER)?;
    let whole = sweep(&own, &file(&directory, "whole.csv"), &[])?;
    let torn = file(&directory, "torn.csv");
    let step = whole.len() / 40;
    for cut in (0..whole.len()).step_by(step).chain([whole.len() - 1, whole.len()]) {
        fs::write(&torn, &whole.as_bytes()[..cut])?;
        assert_eq!(sweep(&own, &torn, &[])?, whole, "cut at {cut}");
    }
    Ok(())
}

/// Killed at any moment, again and again, a sweep loses no run and ends as if nothing had happened.
#[test]
fn killed_sweeps_continue() -> Outcome {
    let directory = directory("sweep_killed")?;
    let own = definition(
        &directory,
        "command = 'frontier'\na = [1.2, 1.3, 1.4, 1.5, 1.6, 1.7]\nb = [1.2, 1.4, 1.6, 1.8]\ncompute = '1e3:1e12:20'\n",
    )?;
    let output = file(&directory, "x.csv");
    let mut kept = 0;
    for _ in 0..4 {
        let mut run = Command::new(env!("CARGO_BIN_EXE_spectralaw"))
            .args(["sweep", &own, "--output", &output, "--threads", "1"])
            .stderr(Stdio::null())
            .spawn()?;
        let start = Instant::now();
        let length = || fs::metadata(&output).map_or(0, |metadata| metadata.len());
        while length() <= kept && start.elapsed() < Duration::from_secs(60) && run.try_wait()?.is_none() {
            thread::sleep(Duration::from_millis(1));
        }
        run.kill()?;
        run.wait()?;
        // nothing that was there is lost
        assert!(length() >= kept, "{} after {kept}", length());
        kept = length();
    }
    let continued = sweep(&own, &output, &[])?;
    assert_eq!(continued, sweep(&own, &file(&directory, "whole.csv"), &[])?);
    assert_eq!(rows(&continued).len(), 1 + 24 * 20);
    Ok(())
}

/// A file in which anything was changed is refused, or was cut at its end and is continued to what it was.
#[test]
fn changed_results_are_refused() -> Outcome {
    let directory = directory("sweep_changed")?;
    let own =
        definition(&directory, "command = 'loss'\na = [1.3, 1.6]\nb = 1.25\nwidth = [10, 20]\ntime = '1:100:3'\n")?;
    let output = file(&directory, "x.csv");
    let whole = sweep(&own, &output, &[])?;
    let begin = whole.find("\n0,").ok_or("no rows")? + 1;
    let mut state = 5_u64;
    let mut below = |limit: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % limit
    };
    let mut refused = 0;
    for _ in 0..150 {
        let mut bytes = whole.clone().into_bytes();
        let at = begin + below(bytes.len() - begin - 1);
        match below(4) {
            0 => drop(bytes.remove(at)),
            1 => bytes.insert(at, b"0123456789.,-e\n"[below(15)]),
            2 => bytes.swap(at, begin + below(whole.len() - begin - 1)),
            _ if bytes[at].is_ascii_digit() => bytes[at] = b'0' + (bytes[at] - b'0' + 1 + below(9) as u8) % 10,
            _ => continue,
        }
        if bytes == whole.as_bytes() {
            continue;
        }
        fs::write(&output, &bytes)?;
        let run = Command::new(env!("CARGO_BIN_EXE_spectralaw")).args(["sweep", &own, "--output", &output]).output()?;
        if run.status.success() {
            assert_eq!(fs::read_to_string(&output)?, whole, "a change at {at} stayed");
        } else {
            refused += 1;
            let message = String::from_utf8(run.stderr)?;
            assert!(message.contains("is damaged"), "{message}");
            assert_eq!(fs::read(&output)?, bytes, "a file that was refused has changed");
        }
    }
    assert!(refused > 80, "{refused}");
    Ok(())
}

/// Ctrl-C in a terminal is a signal to the group of the process: the file can be continued, and the status tells of it.
#[cfg(target_os = "linux")]
#[test]
fn interrupted_sweeps_continue() -> Outcome {
    use std::os::unix::process::{CommandExt, ExitStatusExt};
    let directory = directory("sweep_interrupted")?;
    let own = definition(
        &directory,
        "command = 'frontier'\na = [1.2, 1.3, 1.4, 1.5, 1.6, 1.7]\nb = [1.2, 1.4, 1.6, 1.8]\ncompute = '1e3:1e12:8'\n",
    )?;
    let output = file(&directory, "x.csv");
    // the signal may be ignored where the tests run, and then is by all that they start
    let mut run = Command::new("env")
        .args(["--default-signal=INT", env!("CARGO_BIN_EXE_spectralaw")])
        .args(["sweep", &own, "--output", &output, "--threads", "1"])
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()?;
    let start = Instant::now();
    let length = || fs::metadata(&output).map_or(0, |metadata| metadata.len());
    while length() < 2000 && start.elapsed() < Duration::from_secs(60) && run.try_wait()?.is_none() {
        thread::sleep(Duration::from_millis(1));
    }
    // kill of the shell, for the library has none; a minus is the group
    assert!(Command::new("kill").args(["-INT", "--", &format!("-{}", run.id())]).status()?.success());
    let status = run.wait()?;
    const SIGINT: i32 = 2;
    assert_eq!((status.signal(), status.code()), (Some(SIGINT), None));
    let kept = fs::read_to_string(&output)?;
    assert!(kept.len() >= 2000);
    let left: Vec<_> =
        fs::read_dir(&directory)?.map(|entry| entry.map(|entry| entry.file_name())).collect::<Result<_, _>>()?;
    assert_eq!(left.len(), 2, "{left:?}");
    let continued = sweep(&own, &output, &[])?;
    let whole_lines = kept.rfind('\n').map_or(0, |at| at + 1);
    assert!(continued.starts_with(&kept[..whole_lines]));
    assert_eq!(continued, sweep(&own, &file(&directory, "whole.csv"), &[])?);
    Ok(())
}

/// A sweep reads a spectrum once: what the file becomes meanwhile is of no effect.
#[test]
fn spectra_are_read_once() -> Outcome {
    let directory = directory("sweep_once")?;
    let spectrum = file(&directory, "modes.csv");
    let modes = |power: f64| -> String {
        let rows = (1..200).map(|k| format!("{},{}\n", f64::from(k).powf(-1.3), power * f64::from(k).powf(-1.6)));
        format!("eigenvalue,target_power\n{}", rows.collect::<String>())
    };
    fs::write(&spectrum, modes(1.0))?;
    let widths: Vec<String> = (10..30).map(|i| i.to_string()).collect();
    let own = definition(
        &directory,
        &format!(
            "command = 'frontier'\nspectrum = 'modes.csv'\nsamples = [{}]\ncompute = '1e2:1e4:3'\n",
            widths.join(", ")
        ),
    )?;
    let output = file(&directory, "x.csv");
    let mut run = Command::new(env!("CARGO_BIN_EXE_spectralaw"))
        .args(["sweep", &own, "--output", &output, "--threads", "1"])
        .stdout(Stdio::null())
        .spawn()?;
    let start = Instant::now();
    while fs::metadata(&output).map_or(0, |metadata| metadata.len()) < 1000 && start.elapsed() < Duration::from_secs(60)
    {
        thread::sleep(Duration::from_millis(1));
    }
    fs::write(&spectrum, modes(3.0))?;
    assert!(run.wait()?.success());
    let text = fs::read_to_string(&output)?;
    fs::write(&spectrum, modes(1.0))?;
    assert_eq!(text, sweep(&own, &file(&directory, "whole.csv"), &[])?);
    Ok(())
}

/// Without a csv file results are kept out of sight, and are continued as well.
#[test]
fn hidden_results_are_continued() -> Outcome {
    let directory = directory("sweep_hidden")?;
    let own = definition(&directory, FRONTIER)?;
    let [csv, json] = ["x.csv", "y.json"].map(|name| file(&directory, name));
    let whole = sweep(&own, &csv, &["--output", &json])?;
    let expected = fs::read(&json)?;
    fs::remove_file(&json)?;
    let hidden = file(&directory, ".y.json.sweep.csv");
    fs::write(&hidden, &whole.as_bytes()[..whole.len() / 2])?;
    sweep(&own, &json, &[])?;
    assert_eq!(fs::read(&json)?, expected);
    assert!(!Path::new(&hidden).exists());
    Ok(())
}

#[test]
fn two_runs_do_not_write_one_file() -> Outcome {
    let directory = directory("sweep_locked")?;
    let own = definition(&directory, FRONTIER)?;
    let output = file(&directory, "x.csv");
    let held = fs::File::create(&output)?;
    held.lock()?;
    assert!(refusal(&["sweep", &own, "--output", &output])?.contains("another run is writing it"));
    held.unlock()?;
    assert_eq!(rows(&sweep(&own, &output, &[])?).len(), 19);
    Ok(())
}

/// Runs that are there are not computed again: a number that was changed, together with its checksum, stays.
#[test]
fn finished_runs_are_kept() -> Outcome {
    let directory = directory("sweep_kept")?;
    let own = definition(&directory, FRONTIER)?;
    let output = file(&directory, "x.csv");
    let whole = sweep(&own, &output, &[])?;
    let lines: Vec<&str> = whole.lines().collect();
    let row = lines[6].rsplit_once(',').map_or(lines[6], |(row, _)| row);
    let changed = whole.replacen(lines[6], &checked(&row.replacen("1000.0,1000.0", "1000.0,999.5", 1)), 1);
    assert_ne!(changed, whole);
    // the last two runs are missing
    let cut = changed.match_indices("\n4,").next().map_or(0, |(at, _)| at + 1);
    fs::write(&output, &changed[..cut])?;
    assert_eq!(sweep(&own, &output, &[])?, changed);
    Ok(())
}

#[test]
fn parts_make_the_whole() -> Outcome {
    let directory = directory("sweep_parts")?;
    let own = definition(&directory, FRONTIER)?;
    let forms = ["csv", "json", "npz", "svg"];
    let whole = forms.map(|form| file(&directory, &format!("whole.{form}")));
    let joined = forms.map(|form| file(&directory, &format!("joined.{form}")));
    let outputs = |files: &[String; 4]| -> Vec<String> {
        files.iter().flat_map(|name| ["--output".to_owned(), name.clone()]).collect()
    };
    let run = |arguments: Vec<String>| stdout(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    run([vec!["sweep".to_owned(), own.clone()], outputs(&whole)].concat())?;
    // more parts than runs: some are empty
    for count in [1, 2, 4, 7] {
        let parts: Vec<String> = (1..=count).rev().map(|i| file(&directory, &format!("part{i}.csv"))).collect();
        for (part, i) in parts.iter().zip((1..=count).rev()) {
            let _ = fs::remove_file(part);
            sweep(&own, part, &["--shard", &format!("{i}/{count}"), "--threads", "1"])?;
        }
        run([vec!["merge".to_owned()], parts, outputs(&joined)].concat())?;
        for (whole, joined) in whole.iter().zip(&joined) {
            assert_eq!(fs::read(whole)?, fs::read(joined)?, "{joined} of {count}");
        }
    }
    let json = records(&fs::read_to_string(&whole[1])?)?;
    assert_eq!((json.len(), json[17]["unit"].as_f64(), json[17]["b"].as_f64()), (18, Some(5.0), Some(2.0)));
    Ok(())
}

#[test]
fn parts_that_do_not_fit_are_refused() -> Outcome {
    let directory = directory("sweep_misfits")?;
    let own = definition(&directory, FRONTIER)?;
    let part = |name: &str, shard: &str| -> Result<String, Box<dyn Error>> {
        let path = file(&directory, name);
        sweep(&own, &path, &["--shard", shard])?;
        Ok(path)
    };
    let (first, second, third) = (part("1.csv", "1/3")?, part("2.csv", "2/3")?, part("3.csv", "3/3")?);
    let half = part("half.csv", "1/2")?;
    let again = file(&directory, "again.csv");
    fs::copy(&second, &again)?;
    let unfinished = file(&directory, "unfinished.csv");
    let text = fs::read_to_string(&third)?;
    fs::write(&unfinished, &text[..text.len() - 5])?;
    let damaged = file(&directory, "damaged.csv");
    fs::write(&damaged, text.replacen("1000.0", "1o00.0", 1))?;
    let empty = file(&directory, "empty.csv");
    fs::write(&empty, "")?;
    let plain = file(&directory, "plain.csv");
    fs::write(&plain, "a,b\n1,2\n")?;
    let foreign = file(&directory, "foreign.csv");
    let other = definition(&directory, &FRONTIER.replace("1.3", "1.4"))?;
    sweep(&other, &foreign, &["--shard", "3/3"])?;
    let joined = file(&directory, "never_joined.csv");
    let cases: [(&[&String], &str); 9] = [
        (&[&first, &second], "parts are missing: 3/3"),
        (&[&second], "parts are missing: 1/3, 3/3"),
        (&[&first, &second, &third, &again], "is part 2/3, and so is"),
        (&[&first, &second, &foreign], "`# a = [1.4, 1.6]` is not `# a = [1.3, 1.6]`"),
        (&[&first, &second, &half], "is part 1/2, but"),
        (&[&first, &second, &unfinished], "is not finished, 1 of its 2 runs are there"),
        (&[&first, &second, &damaged], "line 8 is damaged"),
        (&[&empty, &second], "is empty"),
        (&[&plain], "is no part of a sweep"),
    ];
    for (parts, told) in cases {
        let parts: Vec<&str> = parts.iter().map(|part| part.as_str()).collect();
        let message = refusal(&[&["merge"], &parts[..], &["--output", &joined]].concat())?;
        assert!(message.contains(told), "{parts:?}: no `{told}` in {message}");
    }
    assert!(!Path::new(&joined).exists());
    assert!(refusal(&["merge", &first, &second, &third])?.contains("give --output"));
    assert!(refusal(&["merge", "--output", &joined])?.contains("<PART>"));
    Ok(())
}

#[test]
fn files_of_others_are_left_alone() -> Outcome {
    let directory = directory("sweep_foreign")?;
    let own = definition(&directory, FRONTIER)?;
    let output = file(&directory, "x.csv");
    let whole = sweep(&own, &output, &[])?;
    let cases = [
        (whole.replacen("1.25", "1.26", 1), "holds something else (`# b = [1.26, 1.5, 2]` where this sweep has"),
        ("width,test_loss\n1,2\n".to_owned(), "holds something else (`width,test_loss` where"),
        (whole.replacen("unit,a", "unit,c", 1), "holds something else (`unit,c,b"),
        (whole.replacen("\n0,1.3,1.25,1000", "\n1,1.3,1.25,1000", 1), "line 7 is damaged, it is no row of run 0"),
        (whole.replacen(",inf,", ",1nf,", 1), "line 7 is damaged"),
        (whole.clone() + "more\n", "nothing follows the last run"),
    ];
    for (text, told) in cases {
        fs::write(&output, &text)?;
        let message = refusal(&["sweep", &own, "--output", &output])?;
        assert!(message.contains(told), "no `{told}` in {message}");
        assert_eq!(fs::read_to_string(&output)?, text, "a file that was refused has changed");
    }
    // another division of the same sweep
    fs::write(&output, &whole)?;
    assert!(refusal(&["sweep", &own, "--output", &output, "--shard", "1/2"])?.contains("# # shard 1/2"));
    // the measured spectrum has changed meanwhile
    let spectrum = file(&directory, "modes.csv");
    fs::write(&spectrum, "eigenvalue,target_power\n1,1\n0.5,0.1\n")?;
    let own =
        definition(&directory, &format!("command = 'loss'\nspectrum = ['{spectrum}']\nwidth = [10, 20]\ntime = 5\n"))?;
    let output = file(&directory, "y.csv");
    let text = sweep(&own, &output, &[])?;
    assert!(text.contains("# # contents of ") && text.contains("unit,spectrum,width"));
    fs::write(&spectrum, "eigenvalue,target_power\n1,1\n0.5,0.2\n")?;
    assert!(refusal(&["sweep", &own, "--output", &output])?.contains("# # contents of "));
    Ok(())
}

/// Paths in a file are seen from its folder, and results are the same bytes wherever the command runs.
#[test]
fn paths_are_seen_from_the_folder_of_the_file() -> Outcome {
    let directory = directory("sweep_paths")?;
    fs::write(directory.join("modes.csv"), "eigenvalue,target_power\n1,1\n0.5,0.1\n")?;
    let own = definition(
        &directory,
        "command = 'frontier'\nspectrum = 'modes.csv'\ncompute = '10:100:3'\nnoise = [0.1, 0.2]\noutput = 'x.csv'\n",
    )?;
    let outside = sweep(&own, &file(&directory, "outside.csv"), &[])?;
    assert!(outside.contains("# spectrum = \"modes.csv\"\n") && outside.contains("# # contents of modes.csv: "));
    let within = |arguments: &[&str]| -> Outcome {
        let run = Command::new(env!("CARGO_BIN_EXE_spectralaw")).args(arguments).current_dir(&directory).output()?;
        assert!(run.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&run.stderr));
        Ok(())
    };
    within(&["sweep", "sweep.toml"])?;
    assert_eq!(fs::read_to_string(directory.join("x.csv"))?, outside);
    // figures of joined parts read the spectrum beside the first one
    within(&["merge", "x.csv", "--output", "within.svg"])?;
    stdout(&["merge", &file(&directory, "x.csv"), "--output", &file(&directory, "outside.svg")])?;
    assert_eq!(fs::read(directory.join("within.svg"))?, fs::read(directory.join("outside.svg"))?);
    fs::remove_file(directory.join("modes.csv"))?;
    let message = refusal(&["sweep", &own])?;
    assert!(message.contains(&file(&directory, "modes.csv")) && message.contains("cannot be opened"), "{message}");
    Ok(())
}

#[test]
fn definitions_that_mean_nothing_are_refused() -> Outcome {
    let directory = directory("sweep_refused")?;
    let law = "command = 'frontier'\na = 1.5\nb = 1.25\ncompute = 1e3\n";
    let never = file(&directory, "never.csv");
    let cases = [
        ("a = 1.5\n".to_owned(), "the key `command` is missing: it is one of loss, regimes, frontier, modes"),
        ("command = 'exponents'\n".to_owned(), "is none of loss, regimes, frontier, modes"),
        ("command = 3\n".to_owned(), "is none of loss"),
        (law.to_owned() + "colour = 1\n", "unknown key `colour`: what `frontier` has is a, b, modes, spectrum, floor"),
        (law.to_owned() + "output = 3\n", "output = 3: give text, or a list of it"),
        (law.to_owned() + "together = ['a', 'b']\n", "together: a is no option with a list in this file"),
        (
            law.replace("1.5", "[1.5, 2]").replace("1.25", "[1.25, 2, 3]") + "together = ['a', 'b']\n",
            "together: the lists have [2, 3] values",
        ),
        (law.to_owned() + "threads = 2\n", "unknown key `threads`"),
        (law.to_owned() + "learning_rate = 2\n", "unknown key `learning_rate`: write `learning-rate`"),
        (law.to_owned() + "Width = 2\n", "unknown key `Width`: write `width`"),
        (law.to_owned() + "width = [np.float64(1.1), 2]\n", "line 5: `np.float64(1.1)` is how Python shows a number"),
        (law.to_owned() + "width = 5;\n", "line 5: semicolons end or separate nothing here"),
        (law.to_owned() + "width = None\n", "line 5: None is no value"),
        (law.to_owned() + "isoflop = True\n", "line 5: truth values are true and false"),
        (law.to_owned() + "cost = '6*N*D'\n", "the number of data is P here"),
        (law.to_owned() + "noise = 0.0000000000000000000000001\nwidth = 1e-300\n", "is 1e-300, but"),
        (law.replace("a = 1.5\nb = 1.25", "spectrum = '-'"), "a sweep reads files"),
        (law.to_owned() + "width = [10, 0.5]\n", "width = 0.5: a bound on the width is 0.5"),
        (law.to_owned() + "width = 'x'\n", "invalid value 'x' for '--width <BOUNDS>'"),
        (law.to_owned() + "width = []\n", "is an empty list"),
        (law.to_owned() + "width = [1, 1]\n", "width: 1 is in the list twice"),
        (law.to_owned() + "width = [[1, 2]]\n", "is no number, text or truth value"),
        (law.to_owned() + "width = {a = 1}\n", "is no number, text, truth value or list"),
        (law.to_owned() + "width = nan\n", "give a positive number"),
        (law.to_owned() + "width = true\n", "--width"),
        (law.to_owned() + "integers = 5\n", "--integers"),
        (law.to_owned() + "a = 2\n", "line 5: duplicate key"),
        (law.to_owned() + "width = \n", "line 5: "),
        (law.replace("compute = 1e3\n", ""), "give --compute"),
        (law.to_owned() + "isoflop = true\nplot = ['isoflop', 'choices']\n", "plot = choices: --isoflop and --plot"),
        (
            law.to_owned() + "optimizer = ['flow', 'gd']\nlearning-rate = 0.1\n",
            "optimizer = flow: --learning-rate belongs to steps",
        ),
    ];
    for (text, told) in cases {
        let own = definition(&directory, &text)?;
        let message = refusal(&["sweep", &own, "--output", &never])?;
        assert!(message.contains(told), "{text}: no `{told}` in {message}");
    }
    let columns = "command = 'loss'\na = 1.5\nb = 1.25\ntime = 1\ndecompose = [true, false]\n";
    let own = definition(&directory, columns)?;
    assert!(refusal(&["sweep", &own, "--output", &never])?.contains("the runs of a sweep have the same columns"));
    let many: Vec<String> = (1..=400).map(|i| i.to_string()).collect();
    let many = many.join(", ");
    let own = definition(&directory, &format!("{law}width = [{many}]\nsamples = [{many}]\n"))?;
    assert!(refusal(&["sweep", &own, "--output", &never])?.contains("more than 100000 combinations"));

    let own = definition(&directory, law)?;
    let never_json = file(&directory, "never.json");
    assert!(refusal(&["sweep", &own])?.contains("give --output"));
    assert!(refusal(&["sweep", "missing.toml", "--output", &never])?.contains("missing.toml: cannot be read"));
    assert!(refusal(&["sweep", &own, "--output", &never_json, "--shard", "1/2"])?.contains("kept in a .csv"));
    assert!(refusal(&["sweep", &own, "--output", &never, "--output", "other.csv"])?.contains("give a single one"));
    for shard in ["0/2", "3/2", "1", "x/y", "1/0"] {
        assert!(refusal(&["sweep", &own, "--output", &never, "--shard", shard])?.contains("give I/N"), "{shard}");
    }
    let left: Vec<_> = fs::read_dir(&directory)?.map(|entry| entry.map(|entry| entry.file_name())).collect();
    assert_eq!(left.len(), 1, "a refused sweep left a file: {left:?}");
    Ok(())
}

#[test]
fn figures_are_drawn_of_what_fits_one() -> Outcome {
    let directory = directory("sweep_figures")?;
    let svg = file(&directory, "x.svg");
    let cases: [(&str, &[&str]); 5] = [
        (FRONTIER, &["compute C", "a 1.3, b 1.25", "a 1.6, b 2"]),
        // a single run has the picture of its command
        ("command = 'frontier'\na = 1.5\nb = 1.25\ncompute = '1e3:1e6:5'\n", &["least loss", "predicted: C^-0.2222"]),
        ("command = 'frontier'\na = 1.5\nb = [1.25, 2]\ncompute = '1e3:1e6:5'\nplot = 'choices'\n", &["time t, b 2"]),
        (
            "command = 'loss'\na = 1.5\nb = 1.25\nsamples = 100\nnoise = [0, 0.1]\nensemble = [1, inf]\ntime = '1:1e6:9'\n",
            &["time t", "noise 0.1, ensemble ∞, samples 100"],
        ),
        ("command = 'regimes'\na = 1.5\nb = 1.25\nwidth = '1:1e4:9'\ntime = '1:1e6:9'\n", &["limited by"]),
    ];
    for (text, parts) in cases {
        let own = definition(&directory, text)?;
        sweep(&own, &svg, &[])?;
        let drawn = fs::read_to_string(&svg)?;
        for part in parts {
            assert!(drawn.contains(part), "{text}: no `{part}` in the svg");
        }
        assert_eq!(fs::read_dir(&directory)?.count(), 2, "results that nobody asked for are left");
    }
    let own =
        definition(&directory, "command = 'regimes'\na = 1.5\nb = [1.25, 2]\nwidth = '1:1e4:9'\ntime = '1:1e6:9'\n")?;
    assert!(refusal(&["sweep", &own, "--output", &svg])?.contains("a figure shows one map"));
    Ok(())
}

/// Lists that vary together make as many runs as one of them has values.
#[test]
fn lists_vary_together() -> Outcome {
    let directory = directory("sweep_together")?;
    let own = definition(
        &directory,
        "command = 'loss'\na = [1.5, 2]\nwidth = [10, 20, 40]\nb = [1.25, 1.5]\ntogether = ['a', 'b']\ntime = 1\n",
    )?;
    let output = file(&directory, "x.csv");
    let text = sweep(&own, &output, &[])?;
    assert!(text.contains("# together = [\"a\", \"b\"]\n"));
    let told: Vec<String> =
        rows(&text)[1..].iter().map(|row| row.split(',').take(4).collect::<Vec<_>>().join(" ")).collect();
    let expected = ["0 1.5 1.25 10", "1 1.5 1.25 20", "2 1.5 1.25 40", "3 2 1.5 10", "4 2 1.5 20", "5 2 1.5 40"];
    assert_eq!(told, expected);
    // a value may come again, all of them together not
    let again = |b: &str| {
        definition(
            &directory,
            &format!("command = 'loss'\na = [1.5, 1.5, 2]\nb = [{b}]\ntogether = ['a', 'b']\ntime = 1\n"),
        )
    };
    assert_eq!(rows(&sweep(&again("1.25, 1.5, 1.5")?, &file(&directory, "again.csv"), &[])?).len(), 4);
    let message = refusal(&["sweep", &again("1.25, 1.25, 2")?, "--output", &file(&directory, "never.csv")])?;
    assert!(message.contains("together: the values 1.5, 1.25 are there twice"), "{message}");
    let own = definition(
        &directory,
        "command = 'loss'\na = [1.5, 2]\nwidth = [10, 20, 40]\nb = [1.25, 1.5]\ntogether = ['a', 'b']\ntime = 1\n",
    )?;
    // parts know it
    let part = |i: usize| file(&directory, &format!("{i}.csv"));
    for i in [1, 2] {
        sweep(&own, &part(i), &["--shard", &format!("{i}/2")])?;
    }
    let joined = file(&directory, "joined.csv");
    stdout(&["merge", &part(1), &part(2), "--output", &joined])?;
    assert_eq!(fs::read_to_string(&joined)?, text);
    Ok(())
}

/// Several files, each with outputs of its own, beside it.
#[test]
fn several_files_are_several_sweeps() -> Outcome {
    let directory = directory("sweep_several")?;
    let law = "command = 'loss'\na = 1.5\nb = 1.25\ntime = '1:100:5'\n";
    let write = |name: &str, output: &str| -> Result<String, Box<dyn Error>> {
        let path = file(&directory, name);
        fs::write(&path, format!("{law}output = {output}\n"))?;
        Ok(path)
    };
    let (first, second) = (write("1.toml", "['1.csv', '1.svg']")?, write("2.toml", "'2.json'")?);
    let printed = stdout(&["sweep", &first, &second])?;
    assert!(printed.lines().count() >= 2 && printed.lines().all(|line| line.starts_with("wrote ")), "{printed}");
    let names = ["1.toml", "2.toml", "1.csv", "1.svg", "2.json"];
    assert!(names.iter().all(|name| directory.join(name).exists()));
    assert_eq!(fs::read_dir(&directory)?.count(), names.len());
    // what is asked for goes before what the file names
    let asked = file(&directory, "asked.csv");
    sweep(&second, &asked, &[])?;

    let third = write("3.toml", "'2.json'")?;
    let fourth = file(&directory, "4.toml");
    fs::write(&fourth, law)?;
    let cases: [(&[&str], &str); 4] = [
        (&[&second, &third], "both write"),
        (&[&first, &second, "--output", &asked], "give the key `output` in each file"),
        (&[&first, &second, "--shard", "1/2"], "--shard 1/2 is a part of one sweep"),
        (&[&first, &fourth], "where to? give --output"),
    ];
    for (arguments, told) in cases {
        let message = refusal(&[&["sweep"], arguments].concat())?;
        assert!(message.contains(told), "no `{told}` in {message}");
    }
    Ok(())
}

#[test]
fn the_number_of_threads_does_not_matter() -> Outcome {
    let directory = directory("sweep_threads")?;
    let own = definition(&directory, FRONTIER)?;
    let one = sweep(&own, &file(&directory, "1.csv"), &["--threads", "1"])?;
    assert_eq!(one, sweep(&own, &file(&directory, "3.csv"), &["--threads", "3"])?);
    Ok(())
}

#[test]
fn help_teaches() -> Outcome {
    let help = stdout(&["sweep", "--help"])?;
    for part in ["Examples:", "command = \"frontier\"", "--shard", "spectralaw merge"] {
        assert!(help.contains(part), "no `{part}` in the help");
    }
    assert!(stdout(&["merge", "--help"])?.contains("Example:"));
    assert!(stdout(&["--help"])?.contains("sweep"));
    Ok(())
}
