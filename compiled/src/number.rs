//! Plain JSON numbers: no exponent, no minus nought, few digits.

use crate::value::{Sure, Unsure, Value};

/// Digits up to which a decimal text, the double it stands for, and what Python writes for that double are the same.
const DIGITS_SURE: usize = 15;

/// The number that a text begins with, and its length.
pub fn read(text: &str) -> Sure<(Value<'_>, usize)> {
    let start = usize::from(text.starts_with('-'));
    let point = digits(text, start);
    let whole = &text[start..point];
    if whole.is_empty() || (whole.len() > 1 && whole.starts_with('0')) || whole.len() > DIGITS_SURE {
        return Err(Unsure);
    }
    let negative_nought = start > 0 && whole == "0";
    if !text[point..].starts_with('.') {
        let unusual = negative_nought || text[point..].starts_with(['e', 'E']);
        return if unusual { Err(Unsure) } else { Ok((Value::Whole(text[..point].into()), point)) };
    }
    let end = digits(text, point + 1);
    let decimals = &text[point + 1..end];
    if decimals.is_empty() || whole.len() + decimals.len() > DIGITS_SURE || text[end..].starts_with(['e', 'E']) {
        return Err(Unsure);
    }
    let kept = decimals.trim_end_matches('0').len();
    // Python writes what is below a ten-thousandth with an exponent.
    if (negative_nought && kept == 0) || (whole == "0" && decimals.starts_with("0000")) {
        return Err(Unsure);
    }
    Ok((Value::Decimal(&text[..point + 1 + kept.max(1)]), end))
}

/// Where digits that start at a place end.
fn digits(text: &str, from: usize) -> usize {
    from + text.as_bytes()[from..].iter().take_while(|byte| byte.is_ascii_digit()).count()
}
