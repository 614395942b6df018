//! One value from the CRM's form to the dialer's: `mapping/transforms.py`, as far as it is plain.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::forms;
use crate::plan::LineSpec;
use crate::value::{Sure, Unsure, Value, characters, cut};

const WHOLE_LONGEST: usize = 18;

/// What a line of the link makes of its value.
pub enum Change {
    Table(HashMap<String, String>),
    Text(usize),
    Phone { french: bool },
    Email,
    Whole,
    Decimal,
    Truth,
    Day,
    Moment,
}

impl Change {
    pub fn new(line: &LineSpec) -> Option<Self> {
        match line.form.as_str() {
            "table" => Some(Self::Table(line.table.clone())),
            "text" => Some(Self::Text(line.limit)),
            "e164" => Some(Self::Phone { french: line.french }),
            "email" => Some(Self::Email),
            "integer" => Some(Self::Whole),
            "decimal" => Some(Self::Decimal),
            "boolean" => Some(Self::Truth),
            "date" => Some(Self::Day),
            "datetime" => Some(Self::Moment),
            _ => None,
        }
    }

    /// The value as the dialer gets it; nothing where it does not fit and stays home.
    pub fn apply<'v>(&'v self, value: &'v Value<'v>) -> Sure<Option<Value<'v>>> {
        match value {
            Value::Null => return Ok(Some(Value::Null)),
            Value::Nested(_) => return Ok(None),
            _ => {}
        }
        match (self, value) {
            (Self::Table(table), _) => Ok(looked_up(table, value)),
            (Self::Text(limit), Value::Text(_) | Value::Whole(_) | Value::Decimal(_)) => {
                Ok(Some(Value::Text(Cow::Borrowed(cut(shown(value), *limit)))))
            }
            (Self::Truth, Value::Truth(truth)) => Ok(Some(Value::Truth(*truth))),
            (Self::Whole, Value::Whole(number)) => Ok(Some(Value::Whole(Cow::Borrowed(number)))),
            // From 2^53 on, which is a number of 16 digits, a double is not known to be whole.
            (Self::Whole, Value::Decimal(number)) if number.len() > 16 => Err(Unsure),
            (Self::Whole, Value::Decimal(number)) => {
                Ok(number.strip_suffix(".0").map(|whole| Value::Whole(Cow::Borrowed(whole))))
            }
            (Self::Text(_), Value::Truth(_)) | (Self::Decimal, Value::Whole(_) | Value::Decimal(_)) => {
                Ok(Some(text(shown(value))))
            }
            (_, Value::Text(content)) => self.apply_to_text(content),
            _ => Ok(None),
        }
    }

    fn apply_to_text<'v>(&self, content: &'v str) -> Sure<Option<Value<'v>>> {
        match self {
            Self::Phone { french } => phone(content, *french),
            Self::Email => Ok(forms::email(content).then(|| text(content))),
            Self::Whole => Ok(whole(content)),
            Self::Decimal => forms::plain_decimal(content).then(|| Some(text(content))).ok_or(Unsure),
            Self::Day if characters(content) < 10 => Ok(None),
            Self::Day => forms::day(content.get(..10).ok_or(Unsure)?).map(|()| Some(text(&content[..10]))),
            Self::Moment => forms::moment(content).map(|moment| Some(Value::Text(moment))),
            _ => Ok(None),
        }
    }
}

fn text(content: &str) -> Value<'_> {
    Value::Text(Cow::Borrowed(content))
}

/// A value as text, where a text is due.
fn shown<'v>(value: &'v Value<'v>) -> &'v str {
    match value {
        Value::Null | Value::Nested(_) => "",
        Value::Truth(true) => "true",
        Value::Truth(false) => "false",
        Value::Whole(number) | Value::Decimal(number) => number,
        Value::Text(content) => content,
    }
}

fn looked_up<'v>(table: &'v HashMap<String, String>, value: &Value<'_>) -> Option<Value<'v>> {
    match value {
        Value::Decimal(_) => None,
        _ => table.get(shown(value)).map(|word| text(word)),
    }
}

/// A telephone number in one of the two ways nearly all French ones are written. Others need a library.
fn phone(number: &str, french: bool) -> Sure<Option<Value<'_>>> {
    if number.is_empty() {
        return Ok(None);
    }
    if number.strip_prefix("+33").is_some_and(forms::nine_digits) {
        return Ok(Some(text(number)));
    }
    let plain: String = number.chars().filter(|character| !matches!(character, ' ' | '.' | '-')).collect();
    match plain.strip_prefix('0') {
        Some(digits) if french && forms::nine_digits(digits) => {
            Ok(Some(Value::Text(Cow::Owned(format!("+33{digits}")))))
        }
        _ => Err(Unsure),
    }
}

/// A whole number written as text, without its plus and leading noughts.
fn whole(content: &str) -> Option<Value<'_>> {
    let digits = content.strip_prefix(['+', '-']).unwrap_or(content);
    let fits = content.len() <= WHOLE_LONGEST && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| content.parse::<i64>().ok()).flatten().map(|number| Value::Whole(Cow::Owned(number.to_string())))
}
