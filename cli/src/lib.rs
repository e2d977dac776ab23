//! The command line of `spectralaw`: read the arguments, call the library, print.
//!
//! A library of one function, so that the Python package has the same command.

mod args;
mod commands;
mod failure;
mod inputs;
mod number;
mod output;
mod plot;
mod progress;
mod sweep;

use std::ffi::OsString;
use std::io::{self, Write};

use clap::{Parser, Subcommand};
use clap_complete::Shell;

use crate::failure::Failure;

/// From a spectrum to scaling laws: loss curves of random-feature and kernel regression, computed from theory.
///
/// Nothing is simulated: every number is an average over random features, training data and label noise, with an
/// estimate of its error.
#[derive(Parser)]
#[command(name = "spectralaw", version, disable_help_subcommand = true, after_help = EXAMPLE, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLE: &str = "\
Example: the loss of 1000 random features trained by gradient flow on 10000 samples of a power law
  spectralaw loss --a 1.5 --b 1.25 --width 1000 --samples 10000 --time 1:1e9:50

`spectralaw COMMAND --help` explains a command.";

#[derive(Subcommand)]
enum Command {
    Spectrum(Box<commands::spectra::Arguments>),
    Dimension(commands::dimension::Arguments),
    Loss(Box<commands::loss::Arguments>),
    Regimes(Box<commands::regimes::Arguments>),
    Frontier(Box<commands::frontier::Arguments>),
    Tune(Box<commands::tune::Arguments>),
    Ensemble(Box<commands::ensemble::Arguments>),
    Modes(Box<commands::modes::Arguments>),
    Exponents(commands::exponents::Arguments),
    Fit(Box<commands::fit::Arguments>),
    Sweep(sweep::Arguments),
    Merge(sweep::MergeArguments),
    /// Print a script that teaches a shell to complete this command line.
    ///
    /// Example: spectralaw completions bash > ~/.local/share/bash-completion/completions/spectralaw
    Completions {
        /// Shell to print the script for.
        shell: Shell,
    },
    /// Print the manual page.
    #[command(hide = true)]
    Manpage,
}

/// Runs the command of these arguments, of which the first is the program's name, and returns the exit status: 0, or 2
/// for bad input, which one line on standard error explains.
pub fn main(arguments: &[OsString]) -> u8 {
    match run(arguments) {
        Ok(()) | Err(Failure::ClosedPipe) => 0,
        Err(Failure::Refused(message)) => {
            // nothing is left to tell if standard error is closed as well
            let _ = writeln!(io::stderr(), "error: {message}");
            2
        }
    }
}

fn run(typed: &[OsString]) -> Result<(), Failure> {
    let arguments = match Arguments::try_parse_from(typed) {
        Ok(arguments) => arguments,
        Err(error) if !error.use_stderr() => return Ok(write!(io::stdout(), "{}", error.render())?),
        Err(error) => return Err(failure::of_arguments::<Arguments>(typed, &error)),
    };
    match arguments.command {
        Command::Spectrum(arguments) => arguments.run(),
        Command::Dimension(arguments) => arguments.run(),
        Command::Loss(arguments) => arguments.run(),
        Command::Regimes(arguments) => arguments.run(),
        Command::Frontier(arguments) => arguments.run(),
        Command::Tune(arguments) => arguments.run(),
        Command::Ensemble(arguments) => arguments.run(),
        Command::Modes(arguments) => arguments.run(),
        Command::Exponents(arguments) => arguments.run(),
        Command::Fit(arguments) => arguments.run(),
        Command::Sweep(arguments) => arguments.run(),
        Command::Merge(arguments) => arguments.run(),
        Command::Completions { shell } => commands::completions::print::<Arguments>(shell),
        Command::Manpage => commands::manpage::print::<Arguments>(),
    }
}
