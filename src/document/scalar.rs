//! What a plain scalar is: null, a boolean, a number or text, in the two dialects.
//!
//! Core is js-yaml 4: a number is the one that JavaScript reads, printed as JavaScript prints it. `CloudFormation` is
//! YAML 1.1: a decimal number stays as it is written, since that is how it arrives in a template's text. Neither
//! knows dates, and no dialect reads `12:30` as a number.

use std::borrow::Cow;

use super::Dialect;

/// What a plain scalar holds.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar<'a> {
    Null,
    Bool(bool),
    /// In its normal form; borrowed when that is how it is written.
    Number(Cow<'a, str>),
    /// Anything else.
    Text,
}

/// Reads a plain scalar.
pub(super) fn read(text: &str, dialect: Dialect) -> Scalar<'_> {
    let Some(first) = text.bytes().next() else {
        return Scalar::Null;
    };
    match first {
        b'0'..=b'9' | b'+' | b'-' | b'.' => {
            number(text, dialect).map_or(Scalar::Text, Scalar::Number)
        }
        b'~' | b'N' | b'O' | b'T' | b'F' | b'Y' | b'n' | b'o' | b't' | b'f' | b'y' => {
            word(text, dialect)
        }
        _ => Scalar::Text,
    }
}

fn word(text: &str, dialect: Dialect) -> Scalar<'_> {
    match text {
        "~" | "null" | "Null" | "NULL" => Scalar::Null,
        "true" | "True" | "TRUE" => Scalar::Bool(true),
        "false" | "False" | "FALSE" => Scalar::Bool(false),
        _ if dialect == Dialect::Core => Scalar::Text,
        "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Scalar::Bool(true),
        "no" | "No" | "NO" | "off" | "Off" | "OFF" => Scalar::Bool(false),
        _ => Scalar::Text,
    }
}

/// The number that `text` is, in its normal form.
pub(super) fn number(text: &str, dialect: Dialect) -> Option<Cow<'_, str>> {
    let (negative, digits) = match text.strip_prefix(['-', '+']) {
        Some(digits) => (text.starts_with('-'), digits),
        None => (false, text),
    };
    // Both read a sign before `.5` as text; numbers beyond the length exist only to be slow.
    if (digits.len() < text.len() && digits.starts_with('.')) || digits.len() > 400 {
        return None;
    }
    if is_short(digits) && are_digits(digits) {
        let is_normal = !text.starts_with('+') && text != "-0";
        return Some(Cow::Borrowed(if is_normal { text } else { digits }));
    }
    match dialect {
        Dialect::Core => core_number(digits, negative),
        Dialect::CloudFormation => template_number(text, digits, negative),
    }
}

/// Decimal digits without a leading zero, few enough for every reader to keep them all.
fn is_short(digits: &str) -> bool {
    matches!(digits.len(), 1..=15) && (digits.len() == 1 || !digits.starts_with('0'))
}

fn core_number(digits: &str, negative: bool) -> Option<Cow<'_, str>> {
    let prefixed = [("0x", 16), ("0o", 8), ("0b", 2)];
    let prefixed = prefixed
        .iter()
        .find_map(|(prefix, radix)| Some((digits.strip_prefix(prefix)?, *radix)));
    let value = match prefixed {
        Some((digits, radix)) => in_radix(digits, radix)?,
        None if is_decimal(digits) => digits.parse().ok()?,
        None => return None,
    };
    printed(if negative { -value } else { value }).map(Cow::Owned)
}

fn template_number<'a>(text: &'a str, digits: &'a str, negative: bool) -> Option<Cow<'a, str>> {
    let sign = if negative { "-" } else { "" };
    let mantissa = digits.split(['e', 'E']).next().unwrap_or_default();
    let is_hex = digits.starts_with("0x");
    let plain = if digits.starts_with('_') || !(is_hex || mantissa.contains('_')) {
        Cow::Borrowed(digits)
    } else if !is_hex && mantissa.len() < digits.len() {
        // `1_0.5e3`, but not `1e1_0`.
        let exponent = digits.get(mantissa.len()..).unwrap_or_default();
        Cow::Owned(mantissa.replace('_', "") + exponent)
    } else {
        Cow::Owned(digits.replace('_', ""))
    };
    let whole = |radix, digits: &str| {
        let value = in_radix(digits, radix)?;
        Some(Cow::Owned(format!("{sign}{value:.0}")))
    };
    if let Some(digits) = plain.strip_prefix("0x") {
        return whole(16, digits);
    }
    if let Some(digits) = plain.strip_prefix("0b") {
        return whole(2, digits);
    }
    if is_padded(&plain) {
        return whole(8, &plain);
    }
    let whole_part = plain.split(['e', 'E', '.']).next().unwrap_or_default();
    if !is_decimal(&plain) || (is_padded(whole_part) && !plain.contains('.')) {
        return None;
    }
    let is_normal = matches!(plain, Cow::Borrowed(_)) && !text.starts_with('+');
    Some(if is_normal {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(format!("{sign}{plain}"))
    })
}

/// Digits with a leading zero, which YAML 1.1 reads as octal.
fn is_padded(digits: &str) -> bool {
    digits.len() > 1 && digits.starts_with('0') && are_digits(digits)
}

fn are_digits(part: &str) -> bool {
    part.bytes().all(|byte| byte.is_ascii_digit())
}

/// `12`, `1.5`, `1.`, `.5`, each with an exponent or not.
fn is_decimal(digits: &str) -> bool {
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (digits, None),
    };
    let power = exponent.map(|exponent| exponent.strip_prefix(['-', '+']).unwrap_or(exponent));
    if power.is_some_and(|power| power.is_empty() || !are_digits(power)) {
        return false;
    }
    match mantissa.split_once('.') {
        Some((whole, fraction)) => mantissa.len() > 1 && are_digits(whole) && are_digits(fraction),
        None => !mantissa.is_empty() && are_digits(mantissa),
    }
}

fn in_radix(digits: &str, radix: u32) -> Option<f64> {
    if digits.is_empty() {
        return None;
    }
    digits.chars().try_fold(0.0, |value, digit| {
        Some(value * f64::from(radix) + f64::from(digit.to_digit(radix)?))
    })
}

/// A number as JavaScript prints it; nothing for infinity.
fn printed(value: f64) -> Option<String> {
    if !value.is_finite() {
        return None;
    }
    if value == 0.0 {
        return Some("0".to_owned());
    }
    // Shortest digits that read back the same, and the power of ten of the first: `-1.25e3`.
    let scientific = format!("{:e}", value.abs());
    let (digits, power) = scientific.split_once('e')?;
    let power: i32 = power.parse().ok()?;
    let digits = digits.replace('.', "");
    let sign = if value < 0.0 { "-" } else { "" };
    let count = i32::try_from(digits.len()).ok()?;
    Some(match power {
        21.. | ..=-7 => {
            let (first, rest) = digits.split_at(1);
            let point = if rest.is_empty() { "" } else { "." };
            let plus = if power > 0 { "+" } else { "" };
            format!("{sign}{first}{point}{rest}e{plus}{power}")
        }
        -6..=-1 => {
            let zeros = "0".repeat(usize::try_from(-power - 1).ok()?);
            format!("{sign}0.{zeros}{digits}")
        }
        0..=20 if power + 1 >= count => {
            let zeros = "0".repeat(usize::try_from(power + 1 - count).ok()?);
            format!("{sign}{digits}{zeros}")
        }
        0..=20 => {
            let (whole, fraction) = digits.split_at(usize::try_from(power + 1).ok()?);
            format!("{sign}{whole}.{fraction}")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, dialect: Dialect) -> String {
        match read(text, dialect) {
            Scalar::Null => "null".to_owned(),
            Scalar::Bool(value) => value.to_string(),
            Scalar::Number(number) => format!("number {number}"),
            Scalar::Text => "text".to_owned(),
        }
    }

    /// As written, as js-yaml 4.3 reads it, as `PyYAML` 6 (YAML 1.1) reads it; where they agree the last is empty.
    /// Numbers of a template stay as written, `12:30` is text, and an exponent needs neither point nor sign.
    const TABLE: &[(&str, &str, &str)] = &[
        ("", "null", ""),
        ("~", "null", ""),
        ("null", "null", ""),
        ("Null", "null", ""),
        ("NULL", "null", ""),
        ("nUll", "text", ""),
        ("true", "true", ""),
        ("True", "true", ""),
        ("TRUE", "true", ""),
        ("tRUE", "text", ""),
        ("False", "false", ""),
        ("yes", "text", "true"),
        ("Yes", "text", "true"),
        ("YES", "text", "true"),
        ("no", "text", "false"),
        ("No", "text", "false"),
        ("on", "text", "true"),
        ("On", "text", "true"),
        ("OFF", "text", "false"),
        ("y", "text", ""),
        ("N", "text", ""),
        ("0", "number 0", ""),
        ("-0", "number 0", ""),
        ("+0", "number 0", ""),
        ("+12", "number 12", ""),
        ("-12", "number -12", ""),
        ("010", "number 10", "number 8"),
        ("-010", "number -10", "number -8"),
        ("089", "number 89", "text"),
        ("123456789012", "number 123456789012", ""),
        ("012345678901", "number 12345678901", "text"),
        ("012345670123", "number 12345670123", "number 1402433619"),
        (
            "9007199254740993",
            "number 9007199254740992",
            "number 9007199254740993",
        ),
        (
            "123456789012345678901",
            "number 123456789012345680000",
            "number 123456789012345678901",
        ),
        ("0o10", "number 8", "text"),
        ("0o8", "text", ""),
        ("0x1F", "number 31", ""),
        ("-0x1f", "number -31", ""),
        ("0X1F", "text", ""),
        ("0x", "text", ""),
        ("0b101", "number 5", ""),
        ("0b2", "text", ""),
        ("1_000", "text", "number 1000"),
        ("_1", "text", ""),
        ("0x1_F", "text", "number 31"),
        ("12:30", "text", ""),
        ("1.0", "number 1", "number 1.0"),
        ("1.", "number 1", "number 1."),
        ("-1.50", "number -1.5", "number -1.50"),
        ("+1.50", "number 1.5", "number 1.50"),
        (".5", "number 0.5", "number .5"),
        ("-.5", "text", ""),
        ("1e3", "number 1000", "number 1e3"),
        ("1.5e+3", "number 1500", "number 1.5e+3"),
        ("1e21", "number 1e+21", "number 1e21"),
        ("1e20", "number 100000000000000000000", "number 1e20"),
        ("0.000001", "number 0.000001", ""),
        ("0.0000001", "number 1e-7", "number 0.0000001"),
        ("1.23e-7", "number 1.23e-7", ""),
        ("1e400", "text", "number 1e400"),
        ("1e", "text", ""),
        ("1e5_0", "text", ""),
        ("685_230.15", "text", "number 685230.15"),
        (".", "text", ""),
        ("-", "text", ""),
        ("+", "text", ""),
        ("--", "text", ""),
        ("1.2.3", "text", ""),
        ("10.0.0.1", "text", ""),
        ("2012-10-17", "text", ""),
        ("2001-12-14t21:59:43.10-05:00", "text", ""),
        (".inf", "text", ""),
        (".nan", "text", ""),
        ("5%", "text", ""),
    ];

    #[test]
    fn plain_scalars_are_what_the_frameworks_read() {
        for (written, core, template) in TABLE {
            let template = if template.is_empty() { core } else { template };
            assert_eq!(
                shown(written, Dialect::Core),
                *core,
                "{written} in serverless.yml"
            );
            assert_eq!(
                shown(written, Dialect::CloudFormation),
                *template,
                "{written} in a template"
            );
        }
    }

    #[test]
    fn absurdly_long_numbers_are_text() {
        let long = "1".repeat(401);
        assert_eq!(shown(&long, Dialect::Core), "text");
        assert_eq!(shown(&long, Dialect::CloudFormation), "text");
    }
}
