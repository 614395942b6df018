//! What a payload must look like: gate 2's own reading of a link. `filters/contract.py`.

use std::collections::HashSet;

use crate::partial::Partial;
use crate::plan::RuleSpec;
use crate::value::{Value, characters};

/// The form of what a dialer field may carry.
enum Form {
    Words(HashSet<String>),
    Text,
    Phone,
    Email,
    Whole,
    Decimal,
    Truth,
    Day,
    Moment,
}

/// What one dialer field may carry: the value of one source, in one form, up to one length.
pub struct Rule {
    pub to: String,
    pub object: String,
    pub name: String,
    form: Form,
    longest: usize,
    french: bool,
    /// How little of its source it may show, where it may not show all.
    pub partial: Option<Partial>,
}

impl Rule {
    pub fn new(spec: RuleSpec) -> Option<Self> {
        let form = match spec.form.as_str() {
            "words" => Form::Words(spec.words),
            "text" => Form::Text,
            "e164" => Form::Phone,
            "email" => Form::Email,
            "integer" => Form::Whole,
            "decimal" => Form::Decimal,
            "boolean" => Form::Truth,
            "date" => Form::Day,
            "datetime" => Form::Moment,
            _ => return None,
        };
        let (to, object, name, longest, french) = (spec.to, spec.object, spec.name, spec.longest, spec.french);
        let masks = (!spec.masks.is_empty()).then_some(spec.masks);
        let partial = masks.map(|masks| Partial::new(masks, spec.form, longest, french));
        Some(Self { to, object, name, form, longest, french, partial })
    }

    /// Whether its values come from a table of the link, and so are nobody's own words.
    pub const fn is_worded(&self) -> bool {
        matches!(self.form, Form::Words(_))
    }

    /// Whether a text could hold more than its purpose needs.
    pub const fn is_roomy(&self) -> bool {
        matches!(self.form, Form::Text | Form::Email)
    }

    /// Whether a value surely has the right type, form and length.
    pub fn fits(&self, value: &Value<'_>) -> bool {
        match (value, &self.form) {
            (Value::Null, _) | (Value::Whole(_), Form::Whole) | (Value::Truth(_), Form::Truth) => true,
            (Value::Text(text), Form::Words(words)) => words.contains(text.as_ref()),
            (Value::Text(text), form) => {
                let formed = match form {
                    Form::Text => true,
                    Form::Phone => is_phone(text),
                    Form::Email => is_email(text),
                    Form::Decimal => is_decimal(text),
                    Form::Day => like(text, "0000-00-00"),
                    Form::Moment => is_moment(text),
                    Form::Words(_) | Form::Whole | Form::Truth => false,
                };
                formed && (text.len() <= self.longest || characters(text) <= self.longest)
            }
            _ => false,
        }
    }

    /// Whether a value surely shows its own source in this field's form, and nothing else.
    pub fn shows(&self, value: &Value<'_>, source: &Value<'_>) -> bool {
        if value.equals(source) {
            return true;
        }
        let written = match source {
            Value::Text(text) => text.as_ref(),
            Value::Whole(number) | Value::Decimal(number) => number,
            _ => return false,
        };
        match (&self.form, value) {
            (Form::Phone, Value::Text(shown)) => self.french && is_national(written, shown),
            (Form::Day | Form::Moment, Value::Text(shown)) => {
                shown.is_ascii() && written.get(..10).is_some_and(|day| shown.starts_with(day))
            }
            (Form::Text | Form::Email, Value::Text(shown)) => {
                shown == written || (written.starts_with(shown.as_ref()) && characters(shown) == self.longest)
            }
            (Form::Decimal, Value::Text(shown)) | (Form::Whole, Value::Whole(shown)) => shown == written,
            _ => false,
        }
    }
}

/// Whether a text has the form of another one: 0 stands for any digit, everything else for itself.
fn like(text: &str, form: &str) -> bool {
    let same = |(byte, form): (u8, u8)| if form == b'0' { byte.is_ascii_digit() } else { byte == form };
    text.len() == form.len() && text.bytes().zip(form.bytes()).all(same)
}

fn is_phone(text: &str) -> bool {
    let number = text.strip_prefix('+').unwrap_or("");
    let digits = number.bytes().all(|byte| byte.is_ascii_digit());
    digits && !number.starts_with('0') && (6..=15).contains(&number.len())
}

/// Whether a French number is written with a 0 where the other has the country's code.
fn is_national(written: &str, shown: &str) -> bool {
    let plain = written.bytes().filter(|byte| !matches!(byte, b' ' | b'.' | b'-'));
    shown.len() == 12
        && shown.starts_with("+33")
        && shown.as_bytes()[3] != b'0'
        && plain.eq(std::iter::once(b'0').chain(shown[3..].bytes()))
}

fn is_email(text: &str) -> bool {
    let seen = text.chars().all(|one| !one.is_whitespace() && !one.is_ascii_control() && !"<>\"".contains(one));
    let mut parts = text.split('@').map(characters);
    let mut sized = |longest: usize| parts.next().is_some_and(|length| (1..=longest).contains(&length));
    seen && sized(64) && sized(189) && parts.next().is_none()
}

fn is_decimal(text: &str) -> bool {
    let mut parts = text.strip_prefix('-').unwrap_or(text).split('.');
    let sized = |part: &str| (1..=30).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    parts.next().is_some_and(sized) && parts.next().is_none_or(sized) && parts.next().is_none()
}

fn is_moment(text: &str) -> bool {
    text.is_ascii() && text.len() == 25 && like(&text[..19], "0000-00-00T00:00:00") && {
        matches!(text.as_bytes()[19], b'+' | b'-') && like(&text[20..], "00:00")
    }
}
