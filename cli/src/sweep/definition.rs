//! What a sweep asks, as a file says it: a command, its options, and lists of values to be combined.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use clap::{CommandFactory, Parser, Subcommand};
use toml::{Table, Value};

use super::drawing::Drawing;
use crate::commands::task::Swept;
use crate::commands::{frontier, loss, modes, regimes};
use crate::failure::Failure;
use crate::number::shortest;

/// A run of one of the commands that can be swept.
#[derive(Parser, Debug)]
#[command(no_binary_name = true)]
struct Run {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    Loss(Box<loss::Options>),
    Regimes(Box<regimes::Options>),
    Frontier(Box<frontier::Options>),
    Modes(Box<modes::Options>),
}

/// The option whose value is a path.
const SPECTRUM: &str = "spectrum";

/// Keys that are no options: which lists vary together, where results go, and what a figure shows.
const TOGETHER: &str = "together";
const OUTPUT: &str = "output";
const FIGURE: &str = "figure";

/// A sweep.
#[derive(Debug)]
pub struct Definition {
    /// From where paths are seen.
    folder: PathBuf,
    command: String,
    /// Options in the order of the file.
    options: Vec<(String, Value)>,
    /// Options whose lists vary together.
    together: Vec<String>,
    /// Files for the results, where none are asked for otherwise.
    pub output: Vec<PathBuf>,
    /// What is drawn, if it is not the command's own picture.
    pub drawing: Option<Drawing>,
}

/// A value of an option.
#[derive(Debug, Clone, PartialEq)]
pub enum Given {
    /// A number.
    Number(f64),
    /// Anything else, as it is typed.
    Word(String),
    /// Whether an option without value is given.
    Flag(bool),
}

impl Given {
    fn new(value: &Value) -> Option<Self> {
        match value {
            Value::Integer(number) => Some(Self::Number(*number as f64)),
            Value::Float(number) => Some(Self::Number(*number)),
            Value::String(text) if !text.chars().any(char::is_control) => Some(Self::Word(text.clone())),
            Value::Boolean(flag) => Some(Self::Flag(*flag)),
            _ => None,
        }
    }

    /// As it is typed on the command line, with paths seen from a folder; nothing for an option that is not given.
    fn argument(&self, key: &str, folder: &Path) -> Option<OsString> {
        let value = match self {
            Self::Flag(given) => return given.then(|| format!("--{key}").into()),
            Self::Word(path) if key == SPECTRUM => folder.join(path).into_os_string(),
            _ => self.word().into(),
        };
        let mut argument = OsString::from(format!("--{key}="));
        argument.push(value);
        Some(argument)
    }

    /// In words.
    pub fn word(&self) -> String {
        match self {
            Self::Number(number) => shortest(*number),
            Self::Word(text) => text.clone(),
            Self::Flag(flag) => flag.to_string(),
        }
    }
}

impl Definition {
    /// Reads a file.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let name = path.display();
        let text = fs::read_to_string(path)
            .map_err(|error| Failure::refused(format!("{name}: cannot be read ({error}): check the path")))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        Self::parse(&text, folder).map_err(|problem| Failure::refused(format!("{name}: {problem}")))
    }

    /// Reads text; or what is wrong with it. All paths in it are seen from a folder.
    pub fn parse(text: &str, folder: &Path) -> Result<Self, String> {
        let mut table: Table = text.parse().map_err(|error: toml::de::Error| {
            let start = error.span().map_or(0, |span| span.start.min(text.len()));
            let line = text.as_bytes()[..start].iter().filter(|byte| **byte == b'\n').count() + 1;
            let written = text.lines().nth(line - 1).unwrap_or_default();
            format!("line {line}: {}", misread(written).unwrap_or_else(|| error.message().to_owned()))
        })?;
        let names: Vec<String> =
            Run::command().get_subcommands().map(|command| command.get_name().to_owned()).collect();
        let command = match table.get("command") {
            Some(Value::String(command)) if names.contains(command) => command.clone(),
            Some(other) => return Err(format!("command = {other} is none of {}", names.join(", "))),
            None => return Err(format!("the key `command` is missing: it is one of {}", names.join(", "))),
        };
        let together = table.remove(TOGETHER).map(|value| words(TOGETHER, &value)).transpose()?.unwrap_or_default();
        let output = table.remove(OUTPUT).map(|value| words(OUTPUT, &value)).transpose()?.unwrap_or_default();
        let drawing = table.remove(FIGURE).map(|value| Drawing::parse(&value, folder)).transpose()?;
        let allowed = keys(&command);
        let mut options = Vec::new();
        for (key, value) in table.into_iter().filter(|(key, _)| key != "command") {
            if !allowed.contains(&key) {
                let plain = key.to_lowercase().replace('_', "-");
                if allowed.contains(&plain) {
                    return Err(format!("unknown key `{key}`: write `{plain}`"));
                }
                let all = allowed.join(", ");
                return Err(format!(
                    "unknown key `{key}`: what `{command}` has is {all}; a sweep has {TOGETHER}, {OUTPUT} and {FIGURE}"
                ));
            }
            check(&key, &value, together.contains(&key))?;
            options.push((key, value));
        }
        let output = output.into_iter().map(|name| folder.join(name)).collect();
        let definition = Self { folder: folder.to_owned(), command, options, together, output, drawing };
        definition.check_together()?;
        Ok(definition)
    }

    /// Refuses to let vary together what is no list, or lists of different lengths.
    fn check_together(&self) -> Result<(), String> {
        let swept = self.swept();
        let length = |key: &String| swept.iter().find(|(own, _)| own == key).map(|(_, values)| values.len());
        let mut lengths = Vec::new();
        for (i, key) in self.together.iter().enumerate() {
            match length(key) {
                Some(_) if self.together[..i].contains(key) => return Err(format!("{TOGETHER}: {key} is there twice")),
                Some(length) => lengths.push(length),
                None => return Err(format!("{TOGETHER}: {key} is no option with a list in this file")),
            }
        }
        if lengths.iter().any(|length| lengths.first() != Some(length)) {
            return Err(format!("{TOGETHER}: the lists have {lengths:?} values: give lists of one length"));
        }
        // values may come again, not all of them together
        let lists: Vec<&Vec<Given>> =
            swept.iter().filter(|(key, _)| self.together.contains(key)).map(|(_, values)| values).collect();
        let run = |i: usize| lists.iter().map(|values| &values[i]).collect::<Vec<_>>();
        let count = lengths.first().copied().unwrap_or(0);
        match (1..count).find(|&i| (0..i).any(|j| run(i) == run(j))) {
            Some(i) => {
                let words: Vec<String> = run(i).into_iter().map(Given::word).collect();
                Err(format!("{TOGETHER}: the values {} are there twice", words.join(", ")))
            }
            None => Ok(()),
        }
    }

    /// The text by which the sweep is known, one line for each key.
    pub fn lines(&self) -> Vec<String> {
        let command = format!("command = {}", Value::String(self.command.clone()));
        let option = |(key, value): &(String, Value)| format!("{key} = {value}");
        let together = Value::Array(self.together.iter().cloned().map(Value::String).collect());
        let together = (!self.together.is_empty()).then(|| format!("{TOGETHER} = {together}"));
        std::iter::once(command).chain(self.options.iter().map(option)).chain(together).collect()
    }

    /// The files that the sweep depends on: as they are named, and where they are.
    pub fn spectra(&self) -> Vec<(String, PathBuf)> {
        let given = self.options.iter().filter(|(key, _)| key == SPECTRUM).flat_map(|(_, value)| values(value));
        given.map(|given| given.word()).map(|name| (name.clone(), self.folder.join(name))).collect()
    }

    /// Options that are lists, with the values to be combined.
    pub fn swept(&self) -> Vec<(String, Vec<Given>)> {
        let lists = self.options.iter().filter(|(_, value)| value.is_array());
        lists.map(|(key, value)| (key.clone(), values(value))).collect()
    }

    /// Positions of options that are swept; those of one entry vary together.
    pub fn dimensions(&self) -> Vec<Vec<usize>> {
        let swept = self.swept();
        let is_together = |i: &usize| self.together.contains(&swept[*i].0);
        let (together, alone): (Vec<usize>, Vec<usize>) = (0..swept.len()).partition(is_together);
        let mut dimensions: Vec<Vec<usize>> = alone.into_iter().map(|i| vec![i]).collect();
        if let Some(first) = together.first() {
            let place = dimensions.partition_point(|dimension| dimension[0] < *first);
            dimensions.insert(place, together);
        }
        dimensions
    }

    /// The run with one value of each option that is swept, checked.
    pub fn task(&self, chosen: &[Given]) -> Result<Box<dyn Swept>, Failure> {
        let mut chosen = chosen.iter();
        let mut arguments = vec![OsString::from(&self.command)];
        for (key, value) in &self.options {
            let given = if value.is_array() { chosen.next().cloned() } else { Given::new(value) };
            arguments.extend(given.and_then(|given| given.argument(key, &self.folder)));
        }
        let run = Run::try_parse_from(&arguments).map_err(|error| crate::failure::of_parser(&error))?;
        Ok(match run.command {
            Command::Loss(options) => options,
            Command::Regimes(options) => options,
            Command::Frontier(options) => options,
            Command::Modes(options) => options,
        })
    }
}

/// The options of a command.
fn keys(command: &str) -> Vec<String> {
    let run = Run::command();
    let arguments = run.find_subcommand(command).into_iter().flat_map(clap::Command::get_arguments);
    let names = arguments.filter_map(clap::Arg::get_long).filter(|name| *name != "help");
    names.map(str::to_owned).collect()
}

/// What is meant by a line that is no toml, if that is known.
fn misread(line: &str) -> Option<String> {
    let line = line.split('#').next().unwrap_or_default().trim_end();
    let wrapped = ["np.float", "np.int", "numpy.float", "numpy.int", "float(", "tensor("];
    if let Some(at) = wrapped.iter().find_map(|word| line.find(word)) {
        let shown: String = line[at..].chars().take(24).take_while(|c| !matches!(c, ',' | ']')).collect();
        return Some(format!("`{shown}` is how Python shows a number: write the number alone"));
    }
    if line.ends_with(';') || line.contains(';') {
        return Some("semicolons end or separate nothing here: one key on each line, commas between values".to_owned());
    }
    if line.contains("None") {
        return Some("None is no value: leave the key out".to_owned());
    }
    if line.contains("True") || line.contains("False") {
        return Some("truth values are true and false, in small letters".to_owned());
    }
    None
}

/// Refuses what no option can be; lists that vary together may have a value twice.
fn check(key: &str, value: &Value, is_together: bool) -> Result<(), String> {
    let refuse = |problem: &str| Err(format!("{key} = {value}: {problem}"));
    match value {
        Value::Array(list) if list.is_empty() => refuse("is an empty list: give at least one value"),
        Value::Array(list) => {
            if let Some(bad) = list.iter().find(|item| Given::new(item).is_none()) {
                return Err(format!("{key}: {bad} in a list is no number, text or truth value"));
            }
            match (1..list.len()).find(|&i| !is_together && list[..i].contains(&list[i])) {
                Some(i) => Err(format!("{key}: {} is in the list twice", list[i])),
                None => Ok(()),
            }
        }
        Value::String(path) if key == SPECTRUM && path == "-" => {
            refuse("a sweep reads files: save standard input as one")
        }
        value if Given::new(value).is_none() => refuse("is no number, text, truth value or list of these"),
        _ => Ok(()),
    }
}

/// Text, or a list of it.
fn words(key: &str, value: &Value) -> Result<Vec<String>, String> {
    let given = values(value);
    let words: Vec<String> =
        given.into_iter().filter_map(|given| if let Given::Word(word) = given { Some(word) } else { None }).collect();
    let count = value.as_array().map_or(1, Vec::len);
    if words.len() == count && count > 0 && words.iter().all(|word| !word.is_empty()) {
        Ok(words)
    } else {
        Err(format!("{key} = {value}: give text, or a list of it"))
    }
}

fn values(value: &Value) -> Vec<Given> {
    match value {
        Value::Array(list) => list.iter().filter_map(Given::new).collect(),
        single => Given::new(single).into_iter().collect(),
    }
}
