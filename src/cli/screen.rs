//! What the terminal can show, as far as it says: its width, colours, and more than ASCII.

use std::env;
use std::ffi::OsStr;
use std::io::{self, IsTerminal};
use std::str::FromStr;

use crate::report::Look;
use terminal_size::{Width, terminal_size};

/// `--color`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    /// At a terminal, unless the environment says otherwise.
    Auto,
    /// Whatever it is written to.
    Always,
    /// Nowhere.
    Never,
}

impl FromStr for Color {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "auto" => Ok(Self::Auto),
            "always" => Ok(Self::Always),
            "never" => Ok(Self::Never),
            _ => Err("expected auto, always or never".to_owned()),
        }
    }
}

/// Columns of what is no terminal.
const PLAIN: usize = 100;

/// How standard output is written to.
pub fn look(color: Color) -> Look {
    let is_terminal = io::stdout().is_terminal();
    Look {
        color: match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => wants_color(is_terminal, |name| {
                env::var_os(name).as_deref().is_some_and(is_set)
            }),
        },
        unicode: speaks_unicode(|name| env::var(name).ok()),
        width: width(is_terminal),
    }
}

/// A variable that is there and neither empty nor `0`.
fn is_set(value: &OsStr) -> bool {
    !value.is_empty() && value != "0"
}

fn wants_color(is_terminal: bool, set: impl Fn(&str) -> bool) -> bool {
    if set("NO_COLOR") {
        return false;
    }
    set("CLICOLOR_FORCE") || set("FORCE_COLOR") || (is_terminal && !is_dumb())
}

fn is_dumb() -> bool {
    env::var_os("TERM").is_some_and(|term| term == "dumb")
}

/// The locale's word; without one, only what is certain.
fn speaks_unicode(value: impl Fn(&str) -> Option<String>) -> bool {
    if cfg!(windows) {
        return value("WT_SESSION").is_some() || value("TERM_PROGRAM").is_some();
    }
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .filter_map(|name| value(name))
        .find(|l| !l.is_empty());
    locale.is_some_and(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

fn width(is_terminal: bool) -> usize {
    let asked = env::var("COLUMNS")
        .ok()
        .and_then(|columns| columns.parse::<usize>().ok());
    let measured = is_terminal.then(terminal_size).flatten();
    let columns = measured
        .map(|(Width(columns), _)| usize::from(columns))
        .or(asked);
    columns.unwrap_or(PLAIN).clamp(40, 160)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_decides_about_colour_and_no_beats_yes() {
        assert!(wants_color(false, |name| name == "FORCE_COLOR"));
        assert!(!wants_color(true, |_| true));
        assert!(!wants_color(false, |_| false));
        assert!(!is_set(OsStr::new("0")) && !is_set(OsStr::new("")) && is_set(OsStr::new("1")));
    }

    #[test]
    fn the_first_locale_that_is_set_decides() {
        let locale = |all: &'static str, lang: &'static str| {
            speaks_unicode(move |name| match name {
                "LC_ALL" => Some(all.to_owned()),
                "LANG" => Some(lang.to_owned()),
                _ => None,
            })
        };
        assert!(locale("", "de_DE.UTF-8"));
        assert!(!locale("C", "de_DE.UTF-8"));
    }
}
