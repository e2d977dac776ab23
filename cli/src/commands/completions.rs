//! Completion scripts for shells.

use std::io::{self, Write};

use clap::CommandFactory;
use clap_complete::Shell;

use crate::failure::Failure;

/// Prints the script for one shell.
pub fn print<A: CommandFactory>(shell: Shell) -> Result<(), Failure> {
    // the generator itself panics on a closed pipe, so it writes to memory
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut A::command(), "spectralaw", &mut script);
    Ok(io::stdout().write_all(&script)?)
}
