//! The logical ids that SAM makes up.
//!
//! Where a name holds more than letters and digits, SAM appends the first ten digits of its SHA-1.
//! The hash names things and protects nothing.

use std::fmt::Write;

use crate::document::{Node, Value};

/// `prefix` and the name's hash; only `prefix` when there is no name.
pub(super) fn hashed(prefix: &str, name: &str) -> String {
    if name.is_empty() {
        return prefix.to_owned();
    }
    let mut id = prefix.to_owned();
    for byte in sha1(name.as_bytes()).iter().take(5) {
        // Writing to a string cannot fail.
        let _ = write!(id, "{byte:02x}");
    }
    id
}

/// `prefix` and the hash of any value: text as it is, everything else as compact JSON with sorted keys.
pub(super) fn hashed_value(prefix: &str, value: &Node) -> String {
    match value.as_text() {
        Some(text) => hashed(prefix, text),
        None if !super::truthy::truthy(value) => prefix.to_owned(),
        None => hashed(prefix, &json(value)),
    }
}

/// Whether a name may stand in a logical id, as Python's `isalnum`.
pub(super) fn is_alphanumeric(name: &str) -> bool {
    !name.is_empty() && name.chars().all(char::is_alphanumeric)
}

/// Compact JSON with sorted keys, other than ASCII escaped: what Python's `json.dumps` writes.
pub(super) fn json(value: &Node) -> String {
    let mut out = String::new();
    write_json(value, &mut out);
    out
}

fn write_json(node: &Node, out: &mut String) {
    match &node.value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) => out.push_str(number),
        Value::Text(text) => write_text(text, out),
        Value::List(list) => {
            out.push('[');
            for (nth, item) in list.items.iter().enumerate() {
                if nth > 0 {
                    out.push(',');
                }
                write_json(item, out);
            }
            out.push(']');
        }
        Value::Map(map) => {
            let mut entries: Vec<_> = map.entries.iter().collect();
            entries.sort_by(|a, b| a.key.cmp(&b.key));
            out.push('{');
            for (nth, entry) in entries.into_iter().enumerate() {
                if nth > 0 {
                    out.push(',');
                }
                write_text(&entry.key, out);
                out.push(':');
                write_json(&entry.value, out);
            }
            out.push('}');
        }
    }
}

fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(character),
            other => {
                for unit in other.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
}

/// SHA-1 (RFC 3174).
fn sha1(message: &[u8]) -> [u8; 20] {
    let mut state: [u32; 5] = [
        0x6745_2301,
        0xefcd_ab89,
        0x98ba_dcfe,
        0x1032_5476,
        0xc3d2_e1f0,
    ];
    let mut padded = message.to_vec();
    padded.push(0x80);
    while padded.len() % 64 != 56 {
        padded.push(0);
    }
    padded.extend_from_slice(&(message.len() as u64 * 8).to_be_bytes());
    for block in padded.chunks_exact(64) {
        state = absorb(state, block);
    }
    let mut digest = [0; 20];
    for (out, word) in digest.chunks_exact_mut(4).zip(state) {
        out.copy_from_slice(&word.to_be_bytes());
    }
    digest
}

// The letters are those of the standard.
#[allow(clippy::many_single_char_names)]
fn absorb(state: [u32; 5], block: &[u8]) -> [u32; 5] {
    let mut words: Vec<u32> = block
        .chunks_exact(4)
        .map(|word| word.iter().fold(0, |all, byte| all << 8 | u32::from(*byte)))
        .collect();
    for nth in 16..80 {
        let word = |back: usize| words.get(nth - back).copied().unwrap_or_default();
        words.push((word(3) ^ word(8) ^ word(14) ^ word(16)).rotate_left(1));
    }
    let [mut a, mut b, mut c, mut d, mut e] = state;
    for (nth, word) in words.into_iter().enumerate() {
        let (mixed, constant) = match nth {
            0..20 => ((b & c) | (!b & d), 0x5a82_7999),
            20..40 => (b ^ c ^ d, 0x6ed9_eba1),
            40..60 => ((b & c) | (b & d) | (c & d), 0x8f1b_bcdc),
            _ => (b ^ c ^ d, 0xca62_c1d6_u32),
        };
        let next = a
            .rotate_left(5)
            .wrapping_add(mixed)
            .wrapping_add(e)
            .wrapping_add(constant)
            .wrapping_add(word);
        (a, b, c, d, e) = (next, a, b.rotate_left(30), c, d);
    }
    let [h0, h1, h2, h3, h4] = state;
    [
        h0.wrapping_add(a),
        h1.wrapping_add(b),
        h2.wrapping_add(c),
        h3.wrapping_add(d),
        h4.wrapping_add(e),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_the_standard() {
        // RFC 3174 section 7.3, and the empty message.
        assert_eq!(hashed("", "abc"), "a9993e3647");
        let long = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
        assert_eq!(hashed("P", long), "P84983e441c");
        assert_eq!(hashed("Stage", ""), "Stage");
    }
}
