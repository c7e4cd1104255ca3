//! `gatelint lsp`: the language server on standard input and output.

use clap::Args;

use super::error::{Error, Result};
use super::status::Status;

const EXAMPLES: &str = "\
Editors start it themselves; docs/editors.md has the settings of Neovim, Helix, Emacs, Zed and JetBrains.";

/// `gatelint lsp`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct LspOptions {
    /// Speak over standard input and output, which it does anyway: some editors say so
    #[arg(long)]
    stdio: bool,
}

/// Runs the command until the editor says that it is enough; when it goes away without a word, the exit code is 1.
///
/// # Errors
/// When the editor speaks something else.
pub fn run(_: &LspOptions) -> Result<Status> {
    let ended = crate::lsp::serve();
    let is_proper = ended.map_err(|why| Error::new(format!("the language server ended: {why}")))?;
    Ok(if is_proper {
        Status::Clean
    } else {
        Status::Found
    })
}
