//! Why a run ended early, as one line for a person.

use std::ffi::OsString;
use std::io;

use clap::CommandFactory;
use clap::error::ErrorKind;

use crate::number::briefly;

/// The end of a run that did not do what was asked.
#[derive(Debug)]
pub enum Failure {
    /// Bad input: the line names the value and the remedy.
    Refused(String),
    /// Whoever reads standard output has seen enough, as `head` does: no failure to the person at the terminal.
    ClosedPipe,
}

impl Failure {
    /// Bad input; line breaks in what the person typed or in a file's name must not break the one line, nor what is
    /// long fill the screen.
    pub fn refused(message: impl Into<String>) -> Self {
        let message: String = message.into();
        Self::Refused(briefly(&message.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>()))
    }
}

impl Failure {
    /// Names the one thing among others that the failure is about.
    pub fn within(self, what: &str) -> Self {
        match self {
            Self::Refused(message) if !what.is_empty() => Self::refused(format!("{what}: {message}")),
            other => other,
        }
    }
}

impl From<spectralaw::Error> for Failure {
    fn from(error: spectralaw::Error) -> Self {
        Self::refused(error.to_string())
    }
}

/// Errors of standard output; those of files are refused with the file's name where they arise.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::ClosedPipe,
            _ => Self::refused(format!("standard output: {error}")),
        }
    }
}

/// The parser's message, which fills several lines, as one line with a hint where to read on.
pub fn of_arguments<A: CommandFactory>(typed: &[OsString], error: &clap::Error) -> Failure {
    let command = A::command();
    let subcommand = typed.get(1).and_then(|name| name.to_str()).filter(|name| command.find_subcommand(name).is_some());
    let help = subcommand.map_or("spectralaw --help".to_owned(), |name| format!("spectralaw {name} --help"));
    let problem = match error.kind() {
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            "no command is given".to_owned()
        }
        _ => told(error),
    };
    Failure::refused(format!("{problem}; see {help}"))
}

/// The parser's message on options that were not typed on the command line.
pub fn of_parser(error: &clap::Error) -> Failure {
    Failure::refused(told(error))
}

/// The parser's message without its hints on usage.
fn told(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let told = text.lines().take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more"));
    let told: Vec<&str> = told.map(str::trim).filter(|line| !line.is_empty()).collect();
    let told = told.join("; ").replace(":; ", ": ");
    told.strip_prefix("error: ").unwrap_or(&told).to_owned()
}
