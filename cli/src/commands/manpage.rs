//! The manual page.

use std::io::{self, Write};

use clap::CommandFactory;

use crate::failure::Failure;

/// Prints the page of the program, followed by those of its commands, as troff.
pub fn print<A: CommandFactory>() -> Result<(), Failure> {
    let mut page = Vec::new();
    let mut command = A::command();
    command.build();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    for subcommand in command.get_subcommands().filter(|subcommand| !subcommand.is_hide_set()) {
        clap_mangen::Man::new(subcommand.clone()).render(&mut page)?;
    }
    Ok(io::stdout().write_all(&page)?)
}
