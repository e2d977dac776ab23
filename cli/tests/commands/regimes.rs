//! `spectralaw regimes`: what limits the loss, in all formats, and maps of it.

use std::error::Error;
use std::fs::{self, File};
use std::io::{BufReader, Read};

use serde_json::Value;
use spectralaw::{Model, Optimizer, Resource, Spectrum};

use crate::common::{Outcome, directory, file, keys, records, refusal, same_bits, stdout};

const LAW: &[&str] = &["regimes", "--a", "1.5", "--b", "1.25"];

const KEYS: &[&str] = &[
    "width",
    "samples",
    "time",
    "test_loss",
    "limited_by",
    "width_regime",
    "samples_regime",
    "time_share",
    "width_share",
    "samples_share",
    "noise_share",
    "time_exponent",
    "width_exponent",
    "samples_exponent",
    "width_excess_exponent",
    "samples_excess_exponent",
    "time_of_width",
    "time_of_samples",
    "samples_of_width",
];

const WORDS: &[&str] = &["limited_by", "width_regime", "samples_regime"];

fn run(arguments: &str) -> Result<String, Box<dyn Error>> {
    stdout(&[LAW, &arguments.split(' ').collect::<Vec<_>>()].concat())
}

#[test]
fn regimes_known_by_construction() -> Outcome {
    let cases = [
        // far apart by the scales t ~ N^b ~ P^b at which they meet
        ("--width 1e8 --samples 1e8 --time 1e3", "time", "variance-limited", "variance-limited"),
        ("--width 1e2 --samples 1e8 --time 1e14", "width", "resolution-limited", "variance-limited"),
        ("--width 1e8 --samples 1e2 --time 1e14", "samples", "variance-limited", "resolution-limited"),
        ("--samples 1e6 --time 1e2", "time", "infinite", "variance-limited"),
        ("--width 1e4 --time inf", "width", "resolution-limited", "infinite"),
        ("--samples 1e3 --noise 1 --time 1e12", "label noise", "infinite", "resolution-limited"),
        ("--width 1e3 --samples 1.5e3 --time 1e12", "crossover", "resolution-limited", "resolution-limited"),
        ("--width 1e2 --optimizer gd --learning-rate 0.3 --steps 1e12", "width", "resolution-limited", "infinite"),
    ];
    for (arguments, limited_by, width, samples) in cases {
        let record = &records(&run(&format!("{arguments} --format json"))?)?[0];
        let told = WORDS.iter().map(|key| record[key].as_str()).collect::<Vec<_>>();
        assert_eq!(told, [Some(limited_by), Some(width), Some(samples)], "{arguments}: {record}");
    }
    Ok(())
}

/// Every number and word is that of the library, and what has no number is null.
#[test]
fn json_is_the_library() -> Outcome {
    let text = run("--width 30,inf --samples 30,400 --noise 0.1 --time 0,3,1e4,inf --format json")?;
    assert_eq!(keys(&text.replace(":\"", ":").replace("\",", ",")), KEYS);
    let mut records = records(&text)?.into_iter();
    let number = |value: f64| if value.is_finite() { Value::from(value + 0.0) } else { Value::Null };
    let spectrum = Spectrum::power_law(1.5, 1.25)?;
    let crossover = |from: Resource, amount: f64, to: Resource| {
        // infinite sizes have none
        let found = if amount.is_finite() { spectrum.crossover(from, amount, to).ok() } else { None };
        number(found.map_or(f64::NAN, |crossover| crossover.amount))
    };
    for width in [30.0, f64::INFINITY] {
        for samples in [30.0, 400.0] {
            let model = Model::new(&Spectrum::power_law(1.5, 1.25)?).with_width(width)?.with_samples(samples)?;
            let model = model.with_noise_variance(0.1)?;
            for regime in model.regimes(&Optimizer::GradientFlow, &[0.0, 3.0, 1e4, f64::INFINITY])? {
                let record = records.next().ok_or("a record is missing")?;
                let [by_time, by_width, by_samples] = regime.exponents;
                let expected = [
                    number(regime.at),
                    number(regime.test_loss),
                    Value::from(regime.limited_by.name()),
                    Value::from(regime.width.name()),
                    Value::from(regime.samples.name()),
                    number(regime.time_share),
                    number(regime.width_share),
                    number(regime.samples_share),
                    number(regime.noise_share),
                    number(by_time),
                    number(by_width),
                    number(by_samples),
                    number(regime.width_excess_exponent),
                    number(regime.samples_excess_exponent),
                    crossover(Resource::Width, width, Resource::Time),
                    crossover(Resource::Samples, samples, Resource::Time),
                    crossover(Resource::Width, width, Resource::Samples),
                ];
                assert_eq!(record["width"].as_f64().unwrap_or(f64::INFINITY).to_bits(), width.to_bits());
                for (key, expected) in KEYS[2..].iter().zip(expected) {
                    assert_eq!(record[key], expected, "{key} of {record}");
                }
            }
        }
    }
    assert!(records.next().is_none());
    assert!(text.contains("\"width_excess_exponent\":null") && !text.contains("NaN"));
    let steps = run("--width 30 --optimizer heavy-ball --momentum 0.5 --learning-rate 0.1 --steps 5 --format json")?;
    assert!(keys(&steps.replace(":\"", ":"))[2] == "steps" && steps.contains("\"time_exponent\":null"));
    Ok(())
}

/// A step of gradient descent is so much time as its rate, of the heavy ball so much more as it remembers.
#[test]
fn crossovers_in_steps() -> Outcome {
    let time_of_width = |training: &str| -> Result<Option<f64>, Box<dyn Error>> {
        Ok(records(&run(&format!("--width 100 {training} --format json"))?)?[0]["time_of_width"].as_f64())
    };
    let flow = time_of_width("--time 1")?.ok_or("no crossover")?;
    let descent = time_of_width("--optimizer gd --learning-rate 0.1 --steps 100")?.ok_or("no crossover")?;
    assert!((descent * 0.1 / flow - 1.0).abs() < 1e-14);
    let ball = "--optimizer heavy-ball --learning-rate 0.1 --momentum 0.75 --steps 1000";
    assert!((time_of_width(ball)?.ok_or("no crossover")? * 0.4 / flow - 1.0).abs() < 1e-14);
    // no number of steps stands for a time if rates change
    assert_eq!(time_of_width("--optimizer gd --learning-rate 0.2,0.1 --steps 100")?, None);
    Ok(())
}

/// The three lines of a map meet where all resources limit alike.
#[test]
fn maps_have_crossover_lines() -> Outcome {
    let directory = directory("regimes_lines")?;
    let svg = file(&directory, "map.svg");
    run(&format!("--samples 1e4 --width 10:1e6:13 --time 1:1e8:17 --output {svg}"))?;
    let figure = fs::read_to_string(&svg)?;
    assert!(["t*(N)", "t*(P)", "N*(P)"].iter().all(|name| figure.contains(name)), "{figure}");
    run(&format!("--width 10:1e6:13 --time 1:1e8:17 --output {svg}"))?;
    let figure = fs::read_to_string(&svg)?;
    assert!(figure.contains("t*(N)") && !figure.contains("*(P)"));
    Ok(())
}

#[test]
fn all_formats_tell_the_same() -> Outcome {
    let directory = directory("regimes_formats")?;
    let [csv, json, npz] = ["x.csv", "x.json", "x.npz"].map(|name| file(&directory, name));
    // with an infinite loss, where nothing has a share, and sizes without an exponent
    let outputs = format!("--output {csv} --output {json} --output {npz}");
    let text =
        run(&format!("--width 10:1e6:4 --samples 10,inf --noise 0.2 --time 0.1,1e3,inf --format csv {outputs}"))?;
    assert_eq!(text, fs::read_to_string(&csv)?);
    assert_eq!(fs::read_dir(&directory)?.count(), 3, "a temporary file is left");
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows[0], KEYS);
    assert!(text.contains(",,") && !text.contains("NaN"), "what is undefined is empty");
    let records = records(&fs::read_to_string(&json)?)?;
    assert_eq!((rows.len(), records.len()), (25, 24));
    let mut archive = zip::ZipArchive::new(File::open(&npz)?)?;
    assert_eq!(archive.len(), KEYS.len());
    for (column, name) in KEYS.iter().enumerate() {
        let mut member = archive.by_name(&format!("{name}.npy"))?;
        let texts = rows[1..].iter().map(|row| row[column]).zip(records.iter().map(|record| &record[name]));
        if WORDS.contains(name) {
            let mut bytes = Vec::new();
            member.read_to_end(&mut bytes)?;
            for ((text, record), array) in texts.zip(unicode(&bytes)?) {
                assert_eq!((Some(text), text), (record.as_str(), array.as_str()), "{name}");
            }
            continue;
        }
        for ((text, record), array) in texts.zip(npyz::NpyFile::new(member)?.into_vec::<f64>()?) {
            let from_csv = if text.is_empty() { f64::NAN } else { text.parse()? };
            assert!(same_bits(from_csv, array) || from_csv.is_nan() && array.is_nan(), "{name}: {text} {array}");
            assert_eq!(record.as_f64(), array.is_finite().then_some(array), "{name}");
        }
    }
    Ok(())
}

/// Reads an array of text of format 1.0: a header of a multiple of 64 bytes, then four bytes for each character.
fn unicode(bytes: &[u8]) -> Result<Vec<String>, Box<dyn Error>> {
    assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00");
    let start = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    assert!(start % 64 == 0 && bytes[start - 1] == b'\n');
    let header = std::str::from_utf8(&bytes[10..start])?;
    let length = header.split("'<U").nth(1).and_then(|rest| rest.split('\'').next()).ok_or("no type")?;
    let length: usize = length.parse()?;
    let item = |item: &[u8]| -> Option<String> {
        let codes = item.chunks(4).map(|code| u32::from_le_bytes([code[0], code[1], code[2], code[3]]));
        codes.take_while(|code| *code > 0).map(char::from_u32).collect()
    };
    let items: Vec<String> = bytes[start..].chunks(4 * length).filter_map(item).collect();
    assert!(header.contains(&format!("({},)", items.len())), "{header}");
    Ok(items)
}

#[test]
fn the_number_of_threads_does_not_matter() -> Outcome {
    let asked = "--width 10:1e5:9 --samples 10,1e3 --time 1e-1:1e7:12 --noise 0.1 --format csv";
    let one = run(&format!("{asked} --threads 1"))?;
    assert_eq!(one, run(&format!("{asked} --threads 3"))?);
    assert_eq!(one, run(asked)?);
    Ok(())
}

#[test]
fn the_table_shows_what_varies_and_a_map() -> Outcome {
    let text = run("--samples 1e4 --noise 0.1 --width 10:1e6:13 --time 1:1e8:17")?;
    for part in [
        "samples 10000, label noise of variance 0.1",
        "-- regime --",
        "-- share --",
        "-- exponent --",
        "limited by",
        "resolution-limited",
        "24 of 221 points",
        "     width N\n1e6 |TTTT",
        "\n 10 |x",
        "time t",
        "limited by: T time, W width, S samples, N label noise, x crossover",
    ] {
        assert!(text.contains(part), "no `{part}` in\n{text}");
    }
    assert!(text.lines().all(|line| line.len() <= 150), "{text}");
    // (columns that do not fit stand below, with the rows named again)
    assert!(text.lines().count() < 90);
    Ok(())
}

#[test]
fn one_coordinate_makes_a_line_and_three_make_no_map() -> Outcome {
    let text = run("--width 100,inf --time 0,1,10,1e3,1e5,inf")?;
    assert!(text.contains("\n |TTT") && text.contains("WWW\n +---"), "{text}");
    assert!(text.contains("6 points at zero or infinite width are not drawn\n2 points at zero or infinite time"));
    assert!(!text.contains("samples  "), "{text}");
    let text = run("--width 100,200 --samples 100,200 --time 1,10")?;
    assert!(text.contains("no map: a map has two coordinates, but width, samples and time vary"), "{text}");
    assert!(run("--width 100 --time 10")?.contains("no map: a map needs"));
    Ok(())
}

#[test]
fn maps_are_drawn() -> Outcome {
    let directory = directory("regimes_figures")?;
    let [svg, png] = ["x.svg", "x.PNG"].map(|name| file(&directory, name));
    let outputs = format!("--output {svg} --output {png}");
    run(&format!("--samples 1e4 --noise 0.1 --width 10:1e6:13 --time 1:1e8:17 {outputs}"))?;
    let text = fs::read_to_string(&svg)?;
    for part in ["time t", "width N", "limited by", "time", "width", "samples", "label noise", "crossover", "10⁶"] {
        assert!(text.contains(part), "no `{part}` in the svg");
    }
    is_well_formed(&text);
    assert!(!text.contains("NaN"));
    let mut reader = png::Decoder::new(BufReader::new(File::open(&png)?)).read_info()?;
    let mut pixels = vec![0; reader.output_buffer_size().ok_or("too large")?];
    let info = reader.next_frame(&mut pixels)?;
    assert!(info.width >= 1000 && info.height >= 500);
    for color in [[72, 142, 196], [248, 218, 120], [120, 202, 172], [230, 140, 100], [246, 246, 246]] {
        assert!(pixels.chunks(3).filter(|pixel| *pixel == color).count() > 1000, "no area of {color:?}");
    }

    // columns in any order, some of them off the axis
    run(&format!("--width 1000,10,100 --time 10,inf,1,1000,0 {outputs}"))?;
    let text = fs::read_to_string(&svg)?;
    assert!(text.contains("6 points at zero or infinite time are not drawn"), "{text}");
    is_well_formed(&text);
    // bands behind the loss; samples run to the right of widths; sizes that are hardly different
    run(&format!("--width 100 --time 1:1e6:20 {outputs}"))?;
    let text = fs::read_to_string(&svg)?;
    assert!(text.contains("test loss") && text.contains("<polyline"));
    run(&format!("--width 10:100:3 --samples 10:1000:5 --time inf {outputs}"))?;
    assert!(fs::read_to_string(&svg)?.contains("samples P"));
    run(&format!("--width 1000,1000.0000000000001 --samples 1,1e300 --time 10 {outputs}"))?;
    assert!(!fs::read_to_string(&svg)?.contains("NaN"));
    // a loss that is infinite, and one that is zero
    run(&format!("--width 50,100 --samples 50 --time inf {outputs}"))?;
    assert!(fs::read_to_string(&svg)?.contains("1 point of zero or infinite loss is not drawn"));
    Ok(())
}

/// Every element is closed, and every number is one.
fn is_well_formed(svg: &str) {
    assert!(svg.starts_with("<svg width=\"640\"") && svg.trim_end().ends_with("</svg>"));
    let mut open = Vec::new();
    for tag in svg.split('<').skip(1) {
        let (tag, _) = tag.split_once('>').unwrap_or((tag, ""));
        let name = tag.trim_matches('/').split_whitespace().next().unwrap_or_default();
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !tag.ends_with('/') {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn what_means_nothing_is_refused() -> Outcome {
    let directory = directory("regimes_refused")?;
    let never = file(&directory, "never.csv");
    let figure = file(&directory, "never.svg");
    let map = format!("--output {figure}");
    let cases = [
        ("--width 10".to_owned(), "give --time or --steps"),
        ("--time 1 --steps 2".to_owned(), "--time and --steps exclude each other: give one of them"),
        ("--ridge 1".to_owned(), "--ridge"),
        ("--time 1 --allow-unstable".to_owned(), "--allow-unstable"),
        ("--time 1 --ensemble 2".to_owned(), "--ensemble"),
        ("--time 1 --optimizer gd".to_owned(), "--optimizer belongs to steps: give --steps instead of --time"),
        ("--steps 1".to_owned(), "give --optimizer gd"),
        ("--steps 30 --optimizer sgd --batch 8 --learning-rate 0.1".to_owned(), "batch is 8, but must be infinite"),
        ("--steps 30 --optimizer gd --learning-rate 3".to_owned(), "diverges"),
        ("--time 1 --width 0.5".to_owned(), "0.5 is out of range"),
        ("--time 1 --width nan".to_owned(), "nan is out of range"),
        ("--time 1 --noise -1".to_owned(), "-1 is out of range"),
        ("--time 1:9:4000 --width 1:9:4000".to_owned(), "10000000 points in all"),
        ("--time 1 --threads 0".to_owned(), "--threads"),
        ("--time 1 --output x.eps".to_owned(), "use .csv"),
        (format!("--time 1,2 --width 5,6 --samples 7,8 {map}"), "give a single value of one of them, or write data"),
        (format!("--time 1 {map}"), "several positive finite values"),
        (format!("--time 1,inf {map}"), "several positive finite values"),
        (format!("--time 0,inf --width 5,6 {map}"), "no time fits on a logarithmic axis"),
    ];
    for (arguments, named) in cases {
        let arguments: Vec<&str> = arguments.split(' ').chain(["--output", &never]).collect();
        let message = refusal(&[LAW, &arguments].concat())?;
        assert!(message.contains(named), "{arguments:?}: no `{named}` in {message}");
    }
    assert!(refusal(&["regimes", "--time", "1"])?.contains("no spectrum"));
    assert!(refusal(&["regimes", "--colour"])?.contains("see spectralaw regimes --help"));
    assert_eq!(fs::read_dir(&directory)?.count(), 0, "a refused run left a file");
    Ok(())
}

#[test]
fn help_teaches() -> Outcome {
    let help = stdout(&["regimes", "--help"])?;
    for part in ["Examples:", "--time or --steps", "FIRST:LAST:COUNT", "crossover", "[default: inf]"] {
        assert!(help.contains(part), "no `{part}` in the help");
    }
    assert!(!help.contains("--ridge") && !help.contains("--allow-unstable"));
    assert!(stdout(&["completions", "bash"])?.contains("regimes"));
    assert!(stdout(&["--help"])?.contains("regimes"));
    Ok(())
}

#[test]
fn late_times_of_flow_are_no_steps() -> Outcome {
    let arguments = "regimes --a 1.3 --b 1.4 --samples 1e12 --noise 5 --time 9e9,2e10 --format json";
    let records = records(&stdout(&arguments.split(' ').collect::<Vec<_>>())?)?;
    // what a hundred times as long removes of the loss less the noise, from losses at these times
    for (record, expected) in records.iter().zip([0.527_716, 0.419_333]) {
        let share = record["time_share"].as_f64().unwrap_or(f64::NAN);
        assert!((share - expected).abs() < 1e-5, "{record}");
    }
    Ok(())
}
