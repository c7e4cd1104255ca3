//! `gatelint completions`: what a shell needs to complete our arguments.

use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};

use super::error::Result;
use super::output;
use super::status::Status;

const EXAMPLES: &str = "\
Examples:
  gatelint completions bash > ~/.local/share/bash-completion/completions/gatelint
  gatelint completions fish > ~/.config/fish/completions/gatelint.fish";

/// `gatelint completions`.
#[derive(Args, Clone, Copy, Debug)]
#[command(after_help = EXAMPLES)]
pub struct CompletionsOptions {
    /// For which shell
    shell: Shell,
}

/// Runs the command.
///
/// # Errors
/// When the script cannot be written.
pub fn run(options: CompletionsOptions) -> Result<Status> {
    let mut script = Vec::new();
    generate(
        options.shell,
        &mut super::Arguments::command(),
        "gatelint",
        &mut script,
    );
    output::print(&String::from_utf8_lossy(&script))?;
    Ok(Status::Clean)
}
