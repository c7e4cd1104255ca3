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
    // Longer ones exist only to be slow.
    if digits.len() > 400 {
        return None;
    }
    if digits.bytes().all(|byte| byte.is_ascii_digit()) && is_short(digits) {
        let as_written = !text.starts_with('+') && (digits != "0" || !negative);
        return Some(if as_written {
            Cow::Borrowed(text)
        } else {
            Cow::Borrowed(digits)
        });
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
        // js-yaml reads `-.5` and `+.5` as text, but tells signs only by the first character of the whole.
        None if is_decimal(digits, false) => digits.parse().ok()?,
        None => return None,
    };
    printed(if negative { -value } else { value }).map(Cow::Owned)
}

fn template_number<'a>(text: &'a str, digits: &'a str, negative: bool) -> Option<Cow<'a, str>> {
    let sign = if negative { "-" } else { "" };
    let plain = if digits.contains('_') && !digits.starts_with('_') {
        Cow::Owned(digits.replace('_', ""))
    } else {
        Cow::Borrowed(digits)
    };
    let whole =
        |radix, digits: &str| Some(Cow::Owned(format!("{sign}{:.0}", in_radix(digits, radix)?)));
    if let Some(digits) = plain.strip_prefix("0x") {
        return whole(16, digits);
    }
    if let Some(digits) = plain.strip_prefix("0b") {
        return whole(2, digits);
    }
    let is_whole = plain.bytes().all(|byte| byte.is_ascii_digit()) && !plain.is_empty();
    if is_whole && plain.len() > 1 && plain.starts_with('0') {
        return whole(8, &plain);
    }
    if !is_whole && !is_decimal(&plain, true) {
        return None;
    }
    let as_written = matches!(plain, Cow::Borrowed(_)) && !text.starts_with('+');
    Some(if as_written {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(format!("{sign}{plain}"))
    })
}

/// `12`, `1.5`, `1.`, `.5`, each with an exponent or not; a template's `012e3` is not one.
fn is_decimal(digits: &str, is_template: bool) -> bool {
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (digits, None),
    };
    if let Some(exponent) = exponent {
        let power = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        if power.is_empty() || !all_digits(power) {
            return false;
        }
    }
    match mantissa.split_once('.') {
        Some((whole, fraction)) => {
            all_digits(whole) && all_digits(fraction) && !(whole.is_empty() && fraction.is_empty())
        }
        None if is_template && mantissa.len() > 1 && mantissa.starts_with('0') => false,
        None => !mantissa.is_empty() && all_digits(mantissa),
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
        21.. | ..=-8 => {
            let (first, rest) = digits.split_at(1);
            let point = if rest.is_empty() { "" } else { "." };
            let plus = if power > 0 { "+" } else { "" };
            format!("{sign}{first}{point}{rest}e{plus}{power}")
        }
        -7..=-1 => {
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
