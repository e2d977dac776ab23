//! What the table `[figure]` of a sweep's file says is what is drawn, or is refused with a remedy.

mod common;

use std::error::Error;
use std::fs;
use std::path::Path;

use self::common::{Outcome, directory, file, refusal, stdout};

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
    for part in ["time/2", "test loss, train loss", "\n1.5\n", "\n0.5\n"] {
        assert!(svg.contains(part), "no `{part}`");
    }
    assert!(!svg.contains("not drawn"));

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
        ("x_scale = 'square'", "give \"log\" or \"linear\""),
        ("x_range = [0, 1]", "figure.x_range begins at 0, which a logarithmic axis has not"),
        ("y_range = [2, 1]", "give the smaller end first"),
        ("y_range = [nan, 1]", "is no finite number"),
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
    assert!(refusal(&["sweep", &own, "--output", &never])?.contains("cannot be read"));
    let cases = [
        ("# nothing\n", "has no line with names of columns"),
        ("time,test_loss\n1,1\n", "has no column standard_error"),
        ("time,time,standard_error\n", "has two columns time"),
        ("time,test_loss,standard_error\n1,1\n", "line 2 is no row of 3 numbers"),
        ("time,test_loss,standard_error\n1,x,1\n", "line 2 is no row of 3 numbers"),
        ("time,test_loss,standard_error\n1,1,-1\n", "is negative or infinite"),
        ("time,signal,standard_error\n1,1,1\n", "has none of the columns of figure.y"),
        ("width,test_loss,standard_error\n1,1,1\n", "has no column time, which figure.x needs"),
        ("time,width,test_loss,standard_error\n1,20,1,1\n", "belongs to none of the curves"),
    ];
    for (text, told) in cases {
        fs::write(&points, text)?;
        let message = refusal(&["sweep", &own, "--output", &never])?;
        assert!(message.contains(told) && message.contains("points.csv"), "{text}: no `{told}` in {message}");
    }
    assert!(!Path::new(&never).exists());
    Ok(())
}
