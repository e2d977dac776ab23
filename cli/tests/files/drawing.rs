//! What the table `[figure]` of a sweep's file says is what is drawn, or is refused with a remedy.

use std::error::Error;
use std::fs;
use std::path::Path;

use crate::common::{Outcome, directory, file, refusal, stdout};

const LAW: &str = "command = 'loss'\na = 1.5\nb = 1.25\n";
const GRID: &str = "width = '10,100'\nensemble = [1, 4]\ntime = '1:100:20'\n";

/// Writes a file of a sweep; its name.
fn definition(directory: &Path, text: &str) -> Result<String, Box<dyn Error>> {
    let path = file(directory, "sweep.toml");
    fs::write(&path, text)?;
    Ok(path)
}

/// The figure that a file asks for, as svg.
fn figure(directory: &Path, text: &str) -> Result<String, Box<dyn Error>> {
    let own = definition(directory, &format!("{text}\n"))?;
    let svg = file(directory, "x.svg");
    stdout(&["sweep", &own, "--output", &svg])?;
    Ok(fs::read_to_string(svg)?)
}

#[test]
fn figures_show_what_is_asked() -> Outcome {
    let directory = directory("drawing_shown")?;
    let svg = figure(
        &directory,
        &format!(
            "{LAW}{GRID}[figure]\ntitle = 'A title'\nx = 'ensemble*width*time'\nalong = 'time'\ny = 'test_loss'\n\
             dashed = 'ensemble'\nnames = ['narrow', 'wide']\nx_label = 'compute'\n\
             guides = [{{ exponent = -0.5, from = [10, 1], to = 1000, label = 'a guide' }}]"
        ),
    )?;
    for part in ["A title", "compute", "test loss", "narrow", "wide", "ensemble 4", "a guide"] {
        assert!(svg.contains(part), "no `{part}`");
    }
    assert!(!svg.contains("ensemble 1") && !svg.contains("width 10"), "dashes and colours tell different things");

    // a second quantity; linear axes have zero and negative numbers
    let svg = figure(
        &directory,
        &format!(
            "{LAW}samples = 10\nwidth = 5\ntime = '0,1,2,3'\n[figure]\nx = 'time/2'\ny = ['test_loss', 'train_loss']\nx_scale = 'linear'\ny_scale = 'linear'"
        ),
    )?;
    for part in ["time/2", "test loss, train loss", "\"1.5\"", "\"0.5\""] {
        assert!(svg.contains(part), "no `{part}`");
    }
    assert!(!svg.contains("not drawn"));

    // a linear axis has time zero, a logarithmic one has not; losses below those of infinite time are negative
    let times = format!("{LAW}samples = 10\nwidth = 5\ntime = '0,1,2,inf'\nexcess = 'time'\n[figure]\nx = 'time'\n");
    let cases = [
        ("y = 'excess'", "4 points that are not positive and finite are not drawn"),
        (
            "y = 'excess'\ny_scale = 'linear'",
            "2 points that are not finite, or not positive on the logarithmic axis, are",
        ),
        (
            "y = 'test_loss'\nx_scale = 'linear'",
            "1 point that is not finite, or not positive on the logarithmic axis, is",
        ),
        ("y = 'excess'\nx_scale = 'linear'\ny_scale = 'linear'", "1 point that is not finite is not drawn"),
    ];
    for (axes, told) in cases {
        let svg = figure(&directory, &format!("{times}{axes}"))?;
        assert!(svg.contains(told), "{axes}: no `{told}` in {svg}");
    }

    // only a title: the command's own picture
    let svg = figure(
        &directory,
        "command = 'frontier'\na = 1.5\nb = 1.25\ncompute = '1e3:1e6:5'\n[figure]\ntitle = 'A frontier'\nx_range = [1, 1e9]",
    )?;
    assert!(svg.contains("A frontier") && svg.contains("least loss") && svg.contains("10⁸"));

    // what is wrong with the command's own picture does not stop one that is asked for
    let own = "command = 'regimes'\na = 1.5\nb = [1.25, 2]\nwidth = '1:1e4:9'\ntime = '1,10'\n";
    assert!(figure(&directory, &format!("{own}[figure]\nx = 'width'\ny = 'test_loss'"))?.contains("b 2, time 10"));
    Ok(())
}

/// Losses with their spread have a band around each curve, in a figure of its own axes and in the usual one.
#[test]
fn single_runs_lie_in_bands() -> Outcome {
    let directory = directory("drawing_bands")?;
    let grid = "width = '10,100'\nsamples = 50\ntime = '1:100:6'\n";
    for drawing in ["", "[figure]\nx = 'time'\ny = 'test_loss'\n", "[figure]\nx = 'time'\ny = '2*train_loss'\n"] {
        let plain = figure(&directory, &format!("{LAW}{grid}{drawing}"))?;
        let with_spread = figure(&directory, &format!("{LAW}{grid}spread = true\n{drawing}"))?;
        let areas = |svg: &str| svg.matches("<polygon ").count();
        assert!(areas(&with_spread) >= areas(&plain) + 2, "{drawing}");
        let name = "single runs, one standard deviation";
        assert!(with_spread.contains(name) && !plain.contains(name), "{drawing}");
    }
    // of an exponent of a loss there is no band
    let svg = figure(&directory, &format!("{LAW}{grid}spread = true\n[figure]\nx = 'time'\ny = 'test_loss^2'\n"))?;
    assert!(!svg.contains("single runs"));
    Ok(())
}

/// Points lie on the curves that they belong to, in their colours.
#[test]
fn points_have_the_colours_of_their_curves() -> Outcome {
    let directory = directory("drawing_points")?;
    let csv =
        stdout(&["loss", "--a", "1.5", "--b", "1.25", "--width", "10,100", "--time", "1,10,100", "--format", "csv"])?;
    let rows = csv.lines().skip(1).map(|row| row.split(',').collect::<Vec<_>>());
    let rows: Vec<String> = rows.map(|row| format!("{},{},{},0.2\n", row[0], row[2], row[3])).collect();
    let points = file(&directory, "points.csv");
    fs::write(&points, format!("# a remark\nwidth,time,test_loss,standard_error\n{}", rows.concat()))?;
    let text = format!(
        "{LAW}width = '10,100'\ntime = '1:100:3'\n[figure]\nx = 'time'\ny = 'test_loss'\npoints = 'points.csv'"
    );
    let svg = figure(&directory, &text)?;
    let attribute = |element: &str, name: &str| -> Option<String> {
        element.split(&format!("{name}=\"")).nth(1)?.split('"').next().map(str::to_owned)
    };
    let circles: Vec<&str> = svg.split("<circle ").skip(1).collect();
    let colours: Vec<Option<String>> = circles.iter().map(|circle| attribute(circle, "fill")).collect();
    // six points, and one in the legend
    assert_eq!(colours.len(), 7);
    assert!(
        colours[0] == colours[1] && colours[2] == colours[0] && colours[3] != colours[0] && colours[5] == colours[3]
    );
    let lines: Vec<&str> = svg.split("<polyline ").skip(1).collect();
    for circle in &circles[..6] {
        let number = |name: &str| attribute(circle, name).and_then(|text| text.parse::<i32>().ok()).unwrap_or(-1);
        let at = format!("{},{}", number("cx"), number("cy"));
        let own =
            lines.iter().find(|line| line.contains(&at) && attribute(line, "stroke") == attribute(circle, "fill"));
        assert!(own.is_some(), "no line of the colour of {circle} passes through {at}");
    }
    assert!(svg.contains("simulation"));

    // without errors, as a spreadsheet writes them, and with a name of their own
    let text = format!("{text}\npoints_label = 'three seeds'\n");
    fs::write(
        &points,
        format!("\u{feff}Width;Time;Test Loss\r\n{}", rows.concat().replace(",0.2", "").replace(',', ";")),
    )?;
    let svg = figure(&directory, &text)?;
    assert!(svg.contains("three seeds") && svg.matches("<circle ").count() == 7, "{svg}");

    // decades away
    let own = definition(&directory, &text)?;
    let run = |rows: &str| -> Result<String, Box<dyn Error>> {
        fs::write(&points, format!("width,time,test_loss\n{rows}"))?;
        stdout(&["sweep", &own, "--output", &file(&directory, "far.svg")])
    };
    let (near, far) = (run("10,1,1.5\n10,10,0.3\n")?, run("10,1,1.5\n10,10,40\n100,3,0.001\n")?);
    assert_eq!(near.lines().count(), 1, "{near}");
    assert!(far.contains("2 of 3 points of points.csv differ from every curve by a factor of 10 or more"), "{far}");
    Ok(())
}

#[test]
fn tables_that_mean_nothing_are_refused() -> Outcome {
    let directory = directory("drawing_refused")?;
    let never = file(&directory, "never.svg");
    let axes = "x = 'time'\ny = 'test_loss'\n";
    let cases = [
        ("colour = 1", "unknown key `figure.colour`: what it has is title, x, y, along, dashed"),
        ("title = 3", "figure.title = 3: give text"),
        ("x = 'time'", "figure.x and figure.y belong together"),
        ("points_label = 'x'", "figure.points_label is of points"),
        ("x = 'time'\ny = 'test_loss'\npoints = ['1', '2', '3']\npoints_label = ['x', 'y']", "2 labels for 3 files"),
        ("points = 'x.csv'", "figure.points belongs to curves of columns: give x and y as well"),
        ("x = 'time+1'\ny = 'test_loss'", "write products as in width*time^2/100"),
        (
            "x = 'time'\ny = 'loss'",
            "figure.y: `loss` is no column of numbers; there are unit, ensemble, width, samples, time, test_loss",
        ),
        ("x = 'width*time'\ny = 'test_loss'", "width and time vary: give figure.along"),
        ("x = 'width*time'\ny = 'test_loss'\nalong = 'noise'", "figure.along = noise: is none of what varies"),
        (
            "x = 'train_loss'\ny = 'test_loss'",
            "along what are curves? give figure.along, one of ensemble, width, samples, time",
        ),
        ("x = 'time'\ny = ['test_loss', 'train_loss', 'signal']", "figure.y has 3 quantities"),
        ("x = 'time'\ny = ['test_loss', 'train_loss']\ndashed = 'width'", "figure.dashed: the second quantity"),
        ("x = 'width'\ny = 'test_loss'\ndashed = 'time'", "figure.dashed = time: it has 20 values"),
        ("x = 'time'\ny = 'test_loss'\ndashed = 'time'", "figure.dashed = time: curves do not differ by it"),
        ("x = 'time'\ny = 'test_loss'\nnames = ['one']", "figure.names has 1 names, but colours tell 4 curves"),
        ("names = ['one']", "figure.names belongs to curves of columns"),
        ("x_scale = 'linear'", "figure.x_scale = \"linear\" belongs to curves of columns: give x and y as well"),
        ("y_scale = 'linear'", "figure.y_scale = \"linear\" belongs to curves of columns: give x and y as well"),
        ("x_scale = 'square'", "give \"log\" or \"linear\""),
        ("x_range = [0, 1]", "figure.x_range begins at 0, which a logarithmic axis has not"),
        ("y_range = [2, 1]", "give the smaller end first"),
        ("y_range = [nan, 1]", "is no finite number"),
        ("x_scale = 'linear'\nx_range = [0, 5e-324]", "the ends are too close together for ticks: give a wider range"),
        ("y_range = [1, 1.0000000000000002]", "too close together for ticks: give a wider range"),
        ("y_scale = 'linear'\ny_range = [-1.7e308, 1.7e308]", "too far apart for a double: give a narrower range"),
        (
            "x_scale = 'linear'\nguides = [{ exponent = 1, from = [1, 1], to = 2 }]",
            "straight lines on logarithmic axes",
        ),
        ("guides = [{ exponent = 1, from = [1, 1] }]", "a guide has no `to`"),
        ("guides = [{ exponent = 1, from = [1, 0], to = 2 }]", "give positive numbers"),
        ("guides = [{ exponent = 1, from = [1, 1], to = 2, color = 1 }]", "unknown key `guides.color`"),
        ("guides = 3", "give a list, as in"),
    ];
    for (table, told) in cases {
        let own = definition(&directory, &format!("{LAW}{GRID}[figure]\n{table}\n"))?;
        let message = refusal(&["sweep", &own, "--output", &never])?;
        assert!(message.contains(told), "{table}: no `{told}` in {message}");
    }
    let own = definition(&directory, &format!("{LAW}{GRID}figure = 3\n"))?;
    assert!(refusal(&["sweep", &own, "--output", &never])?.contains("begin it with a line [figure]"));

    let points = file(&directory, "points.csv");
    let own = definition(&directory, &format!("{LAW}{GRID}[figure]\n{axes}points = 'points.csv'\n"))?;
    assert!(refusal(&["sweep", &own, "--output", &never])?.contains("cannot be opened"));
    let cases = [
        ("# nothing\n", "is empty"),
        ("time,test_loss\n", "has no numbers below its names"),
        ("time,Time,standard_error\n1,1,1\n", "has two columns time"),
        ("time,test_loss,standard_error\n1,1\n", "line 2 has 2 fields but the first line has 3"),
        ("time,test_loss,standard_error\n1,x,1\n", "line 2, column 2: `x` is no number"),
        ("time,test_loss,standard_error\n1,1,-1\n", "a standard error in [1.0, 1.0, -1.0] is negative"),
        ("time,test_loss,standard_error\n1,1,inf\n", "entry [0][2] is inf"),
        ("time,signal,standard_error\n1,1,1\n", "has none of the columns of figure.y"),
        ("width,test_loss,standard_error\n1,1,1\n", "has no column time, which figure.x needs"),
        ("time,width,test_loss,standard_error\n1,20,1,1\n", "belongs to none of the curves"),
    ];
    for (text, told) in cases {
        fs::write(&points, text)?;
        let message = refusal(&["sweep", &own, "--output", &never])?;
        assert!(message.contains(told) && message.contains("points.csv"), "{text}: no `{told}` in {message}");
    }
    // no data either, not even hidden ones
    assert_eq!(files(&directory)?, ["points.csv", "sweep.toml"]);
    Ok(())
}

/// Names of all files, in order.
fn files(directory: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let names =
        fs::read_dir(directory)?.map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()));
    let mut names: Vec<String> = names.collect::<Result<_, _>>()?;
    names.sort();
    Ok(names)
}

/// Points of curves that files of spectra tell apart have the numbers of these: 1 for the first.
#[test]
fn points_know_words_by_their_numbers() -> Outcome {
    let directory = directory("drawing_words")?;
    for (name, power) in [("one.csv", 1.0), ("two.csv", 2.0)] {
        fs::write(directory.join(name), format!("eigenvalue,target_power\n1,{power}\n0.1,{power}\n"))?;
    }
    let text = "command = 'loss'\nspectrum = ['one.csv', 'two.csv']\nsamples = 10\ntime = '1:100:3'\noutput =                 'drawn.svg'\n[figure]\nx = 'time'\ny = 'test_loss'\nnames = ['first', 'second']\npoints =                 'points.csv'\n";
    let sweep = definition(&directory, text)?;
    let points = file(&directory, "points.csv");
    fs::write(&points, "spectrum,time,test_loss\n2,10,1\n1,10,0.5\n2,100,0.2\n")?;
    stdout(&["sweep", &sweep])?;
    let drawn = fs::read_to_string(directory.join("drawn.svg"))?;
    assert!(drawn.contains("first") && drawn.contains("second"), "{drawn}");
    fs::write(&points, "spectrum,time,test_loss\n3,10,1\n")?;
    let message = refusal(&["sweep", &sweep])?;
    assert!(message.contains("the point [3.0, 10.0, 1.0] belongs to none of the curves"), "{message}");
    Ok(())
}

/// What cannot be drawn is told before the first run, for every command and whichever files are asked for.
#[test]
fn mistakes_are_told_before_any_work() -> Outcome {
    let directory = directory("drawing_early")?;
    let [csv, svg] = ["never.csv", "never.svg"].map(|name| file(&directory, name));
    fs::write(directory.join("points.csv"), "mode,time,residual,standard_error\n3,1,1,0\n")?;
    let law = "a = 1.5\nb = [1.25, 2]\n";
    let modes =
        format!("command = 'modes'\n{law}mode = '1,2'\ntime = '1:10:3'\n[figure]\nx = 'time'\ny = 'residual'\n");
    let frontier = format!("command = 'frontier'\n{law}compute = '1e3:1e4:3'\n[figure]\ny = 'test_loss'\n");
    let map = "command = 'regimes'\na = 1.5\nb = 1.25\nwidth = '1:100:3'\ntime = '1:100:3'\n[figure]\n";
    let cases = [
        (format!("{modes}points = 'points.csv'"), "the point [3.0, 1.0, 1.0, 0.0] belongs to none of the curves"),
        (format!("{modes}names = ['one', 'two', 'three']"), "figure.names has 3 names, but colours tell 4 curves"),
        (format!("{modes}dashed = 'samples'"), "figure.dashed = samples: it has 1 values"),
        (
            format!("{frontier}x = 'compute'\ndashed = 'width'"),
            "figure.dashed = width: curves do not differ by it, but by b",
        ),
        (format!("{frontier}x = 'b*compute'"), "b and compute vary: give figure.along"),
        (format!("{map}title = 'A map'"), "a map has no [figure]: omit it, or give figure.x and figure.y"),
        (format!("{map}x = 'time'\ny = 'test_loss'\nnames = ['one']"), "colours tell 3 curves"),
    ];
    for (text, told) in cases {
        let own = definition(&directory, &text)?;
        for outputs in [vec!["--output", &svg], vec!["--output", &csv, "--output", &svg], vec!["--output", &csv]] {
            let message = refusal(&[&["sweep", &own], &outputs[..]].concat())?;
            assert!(message.contains(told), "{text}: no `{told}` in {message}");
            assert_eq!(files(&directory)?, ["points.csv", "sweep.toml"], "{text} {outputs:?}");
        }
    }
    Ok(())
}

/// What is told before any work is what the results have, in columns of options and of answers; what profiles of
/// frontiers run through is known only from the results.
#[test]
fn curves_that_can_be_are_drawn() -> Outcome {
    let directory = directory("drawing_known")?;
    fs::write(
        directory.join("points.csv"),
        "samples,optimizer_is,width,steps,test_loss,standard_error\n100,1,10,1,1,0\n100,1,20,10,1,0\n",
    )?;
    let frontier = "command = 'frontier'\na = 1.5\nb = 1.25\ncompute = '1e3:1e4:3'\n";
    let cases = [
        (
            format!("{frontier}samples = [1000, inf]\n[figure]\nx = 'compute'\ny = 'test_loss'\ndashed = 'samples'"),
            "samples ∞",
        ),
        (
            format!(
                "{frontier}isoflop = true\n[figure]\nx = 'width'\ny = 'test_loss'\nnames = ['low', 'middle', 'high']"
            ),
            "middle",
        ),
        (
            format!("{frontier}isoflop = true\n[figure]\nx = 'width*compute'\nalong = 'width'\ny = 'test_loss'"),
            "compute 10000",
        ),
        (
            format!(
                "{LAW}samples = '100,200'\nwidth = [10, 20]\noptimizer = ['heavy-ball', 'nesterov']\nmomentum = 0.5\n\
                 learning-rate = 0.1\nsteps = '1:100:3'\n[figure]\nx = 'steps'\ny = 'test_loss'\ndashed = 'optimizer'\n\
                 names = ['one', 'two', 'three', 'four']\npoints = 'points.csv'"
            ),
            "optimizer nesterov",
        ),
    ];
    for (text, part) in cases {
        let svg = figure(&directory, &text)?;
        assert!(svg.contains(part), "{text}: no `{part}` in {svg}");
    }
    // profiles at several budgets: along which of the two is known before, what the other has is not
    let own =
        definition(&directory, &format!("{frontier}isoflop = true\n[figure]\nx = 'width*compute'\ny = 'test_loss'"))?;
    let message = refusal(&["sweep", &own, "--output", &file(&directory, "never.svg")])?;
    assert!(message.contains("compute and width vary: give figure.along"), "{message}");
    assert_eq!(files(&directory)?, ["points.csv", "sweep.toml", "x.svg"]);
    Ok(())
}

/// Letters are drawn, so that a figure does not depend on the fonts of a machine, and words are told to whoever does not
/// see them.
#[test]
fn letters_are_outlines() -> Outcome {
    let directory = directory("drawing_letters")?;
    let svg = figure(&directory, &format!("{LAW}{GRID}"))?;
    assert!(!svg.contains("<text") && !svg.contains("font-family"));
    let used: Vec<&str> = svg.split("xlink:href=\"#").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(used.len() > 50, "{} letters", used.len());
    for letter in used {
        let start = format!("<path id=\"{letter}\" d=\"M");
        assert!(svg.contains(&start), "{letter} has no outline");
    }
    assert!(svg.contains("aria-label=\"test loss\""));
    Ok(())
}

/// Every figure can be a pdf: of one page, whose objects lie where its table says, with the words of the svg.
#[test]
fn figures_are_pdf_as_well() -> Outcome {
    let directory = directory("drawing_pdf")?;
    let [pdf, svg] = ["x.pdf", "x.svg"].map(|name| file(&directory, name));
    let commands = [
        "loss --a 1.5 --b 1.25 --width 10,100 --time 1:100:9",
        "frontier --a 1.5 --b 1.25 --compute 1e3:1e6:7",
        "frontier --a 1.5 --b 1.25 --compute 1e4,1e6 --isoflop",
        "regimes --a 1.5 --b 1.25 --samples 100 --width 10:1e3:8 --time 1:1e3:8",
        "modes --a 1.5 --b 1.2 --width 50 --samples 100 --mode 1,2,3 --rate 1e-3:10:20",
    ];
    for command in commands {
        let all: Vec<&str> = command.split(' ').chain(["--format", "csv", "-o", &pdf, "-o", &svg]).collect();
        stdout(&all)?;
        let (bytes, drawn) = (fs::read(&pdf)?, fs::read_to_string(&svg)?);
        let text = String::from_utf8_lossy(&bytes);
        assert!(text.starts_with("%PDF-1.") && text.trim_end().ends_with("%%EOF"), "{command}");
        let find = |what: &str, from: usize| {
            let found = bytes[from..].windows(what.len()).position(|window| window == what.as_bytes());
            found.map(|place| from + place).ok_or(format!("{command}: no {what}"))
        };
        // lines of the table are the byte at which an object begins, its generation, and n for one that is in use
        let table = String::from_utf8(bytes[find("\nxref", 0)?..find("trailer", 0)?].to_vec())?;
        let objects: Vec<usize> =
            table.lines().filter_map(|line| line.trim_end().strip_suffix(" 00000 n")?.parse().ok()).collect();
        assert_eq!(objects.len(), 5, "{command}: {table}");
        for (number, place) in objects.into_iter().enumerate() {
            let start = format!("{} 0 obj", number + 1);
            assert!(bytes[place..].starts_with(start.as_bytes()), "{command}: no {start} at {place}");
        }
        assert!(text.contains("/MediaBox [0 0 460.8 311.04]"), "{command}");
        let words = drawn.split("aria-label=\"").skip(1).filter_map(|rest| rest.split('"').next());
        for word in words.filter(|word| word.chars().all(|c| c.is_ascii_alphanumeric() || c == ' ')) {
            assert!(text.contains(&format!("/ActualText ({word})")), "{command}: no `{word}`");
        }
    }
    Ok(())
}
