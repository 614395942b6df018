//! Masks, as gate 1 puts them on: what is left of a value that somebody may read only in part.
//! `filters/masking.py`.

use std::borrow::Cow;
use std::fmt::Write;

use ring::hmac;

use crate::forms;
use crate::perimeter::{self, Conditions, Fields};
use crate::plan::{ConditionSpec, MaskSpec};
use crate::value::{Sure, Unsure, Value, characters, cut};

/// Before the last four characters.
const HIDDEN: &str = "****";
/// Of a shorter value four characters would be too much of it.
const LAST4_LEAST: usize = 8;
/// Bytes of a digest that are shown.
const DIGEST_BYTES: usize = 8;
/// Digits up to which a number fits a comparison, before its point and behind it.
const DIGITS_MOST: usize = 30;

/// What is left of a value.
#[derive(Debug, PartialEq, Eq)]
pub enum Mask {
    Allow,
    Drop,
    Empty,
    Last4,
    KeyedHash,
    Token,
    Year,
    /// The least numbers of the bands, and the bands' names: one more.
    Range(Vec<i64>, Vec<String>),
    Truncate(usize),
}

/// Rules, of which the first that holds decides.
pub struct Masks {
    rules: Vec<(Mask, Vec<ConditionSpec>)>,
}

impl Masks {
    /// Nothing where a mask is unknown here.
    pub fn new(specs: Vec<MaskSpec>) -> Option<Self> {
        let rule = |spec: MaskSpec| Some((Mask::new(&spec)?, spec.when));
        specs.into_iter().map(rule).collect::<Option<_>>().map(|rules| Self { rules })
    }

    /// Whether there is no rule, so that all is shown.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Where the conditions of each rule look.
    pub fn places(&self, fields: &impl Fields) -> Vec<Conditions> {
        self.rules.iter().map(|(_, when)| perimeter::places(when, fields)).collect()
    }

    /// The rule that decides. Where none holds, or one before it cannot be judged, the value stays home.
    pub fn deciding<'v>(&self, at: &[Conditions], value: impl Fn(usize) -> &'v Value<'v>) -> &Mask {
        for ((mask, when), at) in self.rules.iter().zip(at) {
            if perimeter::holds(when, at, &value) {
                return mask;
            }
            if !perimeter::judged(at, &value) {
                break;
            }
        }
        &Mask::Drop
    }
}

impl Mask {
    fn new(spec: &MaskSpec) -> Option<Self> {
        Some(match spec.mask.as_str() {
            "allow" => Self::Allow,
            "drop" => Self::Drop,
            "empty" => Self::Empty,
            "last4" => Self::Last4,
            "keyed_hash" => Self::KeyedHash,
            "token" => Self::Token,
            "year" => Self::Year,
            "range" if !spec.steps.is_empty() => Self::Range(spec.steps.clone(), bands(&spec.steps)),
            "truncate" => Self::Truncate(spec.at),
            _ => return None,
        })
    }

    /// What it leaves of a transformed value; nothing where that stays home.
    pub fn put_on<'v>(&self, value: Value<'v>, secret: Option<&hmac::Key>) -> Sure<Option<Value<'v>>> {
        if *self == Self::Drop {
            return Ok(None);
        }
        let text = match &value {
            Value::Null => return Ok(Some(Value::Null)),
            Value::Truth(true) => "true",
            Value::Truth(false) => "false",
            Value::Whole(text) | Value::Text(text) => text.as_ref(),
            Value::Decimal(_) | Value::Nested(_) => return Err(Unsure),
        };
        let left = match self {
            Self::Allow => return Ok(Some(value)),
            Self::Empty => return Ok(Some(Value::Null)),
            Self::Last4 => Some(last4(text)),
            Self::KeyedHash => secret.map(|secret| digest("keyed_hash", "h_", text, secret)),
            Self::Token => secret.map(|secret| digest("token", "t_", text, secret)),
            Self::Year if is_day(cut(text, 10)) => forms::day(&text[..10]).map(|()| Some(text[..4].to_owned()))?,
            Self::Drop | Self::Year => None,
            Self::Range(steps, names) => band(text, steps).map(|number| names[number].clone()),
            Self::Truncate(at) => Some(cut(text, *at).to_owned()),
        };
        Ok(left.map(|text| Value::Text(Cow::Owned(text))))
    }
}

fn bands(steps: &[i64]) -> Vec<String> {
    let (first, last) = (steps.first().into_iter(), steps.last().into_iter());
    let between = steps.windows(2).map(|pair| format!("{}..{}", pair[0], pair[1]));
    first.map(|least| format!("<{least}")).chain(between).chain(last.map(|most| format!(">={most}"))).collect()
}

fn last4(text: &str) -> String {
    let begin = text.char_indices().rev().nth(3).map_or(0, |(begin, _)| begin);
    if characters(text) < LAST4_LEAST { HIDDEN.to_owned() } else { format!("{HIDDEN}{}", &text[begin..]) }
}

fn digest(mask: &str, prefix: &str, text: &str, secret: &hmac::Key) -> String {
    let tag = hmac::sign(secret, format!("{mask}|{text}").as_bytes());
    tag.as_ref().iter().take(DIGEST_BYTES).fold(prefix.to_owned(), |mut shown, byte| {
        let _ = write!(shown, "{byte:02x}");
        shown
    })
}

fn is_day(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    matches!(parts[..], [year, month, day] if [year.len(), month.len(), day.len()] == [4, 2, 2])
        && parts.iter().all(|part| forms::digits(part))
}

/// The number of the band that a number lies in; nothing where it is no number.
fn band(text: &str, steps: &[i64]) -> Option<usize> {
    let number = Number::read(text)?;
    Some(steps.iter().filter(|least| number.is_at_least(**least)).count())
}

/// A decimal number, as far as it takes to compare it with a whole one.
pub struct Number {
    negative: bool,
    whole: i128,
    /// Whether something stands behind the point.
    more: bool,
}

impl Number {
    pub fn read(text: &str) -> Option<Self> {
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (whole, decimals) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
        let sized = |part: &str| forms::digits(part) && part.len() <= DIGITS_MOST;
        if !sized(whole) || !sized(decimals) {
            return None;
        }
        let more = decimals.bytes().any(|digit| digit != b'0');
        Some(Self { negative: text.len() > unsigned.len(), whole: whole.parse().ok()?, more })
    }

    pub fn is_at_least(&self, least: i64) -> bool {
        let least = i128::from(least);
        if self.negative { self.whole < -least || (self.whole == -least && !self.more) } else { self.whole >= least }
    }
}
