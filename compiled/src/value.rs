//! One value of a record, and the answer of whoever cannot be certain.

use std::borrow::Cow;

/// The mark of an event that is unusual in some way: the Python path decides it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unsure;

/// What is certain, or nothing.
pub type Sure<T> = Result<T, Unsure>;

/// A JSON value, as Python would write it: numbers stay text, so that none changes on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Truth(bool),
    /// A whole number of at most 18 digits.
    Whole(Cow<'a, str>),
    /// A number with decimals, without needless zeros and without an exponent: what Python's `repr` gives.
    Decimal(Cow<'a, str>),
    /// A text.
    Text(Cow<'a, str>),
    /// What stands in a list or an object, however deep. None of it leaves; all of it may be reserved.
    Nested(Vec<Self>),
}

impl Value<'_> {
    /// The text, where it is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether Python's `==` holds between two values; for it, 5 and 5.0 are the same.
    pub fn equals(&self, other: &Value<'_>) -> bool {
        match (self, other) {
            (Self::Null, Value::Null) => true,
            (Self::Truth(one), Value::Truth(two)) => one == two,
            (Self::Text(one), Value::Text(two)) => one == two,
            _ => self.number().is_some_and(|number| Some(number) == other.number()),
        }
    }

    /// The digits of a number; without its decimals, where it is a whole one.
    pub fn number(&self) -> Option<&str> {
        match self {
            Self::Whole(number) => Some(number),
            Self::Decimal(number) => Some(number.strip_suffix(".0").unwrap_or(number)),
            _ => None,
        }
    }
}

/// How many characters a text has; Python's `len`.
pub fn characters(text: &str) -> usize {
    text.as_bytes().iter().filter(|byte| **byte & 0xC0 != 0x80).count()
}

/// The first characters of a text, at most `limit`.
pub fn cut(text: &str, limit: usize) -> &str {
    if text.len() <= limit {
        return text;
    }
    text.char_indices().nth(limit).map_or(text, |(end, _)| &text[..end])
}
