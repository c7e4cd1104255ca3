//! `gatelint man`: the manual pages, from the same definitions as `--help`. For packagers, hence not listed.

use std::path::{Path, PathBuf};

use clap::{Args, Command, CommandFactory};
use clap_mangen::Man;

use super::error::{Error, Result};
use super::output;
use super::path;
use super::status::Status;

const EXAMPLES: &str = "\
Examples:
  gatelint man | man -l -
  gatelint man --output /usr/local/share/man/man1";

/// `gatelint man`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct ManOptions {
    /// Write this page and one for each command to a folder
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// When a page cannot be written.
pub fn run(options: &ManOptions) -> Result<Status> {
    let mut program = super::Arguments::command().disable_help_subcommand(true);
    program.build();
    let Some(folder) = &options.output else {
        output::print(&page(&program))?;
        return Ok(Status::Clean);
    };
    write(folder, "gatelint", &program)?;
    let commands = program.get_subcommands();
    for command in commands.filter(|command| !command.is_hide_set()) {
        let name = format!("gatelint-{}", command.get_name());
        write(folder, &name, &command.clone().display_name(&name))?;
    }
    Ok(Status::Clean)
}

fn page(command: &Command) -> String {
    let mut text = Vec::new();
    // Writing to memory does not fail.
    let _ = Man::new(command.clone()).render(&mut text);
    String::from_utf8_lossy(&text).into_owned()
}

fn write(folder: &Path, name: &str, command: &Command) -> Result<()> {
    let root = folder.canonicalize().map_err(|error| {
        let shown = path::text(folder);
        Error::new(format!("`{shown}` cannot be written to: {error}"))
    })?;
    let file = root.join(format!("{name}.1"));
    output::write(&file, &page(command), &root, &[])
}
