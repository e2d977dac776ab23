//! Random command lines, extremes included: an answer, or a refusal in one line.
//!
//! `SPECTRALAW_ATTACK_COMMANDS` says how many (200), `SPECTRALAW_ATTACK_SEED` which (1).

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::Read;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long one command may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The generator of Steele, Lea and Flood (2014).
struct Random(u64);

impl Random {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn chance(&mut self, share: f64) -> bool {
        self.unit() < share
    }

    fn one_of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[(self.bits() % choices.len() as u64) as usize]
    }

    fn decades(&mut self, low: f64, high: f64) -> f64 {
        10f64.powf(low + (high - low) * self.unit())
    }

    fn number(&mut self, low: f64, high: f64) -> String {
        if self.chance(0.12) {
            return self.one_of(EXTREMES).to_owned();
        }
        let value = self.decades(low, high);
        if self.chance(0.5) { format!("{value:.3e}") } else { format!("{value}") }
    }

    fn values(&mut self, low: f64, high: f64) -> String {
        match self.bits() % 10 {
            0 => format!("{}:{}:{}", self.number(low, high), self.number(low, high), 1 + self.bits() % 5),
            1 => format!("{},{}", self.number(low, high), self.number(low, high)),
            2 => "inf".to_owned(),
            _ => self.number(low, high),
        }
    }

    fn whole(&mut self, low: f64, high: f64) -> String {
        if self.chance(0.1) {
            return self.one_of(EXTREMES).to_owned();
        }
        format!("{}", self.decades(low, high).floor())
    }
}

const EXTREMES: &[&str] = &[
    "0",
    "-1",
    "1e-300",
    "1e300",
    "1e308",
    "1e400",
    "-0",
    "nan",
    "NaN",
    "inf",
    "-inf",
    "1",
    "1e15",
    "1e30",
    "1e-100",
    "1e100",
    "",
    "x",
    "1,",
    ":",
    "1:2",
    "1:2:0",
    "0.5",
    "1e12",
    "5e-324",
    "1e5:1e5:3",
    "2:1:3",
];

fn form(name: &str) -> Vec<String> {
    vec!["--format".to_owned(), name.to_owned()]
}

/// The words of one command.
fn command(random: &mut Random) -> Vec<String> {
    let name = random.one_of(&["loss", "loss", "loss", "loss", "regimes", "modes", "exponents", "tune", "frontier"]);
    let mut words = vec![name.to_owned()];
    let question = random.one_of(&["ridge", "time", "width", "reuse", "seeds"]);
    if name == "tune" {
        words.push(question.to_owned());
    }
    let mut give = |option: &str, value: String| words.extend([option.to_owned(), value]);
    if name == "tune" && question == "width" && random.chance(0.3) {
        give("--kernel", random.one_of(&["ntk", "relu"]).to_owned());
        give("--dimension", random.whole(0.3, 1.5));
        give("--target", random.one_of(&["white:2", "white:3", "single-index:relu", "harmonics:2", "x:"]).to_owned());
        give("--samples", random.number(0.0, 3.0));
        if random.chance(0.7) {
            give("--time", random.number(-1.0, 3.0));
        }
        if random.chance(0.3) {
            give("--weight-variance", random.number(-1.0, 1.0));
        }
        if random.chance(0.2) {
            give("--levels", random.whole(0.5, 2.0));
        }
        give("--tolerance", random.number(-2.0, 1.0));
        return words;
    }
    let (a, b) = (random.number(0.05, 0.7), random.number(0.05, 0.6));
    give("--a", a);
    give("--b", b);
    if name == "exponents" {
        if random.chance(0.4) {
            give("--optimizer", random.one_of(&["flow", "sgd"]).to_owned());
        }
        if random.chance(0.3) {
            give(
                "--cost",
                random
                    .one_of(&["N*t", "N*P", "N^2*t", "6*N*P", "N*t + P", "P^-1", "t", "N*", "B*t*N", "1/0"])
                    .to_owned(),
            );
        }
        if random.chance(0.1) {
            words.push("--noise".to_owned());
        }
        words.extend(if random.chance(0.1) { vec!["--latex".to_owned()] } else { form("json") });
        return words;
    }
    if random.chance(0.4) {
        give("--modes", random.whole(0.0, 4.0));
    }
    if random.chance(0.15) {
        give("--floor", random.number(-8.0, 2.0));
    }
    if random.chance(0.5) && name != "modes" {
        give("--noise", random.number(-8.0, 3.0));
    }
    let sizes: &[&str] = if name == "frontier" { &[] } else { &["--width", "--samples"] };
    for size in sizes {
        if random.chance(0.6) && !(question == "width" && name == "tune" && *size == "--width") {
            let largest = if random.chance(0.2) { 15.0 } else { 4.0 };
            give(size, random.values(0.0, largest));
        }
    }
    let in_steps = random.chance(0.5);
    let optimizer = random.one_of(&["gd", "heavy-ball", "nesterov", "sgd"]);
    match name {
        "modes" => {
            give(random.one_of(&["--mode", "--eigenvalue"]), random.values(0.0, 3.0));
            let at = random.one_of(&["--time", "--rate"]);
            give(at, random.values(-3.0, 8.0));
        }
        "frontier" => {
            let budget = random.number(2.0, 8.0);
            give("--compute", budget);
            if random.chance(0.3) {
                give("--samples", random.number(1.0, 6.0));
            }
            if random.chance(0.3) {
                let (low, high) = (random.number(0.0, 2.0), random.number(2.0, 4.0));
                give("--width", format!("{low}..{high}"));
            }
            if random.chance(0.15) {
                give("--target-loss", random.number(-3.0, 1.0));
            }
            for flag in ["--integers", "--isoflop"] {
                if random.chance(0.2) {
                    words.push(flag.to_owned());
                }
            }
        }
        "tune" => {
            if question != "ridge" && random.chance(0.3) {
                give("--optimizer", "gd".to_owned());
                give("--learning-rate", random.number(-4.0, 0.3));
            }
            if question == "seeds" {
                let (low, high) = (random.number(-6.0, 4.0), random.number(-6.0, 4.0));
                give(random.one_of(&["--ridge", "--time", "--steps"]), format!("{low},{high}"));
                if random.chance(0.3) {
                    give("--confidence", random.number(-0.3, 0.0));
                }
            }
            if question == "width" && random.chance(0.4) {
                give(random.one_of(&["--time", "--steps"]), random.number(-1.0, 4.0));
            }
            if ["width", "reuse"].contains(&question) && random.chance(0.6) {
                give("--tolerance", random.number(-6.0, 0.0));
            }
        }
        _ if in_steps => {
            give("--optimizer", optimizer.to_owned());
            let list = random.chance(0.15);
            let rate = if list {
                (0..3).map(|_| random.number(-4.0, 0.3)).collect::<Vec<_>>().join(",")
            } else {
                random.number(-4.0, 0.3)
            };
            give("--learning-rate", rate);
            let latest = if random.chance(0.3) { 12.0 } else { 3.0 };
            give("--steps", random.whole(0.0, latest));
            if ["heavy-ball", "nesterov"].contains(&optimizer) || random.chance(0.02) {
                // (before oscillations have decayed the work is that of all of them)
                let momentum = random.one_of(&["0", "0.5", "0.9", "0.99", "0.999", "1", "accelerated", "-0.1"]);
                give("--momentum", momentum.to_owned());
            }
            if optimizer == "sgd" || random.chance(0.02) {
                give("--batch", random.number(0.0, 4.0));
                if random.chance(0.3) {
                    give("--gradient-noise", random.one_of(&["mean-field", "gaussian"]).to_owned());
                }
            }
            if random.chance(0.25) {
                let (last, steps) = (random.number(-6.0, 0.0), random.whole(0.0, 4.0));
                let kind = random.one_of(&["linear", "cosine", "step", "power"]);
                give("--schedule", format!("{kind}:{last}:{steps}"));
            }
            if random.chance(0.15) {
                give("--warm-up", random.whole(0.0, 3.0));
            }
            if random.chance(0.1) && name == "loss" {
                words.push("--allow-unstable".to_owned());
            }
        }
        "loss" if random.chance(0.4) => give("--ridge", random.values(-12.0, 4.0)),
        _ => {
            let latest = if random.chance(0.2) { 30.0 } else { 10.0 };
            give("--time", random.values(-6.0, latest));
            if random.chance(0.25) {
                give("--inertia", random.number(-12.0, 6.0));
            }
        }
    }
    if name == "loss" {
        let mut give = |option: &str, value: String| words.extend([option.to_owned(), value]);
        if random.chance(0.15) {
            give("--ensemble", random.number(0.0, 3.0));
        }
        if random.chance(0.1) {
            give("--excess", random.one_of(&["width", "samples", "time"]).to_owned());
        }
        if random.chance(0.1) {
            give("--bag", random.number(0.0, 3.0));
        }
        if random.chance(0.1) {
            give("--weight-decay", random.number(-12.0, 3.0));
        }
        for flag in ["--decompose", "--spread"] {
            if random.chance(0.3) {
                words.push(flag.to_owned());
            }
        }
    }
    words.extend(["--format".to_owned(), random.one_of(&["json", "json", "csv", "table"]).to_owned()]);
    words
}

/// What a pipe delivers, read while the command runs.
fn reader(mut pipe: impl Read + Send + 'static) -> std::thread::JoinHandle<std::io::Result<Vec<u8>>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).map(|_| bytes)
    })
}

/// `None` if it took too long.
fn run(words: &[String]) -> Option<Output> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_spectralaw"))
        .args(words)
        .env("RAYON_NUM_THREADS", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (stdout, stderr) = (reader(child.stdout.take().unwrap()), reader(child.stderr.take().unwrap()));
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            let (stdout, stderr) = (stdout.join().unwrap().unwrap(), stderr.join().unwrap().unwrap());
            return Some(Output { status, stdout, stderr });
        }
        if start.elapsed() > PATIENCE {
            child.kill().unwrap();
            child.wait().unwrap();
            return None;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// What is wrong with an answer.
fn problem(words: &[String], output: &Output) -> Option<String> {
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if stderr.contains("panicked") || stderr.contains("RUST_BACKTRACE") {
        return Some(format!("panic: {stderr}"));
    }
    match output.status.code() {
        Some(0) => {}
        Some(2) => {
            if !stdout.is_empty() {
                return Some(format!("refused after printing {} bytes", stdout.len()));
            }
            let one_line = stderr.starts_with("error: ") && stderr.lines().count() == 1;
            return (!one_line).then(|| format!("not one line: {stderr}"));
        }
        other => return Some(format!("status {other:?}: {stderr}")),
    }
    let undefined = |word: &str| matches!(word, "NaN" | "nan" | "-nan" | "-NaN");
    if stdout.split(|c: char| !(c.is_alphanumeric() || c == '-')).any(undefined) {
        return Some("NaN is printed".to_owned());
    }
    if words.iter().any(|word| word == "json")
        && let Err(error) = serde_json::from_str::<Value>(&stdout)
    {
        return Some(format!("no json: {error}"));
    }
    None
}

#[test]
fn any_command_answers_or_refuses_in_one_line() {
    let variable = |name: &str, unless: u64| {
        std::env::var(name).map_or(unless, |text| text.parse().unwrap_or_else(|_| panic!("{name} must be a number")))
    };
    let mut random = Random(variable("SPECTRALAW_ATTACK_SEED", 1));
    let mut wrong = Vec::new();
    let count = variable("SPECTRALAW_ATTACK_COMMANDS", 200);
    let (mut answered, mut longest) = (0, (Duration::ZERO, String::new()));
    for _ in 0..count {
        let words = command(&mut random);
        let start = Instant::now();
        let output = run(&words);
        if start.elapsed() > longest.0 {
            longest = (start.elapsed(), words.join(" "));
        }
        let found = output.as_ref().map_or(Some("too slow".to_owned()), |output| problem(&words, output));
        answered += u64::from(output.is_some_and(|output| output.status.success()));
        wrong.extend(found.map(|found| format!("{found}\n  spectralaw {}", words.join(" "))));
    }
    println!("{count} commands, {answered} answered, the slowest in {:?}: spectralaw {}", longest.0, longest.1);
    assert!(wrong.is_empty(), "{} of {count} commands:\n{}", wrong.len(), wrong.join("\n"));
    assert!(10 * answered > 2 * count, "only {answered} of {count} were answered");
}

/// Options of the commands that are attacked: every one is in the attack, but for files, forms and what is delivered.
#[test]
fn every_option_is_attacked() {
    const OTHERS: [&str; 7] = ["--spectrum", "--check", "--points", "--output", "--plot", "--threads", "--help"];
    // (of the files of points)
    const OF_POINTS: [&str; 7] = ["--targets", "--centre", "--neurons", "--seed", "--header", "--index", "--decimal"];
    let source = include_str!("attack.rs");
    for command in ["loss", "regimes", "modes", "exponents", "tune", "frontier"] {
        let help = Command::new(env!("CARGO_BIN_EXE_spectralaw")).args([command, "--help"]).output().unwrap();
        let help = String::from_utf8(help.stdout).unwrap();
        let lines = help.lines().filter_map(|line| line.trim_start().split_once("--"));
        let options = lines.filter(|(before, _)| before.is_empty() || before.ends_with(", "));
        let names = options.map(|(_, rest)| rest.split(|c: char| !(c.is_alphanumeric() || c == '-')).next().unwrap());
        for name in names {
            let option = format!("--{name}");
            let is_known = source.contains(&format!("\"{option}\""));
            let is_known = is_known || OTHERS.contains(&&*option) || OF_POINTS.contains(&&*option);
            assert!(is_known, "{command} {option} is not attacked");
        }
    }
}
