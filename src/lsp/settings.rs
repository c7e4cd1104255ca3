//! What the editor may switch: `initializationOptions`, and `gatelint` of the configuration.
//!
//! What is not understood is left as it was: an editor's settings hold other things as well.

use std::time::Duration;

use serde_json::Value;

/// When findings are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// While somebody types.
    OnType,
    /// When a file was opened or saved.
    OnSave,
    /// Never.
    Off,
}

/// What is shown, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `diagnostics`.
    pub diagnostics: When,
    /// `inlayHints`.
    pub inlay_hints: bool,
    /// `codeLens`.
    pub code_lens: bool,
    /// `debounce`: how long nothing may be typed before findings are shown.
    pub debounce: Duration,
    /// `stages`: those to judge for.
    pub stages: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            diagnostics: When::OnType,
            inlay_hints: true,
            code_lens: false,
            debounce: Duration::from_millis(150),
            stages: Vec::new(),
        }
    }
}

/// Milliseconds at most.
const LONGEST: u64 = 5000;
/// Stages at most.
const STAGES: usize = 32;

impl Settings {
    /// Takes over what is said; under `gatelint` or bare.
    pub fn take(&mut self, said: &Value) {
        let said = said.get("gatelint").unwrap_or(said);
        let flag = |name: &str, now: bool| said.get(name).and_then(Value::as_bool).unwrap_or(now);
        self.inlay_hints = flag("inlayHints", self.inlay_hints);
        self.code_lens = flag("codeLens", self.code_lens);
        self.diagnostics = match said.get("diagnostics").and_then(Value::as_str) {
            Some("onType") => When::OnType,
            Some("onSave") => When::OnSave,
            Some("off") => When::Off,
            Some(_) | None => self.diagnostics,
        };
        if let Some(wait) = said.get("debounce").and_then(Value::as_u64) {
            self.debounce = Duration::from_millis(wait.min(LONGEST));
        }
        if let Some(stages) = said.get("stages").and_then(Value::as_array) {
            let stages = stages.iter().filter_map(Value::as_str).take(STAGES);
            self.stages = stages.map(str::to_owned).collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_said_counts_and_the_rest_stays() {
        let mut settings = Settings::default();
        settings.take(&json!({"inlayHints": false, "diagnostics": "onSave", "other": 1}));
        settings
            .take(&json!({"gatelint": {"codeLens": true, "debounce": 99_999, "diagnostics": 7}}));
        settings.take(&Value::Null);
        assert!(!settings.inlay_hints && settings.code_lens);
        assert_eq!(settings.diagnostics, When::OnSave);
        assert_eq!(settings.debounce, Duration::from_secs(5));
    }
}
