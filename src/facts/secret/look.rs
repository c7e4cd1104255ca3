//! What a secret looks like.

/// Why a text looks like a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// It has the shape of this.
    Known(&'static str),
    /// Its name asks for a secret, and it looks random.
    Random,
}

/// Longest text that is looked at.
const LONGEST: usize = 4096;

/// What a text called `name` looks like, when it looks like a secret.
pub(super) fn like_a_secret(name: &str, value: &str) -> Option<Shape> {
    let value = value.trim();
    if value.len() > LONGEST {
        return None;
    }
    // Every word of a report is asked: what refuses most of them for least comes first.
    let random = || is_random(value) && asks_for_a_secret(name);
    let shape = match known(value) {
        Some(what) => Shape::Known(what),
        None => random().then_some(Shape::Random)?,
    };
    (!is_placeholder(value)).then_some(shape)
}

/// Credentials that can be told by their beginning: prefix, least length of what follows, and what it is.
const PREFIXES: [(&str, usize, &str); 22] = [
    ("ghp_", 30, "GitHub token"),
    ("gho_", 30, "GitHub token"),
    ("ghs_", 30, "GitHub token"),
    ("github_pat_", 30, "GitHub token"),
    ("glpat-", 18, "GitLab token"),
    ("sk_live_", 16, "Stripe secret key"),
    ("rk_live_", 16, "Stripe restricted key"),
    ("sk_test_", 16, "Stripe test key"),
    ("whsec_", 24, "Stripe webhook secret"),
    ("xoxb-", 20, "Slack token"),
    ("xoxp-", 20, "Slack token"),
    ("xapp-", 20, "Slack token"),
    ("AIza", 35, "Google API key"),
    ("SG.", 40, "SendGrid key"),
    ("sk-ant-", 20, "Anthropic key"),
    ("sk-proj-", 20, "OpenAI key"),
    ("npm_", 30, "npm token"),
    ("shpat_", 30, "Shopify token"),
    ("dop_v1_", 40, "DigitalOcean token"),
    ("key-", 32, "Mailgun key"),
    ("EAACEdEose0cBA", 10, "Facebook token"),
    ("pypi-AgEI", 30, "PyPI token"),
];

fn known(value: &str) -> Option<&'static str> {
    let is_tail = |rest: &str| {
        let mut all = rest.chars();
        all.all(|one| one.is_ascii_alphanumeric() || "-_.".contains(one)) && mixed(rest)
    };
    for (prefix, least, what) in PREFIXES {
        // Most words are shorter than any of these.
        if value.len() < prefix.len() + least {
            continue;
        }
        if value.strip_prefix(prefix).is_some_and(is_tail) {
            return Some(what);
        }
    }
    if is_access_key(value) {
        return Some("AWS access key id");
    }
    if value.starts_with("-----BEGIN ") && value.contains("PRIVATE KEY-----") {
        return Some("private key");
    }
    if value.starts_with("https://hooks.slack.com/services/T") && value.len() > 60 {
        return Some("Slack webhook");
    }
    password_in_url(value).then_some("URL with a password")
}

fn is_access_key(value: &str) -> bool {
    let rest = value
        .strip_prefix("AKIA")
        .or_else(|| value.strip_prefix("ASIA"));
    rest.is_some_and(|rest| {
        rest.len() == 16
            && rest
                .chars()
                .all(|one| one.is_ascii_uppercase() || one.is_ascii_digit())
    }) && !value.ends_with("EXAMPLE")
}

/// `postgres://app:s3cret@host/db`.
fn password_in_url(value: &str) -> bool {
    let Some((scheme, rest)) = value.split_once("://") else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let Some((user, host)) = authority.rsplit_once('@') else {
        return false;
    };
    let password = user.split_once(':').map_or("", |(_, password)| password);
    let host = host.split(':').next().unwrap_or_default();
    let own = matches!(
        host,
        "localhost" | "127.0.0.1" | "host.docker.internal" | "db" | "mysql" | "postgres"
    );
    !scheme.is_empty() && password.len() >= 4 && !is_placeholder(password) && !own
}

/// Words that stand where a secret will be.
const STAND_INS: [&str; 20] = [
    "example",
    "changeme",
    "change_me",
    "change-me",
    "replace",
    "placeholder",
    "dummy",
    "sample",
    "todo",
    "xxxx",
    "****",
    "your",
    "insert",
    "<",
    "${",
    "{{",
    "none",
    "null",
    "undefined",
    "redacted",
];

fn is_placeholder(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    STAND_INS.iter().any(|word| lower.contains(word)) || lower.is_empty()
}

/// Whether a name's last words ask for a secret: `JWT_SECRET`, `dbPassword`, but not `SECRET_NAME` or `TOKEN_TABLE`.
fn asks_for_a_secret(name: &str) -> bool {
    let words = words(name);
    let ends = |tail: &[&str]| {
        words.len() >= tail.len()
            && words
                .iter()
                .rev()
                .zip(tail.iter().rev())
                .all(|(a, b)| a == b)
    };
    let tails: [&[&str]; 22] = [
        &["secret"],
        &["password"],
        &["passwd"],
        &["pwd"],
        &["pass"],
        &["passphrase"],
        &["token"],
        &["apikey"],
        &["api", "key"],
        &["secret", "key"],
        &["private", "key"],
        &["access", "key"],
        &["encryption", "key"],
        &["signing", "key"],
        &["auth", "key"],
        &["master", "key"],
        &["service", "key"],
        &["account", "key"],
        &["credential"],
        &["credentials"],
        &["client", "secret"],
        &["salt"],
    ];
    let public = words
        .iter()
        .any(|word| matches!(word.as_str(), "public" | "publishable"));
    !public && tails.iter().any(|tail| ends(tail))
}

/// `dbPassword_2` is `db`, `password`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for one in name.chars() {
        let starts = one.is_ascii_uppercase() && before.is_ascii_lowercase();
        if !one.is_ascii_alphabetic() || starts {
            words.push(String::new());
        }
        if let Some(last) = words.last_mut().filter(|_| one.is_ascii_alphabetic()) {
            last.push(one.to_ascii_lowercase());
        }
        before = one;
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Digits and letters both.
fn mixed(text: &str) -> bool {
    text.chars().any(|one| one.is_ascii_digit())
        && text.chars().any(|one| one.is_ascii_alphabetic())
}

/// Whether a text looks made up by chance: no path, address or name, letters mixed with digits or with signs, and
/// at least 2.5 bits a character.
fn is_random(value: &str) -> bool {
    if !mixed(value) || !(8..=512).contains(&value.chars().count()) {
        return false;
    }
    let structured = value.contains("://")
        || value.starts_with("arn:")
        || value.starts_with(['/', '.', '~'])
        || value.contains(char::is_whitespace)
        || value.contains("${")
        || value.chars().filter(|one| *one == '/').count() > 1
        || is_date(value);
    !structured && !is_a_name(value) && entropy(value) >= 2.5
}

/// Words of letters joined by dashes, underscores, dots or slashes, perhaps with a number at the end of one.
fn is_a_name(value: &str) -> bool {
    let mut parts = value
        .split(['-', '_', '.', '/', ':'])
        .filter(|part| !part.is_empty());
    parts.all(|part| {
        let letters = part.trim_end_matches(|one: char| one.is_ascii_digit());
        let word = letters.chars().all(|one| one.is_ascii_lowercase())
            || letters.chars().all(|one| one.is_ascii_uppercase());
        word && part.len() - letters.len() <= 2 && letters.len() <= 14
    })
}

fn is_date(value: &str) -> bool {
    value
        .chars()
        .all(|one| one.is_ascii_digit() || "-:TZ.+".contains(one))
}

/// Shannon's entropy in bits a character.
fn entropy(value: &str) -> f64 {
    let mut counts = std::collections::BTreeMap::new();
    let mut total = 0_u32;
    for one in value.chars() {
        *counts.entry(one).or_insert(0_u32) += 1;
        total += 1;
    }
    let share = |count: &u32| f64::from(*count) / f64::from(total);
    -counts
        .values()
        .map(|count| share(count) * share(count).log2())
        .sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(name: &str, value: &str) -> bool {
        like_a_secret(name, value).is_some()
    }

    #[test]
    fn shapes_need_no_name() {
        assert!(secret("A", &format!("AKIA{}", "Q7RNX3JZ5TPLM2WD")));
        assert!(secret(
            "A",
            &format!("ghp_{}", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8")
        ));
        assert!(secret("DB", "postgres://app:hunter22@db.shop.net/orders"));
        assert!(!secret("DB", "postgres://app:hunter22@localhost/orders"));
        assert!(!secret("A", "AKIAIOSFODNN7EXAMPLE"));
    }

    #[test]
    fn a_name_alone_is_not_enough() {
        assert!(secret("JWT_SECRET", "f3a9d1c07b6e4528"));
        assert!(secret("dbPassword", "Tr0ub4dor&3x"));
        assert!(!secret("JWT_SECRET", "my-secret-name"));
        assert!(!secret("API_KEY", "orders-api-key-v1"));
        assert!(!secret("API_TOKEN", "changeme123"));
        assert!(!secret(
            "ACCESS_TOKEN",
            "arn:aws:secretsmanager:x:1:secret:y"
        ));
    }

    #[test]
    fn what_only_mentions_a_secret_is_none() {
        assert!(!secret("SECRET_NAME", "f3a9d1c07b6e4528"));
        assert!(!secret("TOKEN_TABLE", "f3a9d1c07b6e4528"));
        assert!(!secret("STRIPE_PUBLIC_KEY", "f3a9d1c07b6e4528"));
        assert!(!secret(
            "BRANCH",
            "feature/a-very-long-branch-name-of-48-characters"
        ));
    }
}
