//! Plain JSON numbers: no exponent, no minus nought, not too many digits.

use std::borrow::Cow;

use crate::value::{Sure, Unsure, Value};

/// Digits of a whole number that always fits 64 bits.
const WHOLE_SURE: usize = 18;
/// Digits up to which a decimal text, the double it stands for, and what Python writes for that double are the same.
const DECIMAL_SURE: usize = 15;
/// Between these, Python writes a double without an exponent.
const PLAIN: std::ops::Range<f64> = 1e-4..1e16;

/// The number that a text begins with, and its length.
pub fn read(text: &str) -> Sure<(Value<'_>, usize)> {
    let start = usize::from(text.starts_with('-'));
    let point = digits(text, start);
    let whole = &text[start..point];
    if whole.is_empty() || (whole.len() > 1 && whole.starts_with('0')) || whole.len() > WHOLE_SURE {
        return Err(Unsure);
    }
    let negative_nought = start > 0 && whole == "0";
    if !text[point..].starts_with('.') {
        let unusual = negative_nought || text[point..].starts_with(['e', 'E']);
        return if unusual { Err(Unsure) } else { Ok((Value::Whole(text[..point].into()), point)) };
    }
    let end = digits(text, point + 1);
    let decimals = &text[point + 1..end];
    if decimals.is_empty() || text[end..].starts_with(['e', 'E']) {
        return Err(Unsure);
    }
    if whole.len() + decimals.len() > DECIMAL_SURE {
        return Ok((Value::Decimal(Cow::Owned(rounded(&text[..end])?)), end));
    }
    let kept = decimals.trim_end_matches('0').len();
    // Python writes what is below a ten-thousandth with an exponent.
    if (negative_nought && kept == 0) || (whole == "0" && decimals.starts_with("0000")) {
        return Err(Unsure);
    }
    Ok((Value::Decimal(Cow::Borrowed(&text[..point + 1 + kept.max(1)])), end))
}

/// A number of many digits as the double next to it is written: as few digits as tell it from every other double.
fn rounded(text: &str) -> Sure<String> {
    let number: f64 = text.parse().map_err(|_| Unsure)?;
    if !PLAIN.contains(&number.abs()) {
        return Err(Unsure);
    }
    Ok(format!("{number:?}"))
}

/// Where digits that start at a place end.
fn digits(text: &str, from: usize) -> usize {
    from + text.as_bytes()[from..].iter().take_while(|byte| byte.is_ascii_digit()).count()
}
