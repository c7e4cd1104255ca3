//! What is not quoted of the input: secrets stand as asterisks, one for each character.
//!
//! Reports are read by more people than the repository. What facts call a secret is covered wherever it stands, and so is
//! what looks like one by its shape or by the name before it.

use crate::facts::secret::is_likely;
use crate::report::place;
use crate::source::{Source, Sources, Span, floor};

/// Shortest line that can be a piece of a key.
const KEY: usize = 16;
/// Letters of an access key id.
const ACCESS_KEY: usize = 20;
/// Bytes beside a piece of a line that are looked at: a name tells what its value is.
const BESIDE: usize = 200;
/// Bytes of a secret of which the end is covered when its beginning is far away.
const LONGEST: usize = 4096;

/// The text of a span that lies on one line, as it may be quoted.
pub fn quoted(sources: &Sources, source: &Source, span: Span) -> String {
    let text = source.text.as_str();
    let (start, end) = (span.start as usize, (span.end as usize).min(text.len()));
    let before = text.get(..start).unwrap_or_default();
    let after = text.get(end..).unwrap_or_default();
    let near = before.get(floor(before, before.len().saturating_sub(BESIDE))..);
    let lead = near.unwrap_or_default().rsplit(['\n', '\r']).next();
    let rest = after.get(..floor(after, BESIDE)).unwrap_or_default();
    let rest = rest.split(['\n', '\r']).next().unwrap_or_default();
    let from = start - lead.unwrap_or_default().len();
    let line = text.get(from..end + rest.len()).unwrap_or_default();
    let hidden = concealed(sources, source, (span, from, from + line.len()));
    let covered = covered(line, &|at| {
        hidden.iter().any(|(a, b)| (*a..*b).contains(&(from + at)))
    });
    let skipped = lead.unwrap_or_default().chars().count();
    let shown = text.get(start..end).unwrap_or_default().chars().count();
    covered.chars().skip(skipped).take(shown).collect()
}

/// What facts call a secret between two bytes of a file; of each place its first line.
fn concealed(
    sources: &Sources,
    source: &Source,
    (span, from, to): (Span, usize, usize),
) -> Vec<(usize, usize)> {
    let all = sources.concealed();
    let near = from.saturating_sub(LONGEST);
    let first = all.partition_point(|one| (one.source, one.start as usize) < (span.source, near));
    let here = all.get(first..).unwrap_or_default().iter();
    let here = here.take_while(|one| one.source == span.source && (one.start as usize) < to);
    here.map(|one| place::first_line(source, *one))
        .map(|one| (one.start as usize, one.end as usize))
        .filter(|(_, end)| *end > from)
        .collect()
}

/// A line with asterisks for what looks like a secret, one for each character.
pub fn covered(piece: &str, hidden: &dyn Fn(usize) -> bool) -> String {
    let key = is_key_material(piece.trim());
    let mut ranges = likely(piece);
    ranges.extend(keys(piece));
    let covers =
        |at: usize| key || hidden(at) || ranges.iter().any(|(from, to)| (*from..*to).contains(&at));
    let shown = |(at, c): (usize, char)| if c != ' ' && covers(at) { '*' } else { c };
    piece.char_indices().map(shown).collect()
}

/// A line of nothing but Base64, such as those between the first and the last of a private key.
fn is_key_material(line: &str) -> bool {
    let is = |test: fn(&char) -> bool| line.chars().any(|c| test(&c));
    line.len() >= KEY
        && line
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '='))
        && is(char::is_ascii_digit)
        && is(char::is_ascii_uppercase)
        && is(char::is_ascii_lowercase)
}

/// The words of a line that look like secrets under the name before them.
fn likely(line: &str) -> Vec<(usize, usize)> {
    let ends = |c: char| c.is_whitespace() || matches!(c, ',' | '{' | '}' | '[' | ']' | '"' | '\'');
    let mut found = Vec::new();
    let mut name = "";
    let mut at = 0;
    for word in line.split(ends) {
        let (from, bare) = (at, word.trim_end_matches(':'));
        at += word.len() + 1;
        if bare.is_empty() {
            continue;
        }
        let (key, value) = bare.split_once('=').unwrap_or((name, bare));
        if is_likely(name, bare) || is_likely(key, value) {
            found.push((from, from + bare.len()));
        }
        name = bare;
    }
    found
}

/// Where a piece of text holds access key ids, or a private key from its first words to its end.
fn keys(piece: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = piece.get(at..) {
        let starts = ["AKIA", "ASIA", "-----BEGIN"];
        let Some(next) = starts.iter().filter_map(|start| rest.find(start)).min() else {
            break;
        };
        let (from, key) = (at + next, rest.get(next..).unwrap_or_default());
        if key.starts_with('-') && key.contains("PRIVATE KEY") {
            found.push((from, piece.len()));
            break;
        }
        let after = key.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
        let long = key.len() - after.len();
        if long >= ACCESS_KEY {
            found.push((from, from + long));
        }
        at = from + long.max(1);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_around_a_place_are_not_quoted() {
        let cover = |line: &str| covered(line, &|_| false);
        assert_eq!(
            cover("JWT_SECRET: q8Zr1kP0vX7c  # x"),
            "JWT_SECRET: ************  # x"
        );
        assert_eq!(
            cover("{\"DB_PASSWORD\": \"q8Zr1kP0vX7c\", \"a\": 1}"),
            "{\"DB_PASSWORD\": \"************\", \"a\": 1}"
        );
        assert_eq!(
            cover("url: postgres://app:s3cr3t@host/x"),
            "url: ****************************"
        );
        assert_eq!(cover("  MIIEpAIBAAKCAQEA7"), "  *****************");
        assert_eq!(cover("  Authorizer: NONE"), "  Authorizer: NONE");
        assert_eq!(cover("- s3:GetObject"), "- s3:GetObject");
    }

    #[test]
    fn keys_are_not_shown() {
        let cover = |line: &str| covered(line, &|_| false);
        let stars = |count| "*".repeat(count);
        assert_eq!(
            cover("id: AKIAIOSFODNN7EXAMPLE # x"),
            format!("id: {} # x", stars(20))
        );
        assert_eq!(cover("AKIA is short"), "AKIA is short");
        assert_eq!(
            cover("k: -----BEGIN RSA PRIVATE KEY-----MII"),
            format!("k: {} {} {} {}", stars(10), stars(3), stars(7), stars(11))
        );
        assert_eq!(cover("-----BEGIN CERTIFICATE"), "-----BEGIN CERTIFICATE");
    }

    /// What is shown of a piece of a text whose secrets are known.
    fn shown(text: &str, secrets: &[&str], piece: &str) -> String {
        let sources = Sources::default();
        let source = sources.add("a.yml", text);
        let span = |piece: &str| {
            let start = text.find(piece).expect("it is there");
            let at = |at: usize| u32::try_from(at).expect("small");
            Span {
                source,
                start: at(start),
                end: at(start + piece.len()),
            }
        };
        sources.conceal(secrets.iter().map(|secret| span(secret)).collect());
        quoted(&sources, &sources.get(source).expect("added"), span(piece))
    }

    #[test]
    fn what_facts_call_a_secret_is_covered_in_every_piece_of_its_line() {
        let text = "a: 1\nwords: open sesame now # open\nb: open\n";
        let shown = |piece| shown(text, &["open sesame"], piece);
        assert_eq!(shown("words: open sesame now"), "words: **** ****** now");
        assert_eq!(shown("sesame now"), "****** now");
        assert_eq!(shown("pen ses"), "*** ***");
        assert_eq!(shown(" now # open"), " now # open");
        assert_eq!(shown("a: 1"), "a: 1");
        assert_eq!(shown("b: open"), "b: open");
    }

    #[test]
    fn several_secrets_are_covered_and_what_is_between_them_is_not() {
        let text = "first: hush\nx: [alpha, beta, gamma]\nlast: quiet\n";
        let shown = |piece| shown(text, &["quiet", "alpha", "gamma", "hush"], piece);
        assert_eq!(shown("x: [alpha, beta, gamma]"), "x: [*****, beta, *****]");
        assert_eq!(shown("first: hush"), "first: ****");
        assert_eq!(shown("last: quiet"), "last: *****");
    }

    #[test]
    fn secrets_of_another_file_cover_nothing_here() {
        let sources = Sources::default();
        let texts = ["a.yml", "b.yml", "c.yml"].map(|path| sources.add(path, "x: same words"));
        let span = |source| Span {
            source,
            start: 3,
            end: 13,
        };
        sources.conceal(vec![span(texts[0]), span(texts[2])]);
        let shown = texts.map(|source| {
            let file = sources.get(source).expect("added");
            quoted(
                &sources,
                &file,
                Span {
                    start: 0,
                    ..span(source)
                },
            )
        });
        assert_eq!(shown, ["x: **** *****", "x: same words", "x: **** *****"]);
    }

    #[test]
    fn a_name_before_its_value_tells_what_it_is() {
        let text = "Environment: {DB_PASSWORD: q8Zr1kP0vX7c, STAGE: prod}";
        assert_eq!(shown(text, &[], "q8Zr1kP0vX7c"), "*".repeat(12));
        assert_eq!(shown(text, &[], "STAGE: prod"), "STAGE: prod");
    }
}
