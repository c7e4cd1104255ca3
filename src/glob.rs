//! Patterns as people write them in configurations: `*` within a segment, `**` across segments.
//!
//! Matching takes time linear in the text. Judges nothing.

use globset::{GlobBuilder, GlobMatcher};

/// Bytes that a pattern may have.
const LONGEST: usize = 500;

/// A pattern of files or of the paths of endpoints.
#[derive(Clone, Debug)]
pub struct Glob(GlobMatcher);

impl Glob {
    /// A pattern of files below a folder, empty for the root: `services/*/serverless.yml`, `{a,b}/**`. A pattern of a folder
    /// stands for everything below it.
    ///
    /// # Errors
    /// What is wrong with it, as a part of a sentence.
    pub fn of_files(folder: &str, text: &str) -> Result<Self, String> {
        let below = match folder {
            "" => String::new(),
            folder => format!("{}/", globset::escape(folder)),
        };
        let text = text.trim_start_matches("./").trim_end_matches('/');
        match text {
            "" | "." => Self::new(&format!("{below}**")),
            text => Self::new(&format!("{{{below}{text},{below}{text}/**}}")),
        }
    }

    /// A pattern of an endpoint's path: `/health`, `/public/**`, `/users/{id}`. Braces are those of path parameters.
    ///
    /// # Errors
    /// What is wrong with it, as a part of a sentence.
    pub fn of_paths(text: &str) -> Result<Self, String> {
        Self::new(&text.replace('{', "[{]").replace('}', "[}]"))
    }

    fn new(text: &str) -> Result<Self, String> {
        if text.len() > LONGEST {
            return Err(format!("has more than {LONGEST} bytes"));
        }
        let glob = GlobBuilder::new(text).literal_separator(true).build();
        let glob = glob.map_err(|error| format!("is no pattern: {}", error.kind()))?;
        Ok(Self(glob.compile_matcher()))
    }

    /// Whether the whole text is as the pattern says.
    pub fn fits(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stays_in_its_segment() {
        let glob = |text| Glob::of_paths(text).expect("a pattern");
        assert!(glob("/public/*").fits("/public/a"));
        assert!(!glob("/public/*").fits("/public/a/b"));
        assert!(glob("/public/**").fits("/public/a/b"));
        assert!(glob("/users/{id}").fits("/users/{id}"));
        assert!(!glob("/users/{id}").fits("/users/7"));
        assert!(glob("/{proxy+}").fits("/{proxy+}"));
    }

    #[test]
    fn a_folder_stands_for_what_is_below() {
        let glob = |text| Glob::of_files("", text).expect("a pattern");
        assert!(glob("services/legacy").fits("services/legacy/a/serverless.yml"));
        assert!(glob("services/legacy/").fits("services/legacy/serverless.yml"));
        assert!(glob("**/legacy").fits("services/legacy/serverless.yml"));
        assert!(!glob("services/legacy").fits("services/legacy-2/serverless.yml"));
        assert!(glob("*.yml").fits("serverless.yml"));
        assert!(!glob("*.yml").fits("a/serverless.yml"));
        assert!(glob(".").fits("a/serverless.yml"));
        let below = Glob::of_files("[a]", "b*").expect("a pattern");
        assert!(below.fits("[a]/bc/x.yml"));
        assert!(!below.fits("a/bc/x.yml"));
    }

    #[test]
    fn what_is_no_pattern_is_said() {
        assert!(Glob::of_files("", "a[").is_err());
        assert!(Glob::of_paths(&"a".repeat(600)).is_err());
    }
}
