//! Reads JSON as orjson does, and gives up on all that is unusual.

use std::borrow::Cow;

use memchr::memchr2;

use crate::value::{Sure, Unsure, Value};

/// Digits up to which a decimal text, the double it stands for, and what Python writes for that double are the same.
const DIGITS_SURE: usize = 15;

/// A place in a JSON text.
pub struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    /// At the start of some bytes, which have to be UTF-8.
    pub fn new(raw: &'a [u8]) -> Sure<Self> {
        let text = std::str::from_utf8(raw).map_err(|_| Unsure)?;
        Ok(Self { text, at: 0 })
    }

    /// Reads an object; `each` is called with every name, and has to read its value.
    pub fn object(&mut self, mut each: impl FnMut(&mut Self, Cow<'a, str>) -> Sure<()>) -> Sure<()> {
        self.expect(b'{')?;
        if self.next() == Some(b'}') {
            self.at += 1;
            return Ok(());
        }
        loop {
            let name = self.string()?;
            self.expect(b':')?;
            each(self, name)?;
            match self.next() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err(Unsure),
            }
        }
    }

    /// Reads a value that holds no others.
    pub fn scalar(&mut self) -> Sure<Value<'a>> {
        match self.next() {
            Some(b'"') => Ok(Value::Text(self.string()?)),
            Some(b'n') => self.word("null", Value::Null),
            Some(b't') => self.word("true", Value::Truth(true)),
            Some(b'f') => self.word("false", Value::Truth(false)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => Err(Unsure),
        }
    }

    /// Reads nothing more than spaces.
    pub fn end(&mut self) -> Sure<()> {
        if self.next().is_none() { Ok(()) } else { Err(Unsure) }
    }

    /// The next byte that is no space, which stays unread.
    pub fn next(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while let Some(byte) = bytes.get(self.at) {
            if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                return Some(*byte);
            }
            self.at += 1;
        }
        None
    }

    /// A text, with its escapes resolved.
    fn string(&mut self) -> Sure<Cow<'a, str>> {
        self.expect(b'"')?;
        let start = self.at;
        let end = start + memchr2(b'"', b'\\', &self.text.as_bytes()[start..]).ok_or(Unsure)?;
        let plain = printable(&self.text[start..end])?;
        self.at = end;
        if self.text.as_bytes()[end] == b'"' {
            self.at += 1;
            return Ok(Cow::Borrowed(plain));
        }
        self.escaped(plain.to_owned()).map(Cow::Owned)
    }

    /// The rest of a text that has escapes, from the first of them.
    fn escaped(&mut self, mut text: String) -> Sure<String> {
        loop {
            let rest = &self.text.as_bytes()[self.at..];
            let stop = memchr2(b'"', b'\\', rest).ok_or(Unsure)?;
            text.push_str(printable(&self.text[self.at..self.at + stop])?);
            self.at += stop + 1;
            if rest[stop] == b'"' {
                return Ok(text);
            }
            text.push(self.escape()?);
        }
    }

    fn escape(&mut self) -> Sure<char> {
        let byte = *self.text.as_bytes().get(self.at).ok_or(Unsure)?;
        self.at += 1;
        match byte {
            b'"' | b'\\' | b'/' => Ok(char::from(byte)),
            b'b' => Ok('\u{8}'),
            b'f' => Ok('\u{c}'),
            b'n' => Ok('\n'),
            b'r' => Ok('\r'),
            b't' => Ok('\t'),
            b'u' => self.code(),
            _ => Err(Unsure),
        }
    }

    /// A character by its number; by two, where it is beyond the first 65,536.
    fn code(&mut self) -> Sure<char> {
        let first = self.four_digits()?;
        if !(0xD800..0xDC00).contains(&first) {
            return char::from_u32(first).ok_or(Unsure);
        }
        if self.text.as_bytes().get(self.at..self.at + 2) != Some(b"\\u") {
            return Err(Unsure);
        }
        self.at += 2;
        let second = self.four_digits()?;
        if !(0xDC00..0xE000).contains(&second) {
            return Err(Unsure);
        }
        char::from_u32(0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00)).ok_or(Unsure)
    }

    fn four_digits(&mut self) -> Sure<u32> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4).ok_or(Unsure)?;
        self.at += 4;
        digits.iter().try_fold(0, |code, digit| Ok(code * 16 + char::from(*digit).to_digit(16).ok_or(Unsure)?))
    }

    /// A plain number: no exponent, no minus nought, few digits.
    fn number(&mut self) -> Sure<Value<'a>> {
        let start = self.at;
        let unsigned = start + usize::from(self.text.as_bytes()[start] == b'-');
        let point = self.digits(unsigned);
        let whole = &self.text[unsigned..point];
        if whole.is_empty() || (whole.len() > 1 && whole.starts_with('0')) || whole.len() > DIGITS_SURE {
            return Err(Unsure);
        }
        self.at = point;
        if self.text.as_bytes().get(point) != Some(&b'.') {
            let exponent = matches!(self.text.as_bytes().get(point), Some(b'e' | b'E'));
            let minus_nought = whole == "0" && unsigned > start;
            return if exponent || minus_nought {
                Err(Unsure)
            } else {
                Ok(Value::Whole(self.text[start..point].into()))
            };
        }
        let end = self.digits(point + 1);
        let decimals = &self.text[point + 1..end];
        if decimals.is_empty() || whole.len() + decimals.len() > DIGITS_SURE || self.text[end..].starts_with(['e', 'E'])
        {
            return Err(Unsure);
        }
        self.at = end;
        let kept = decimals.trim_end_matches('0').len();
        // Python writes what is below a ten-thousandth with an exponent; minus nought is no usual number.
        let small = whole == "0" && (decimals.starts_with("0000") || (unsigned > start && kept == 0));
        if small { Err(Unsure) } else { Ok(Value::Decimal(&self.text[start..point + 1 + kept.max(1)])) }
    }

    /// Where digits that start at a place end.
    fn digits(&self, from: usize) -> usize {
        let digits = self.text.as_bytes()[from..].iter().take_while(|byte| byte.is_ascii_digit());
        from + digits.count()
    }

    fn word(&mut self, word: &str, value: Value<'a>) -> Sure<Value<'a>> {
        if !self.text[self.at..].starts_with(word) {
            return Err(Unsure);
        }
        self.at += word.len();
        Ok(value)
    }

    fn expect(&mut self, wanted: u8) -> Sure<()> {
        if self.next() != Some(wanted) {
            return Err(Unsure);
        }
        self.at += 1;
        Ok(())
    }
}

/// A part of a text, unless a control character stands in it.
fn printable(text: &str) -> Sure<&str> {
    // All bytes are looked at, whatever comes first: that is what vectorises.
    let control = text.bytes().fold(false, |found, byte| found | (byte < 0x20));
    if control { Err(Unsure) } else { Ok(text) }
}
