//! What a path is called.

/// Words for what is not meant for everyone.
const SENSITIVE: [&str; 17] = [
    "admin",
    "admins",
    "administrator",
    "administration",
    "internal",
    "private",
    "debug",
    "actuator",
    "metrics",
    "backup",
    "backups",
    "dump",
    "console",
    "phpmyadmin",
    "superuser",
    "heapdump",
    "impersonate",
];

/// Whether a whole segment of the path, or a whole word of one, is such a word.
pub(super) fn is_sensitive(path: &str) -> bool {
    let segments = path.split('/').filter(|segment| !segment.starts_with('{'));
    let mut words = segments.flat_map(|segment| segment.split(['-', '_', '.']));
    words.any(|word| {
        let lower = word.to_ascii_lowercase();
        SENSITIVE.contains(&lower.as_str())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_words_count() {
        assert!(is_sensitive("/admin/users"));
        assert!(is_sensitive("/v1/user-admin"));
        assert!(!is_sensitive("/administrative-areas"));
        assert!(!is_sensitive("/environment"));
        assert!(!is_sensitive("/orders/{admin}"));
    }
}
