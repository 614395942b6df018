//! What a backslash stands for in a JSON text.

use crate::value::{Sure, Unsure};

/// The character that some bytes after a backslash stand for, and how many of them.
pub fn read(bytes: &[u8]) -> Sure<(char, usize)> {
    let short = match bytes.first().ok_or(Unsure)? {
        byte @ (b'"' | b'\\' | b'/') => char::from(*byte),
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return by_number(&bytes[1..]),
        _ => return Err(Unsure),
    };
    Ok((short, 1))
}

/// A character by its number; by two, where it is beyond the first 65,536.
fn by_number(bytes: &[u8]) -> Sure<(char, usize)> {
    let first = four_digits(bytes)?;
    if !(0xD800..0xDC00).contains(&first) {
        return char::from_u32(first).map(|character| (character, 5)).ok_or(Unsure);
    }
    let second = four_digits(bytes[4..].strip_prefix(b"\\u").ok_or(Unsure)?)?;
    if !(0xDC00..0xE000).contains(&second) {
        return Err(Unsure);
    }
    let code = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
    char::from_u32(code).map(|character| (character, 11)).ok_or(Unsure)
}

fn four_digits(bytes: &[u8]) -> Sure<u32> {
    let digits = bytes.get(..4).ok_or(Unsure)?;
    digits.iter().try_fold(0, |code, digit| Ok(code * 16 + char::from(*digit).to_digit(16).ok_or(Unsure)?))
}
