//! Reads JSON as orjson does, and gives up on all that is unusual.

use std::borrow::Cow;

use memchr::memchr2;

use crate::number;
use crate::value::{Sure, Unsure, Value};

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

    fn number(&mut self) -> Sure<Value<'a>> {
        let (value, length) = number::read(&self.text[self.at..])?;
        self.at += length;
        Ok(value)
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
