//! Reads JSON as orjson does, and gives up on all that is unusual.

use std::borrow::Cow;

use memchr::memchr2;

use crate::escape;
use crate::number;
use crate::value::{Sure, Unsure, Value};

/// Lists and objects in each other, at most.
const DEEPEST: usize = 8;
/// Names in an object that is somewhere in a value, at most: each is compared with all others.
const NAMES_MOST: usize = 64;

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
        self.items(b'{', b'}', |reader| {
            let name = reader.string()?;
            reader.expect(b':')?;
            each(reader, name)
        })
    }

    /// Reads what stands between two marks, with commas in between; `each` reads one item.
    fn items(&mut self, open: u8, close: u8, mut each: impl FnMut(&mut Self) -> Sure<()>) -> Sure<()> {
        self.expect(open)?;
        if self.next() == Some(close) {
            self.at += 1;
            return Ok(());
        }
        loop {
            each(self)?;
            let mark = self.next().ok_or(Unsure)?;
            self.at += 1;
            if mark == close {
                return Ok(());
            }
            if mark != b',' {
                return Err(Unsure);
            }
        }
    }

    /// Reads a value of any kind.
    pub fn value(&mut self) -> Sure<Value<'a>> {
        if !matches!(self.next(), Some(b'{' | b'[')) {
            return self.scalar();
        }
        let mut leaves = Vec::new();
        self.leaves(&mut leaves, DEEPEST)?;
        Ok(Value::Nested(leaves))
    }

    /// What stands in lists and objects, without their names; unsure where a name is there twice.
    fn leaves(&mut self, leaves: &mut Vec<Value<'a>>, depth: usize) -> Sure<()> {
        let below = depth.checked_sub(1).ok_or(Unsure)?;
        match self.next() {
            Some(b'[') => self.items(b'[', b']', |reader| reader.leaves(leaves, below)),
            Some(b'{') => {
                let mut names: Vec<Cow<'a, str>> = Vec::new();
                self.object(|reader, name| {
                    if names.len() == NAMES_MOST || names.contains(&name) {
                        return Err(Unsure);
                    }
                    names.push(name);
                    reader.leaves(leaves, below)
                })
            }
            _ => {
                leaves.push(self.scalar()?);
                Ok(())
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
            let (character, length) = escape::read(&rest[stop + 1..])?;
            text.push(character);
            self.at += length;
        }
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
