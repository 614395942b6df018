//! Gate 2's own reading of masks: what a field has to show of which only a part may leave. `filters/partial.py`.

use ring::hmac;

use crate::forms;
use crate::mask::Number;
use crate::perimeter::{self, Conditions, Fields};
use crate::plan::MaskSpec;
use crate::value::{Sure, Unsure, Value, characters, cut};

/// What one dialer field may show of its source.
pub struct Partial {
    rules: Vec<MaskSpec>,
    /// The form in which the dialer is given the source.
    form: String,
    longest: usize,
    french: bool,
}

impl Partial {
    pub const fn new(rules: Vec<MaskSpec>, form: String, longest: usize, french: bool) -> Self {
        Self { rules, form, longest, french }
    }

    /// Where the conditions of each rule look.
    pub fn places(&self, fields: &impl Fields) -> Vec<Conditions> {
        self.rules.iter().map(|rule| perimeter::places(&rule.when, fields)).collect()
    }

    /// Sure that a value is what the rule that holds leaves of its source; then, whether something could hide in it.
    pub fn right<'v>(
        &self,
        shown: &Value<'_>,
        source: &Value<'_>,
        at: &[Conditions],
        value: impl Fn(usize) -> &'v Value<'v>,
        secret: Option<&hmac::Key>,
    ) -> Sure<bool> {
        let mut rules = self.rules.iter().zip(at);
        let rule = loop {
            let (rule, at) = rules.next().ok_or(Unsure)?;
            if perimeter::holds(&rule.when, at, &value) {
                break rule;
            }
            if !perimeter::judged(at, &value) {
                return Err(Unsure);
            }
        };
        if rule.mask == "drop" {
            return Err(Unsure);
        }
        if *shown == Value::Null {
            return Ok(false);
        }
        let (shown, form) = (shown.text().ok_or(Unsure)?, self.form(source)?);
        let roomy = matches!(rule.mask.as_str(), "truncate" | "allow");
        if is_left(rule, shown, &form, secret) { Ok(roomy) } else { Err(Unsure) }
    }

    /// The source in the one form that the dialer is given of it, where that is plain.
    fn form(&self, source: &Value<'_>) -> Sure<String> {
        let written = match source {
            Value::Text(text) => text.as_ref(),
            Value::Whole(number) | Value::Decimal(number) => number,
            _ => return Err(Unsure),
        };
        let text = matches!(source, Value::Text(_));
        match self.form.as_str() {
            "text" => Ok(cut(written, self.longest).to_owned()),
            "email" if text => Ok(written.to_owned()),
            "e164" if text => self.phone(written).ok_or(Unsure),
            "decimal" if !text || forms::plain_decimal(written) => Ok(written.to_owned()),
            "integer" if matches!(source, Value::Whole(_)) => Ok(written.to_owned()),
            "date" if text => {
                let day = written.get(..10).ok_or(Unsure)?;
                forms::day(day).map(|()| day.to_owned())
            }
            _ => Err(Unsure),
        }
    }

    fn phone(&self, written: &str) -> Option<String> {
        if written.strip_prefix("+33").is_some_and(forms::nine_digits) {
            return Some(written.to_owned());
        }
        let plain: String = written.chars().filter(|one| !matches!(one, ' ' | '.' | '-')).collect();
        let digits = plain.strip_prefix('0').filter(|digits| self.french && forms::nine_digits(digits))?;
        Some(format!("+33{digits}"))
    }
}

fn is_left(rule: &MaskSpec, shown: &str, form: &str, secret: Option<&hmac::Key>) -> bool {
    match rule.mask.as_str() {
        "allow" => shown == form,
        "last4" => shown.strip_prefix("****").is_some_and(|end| {
            let whole = characters(form) >= 8;
            if whole { characters(end) == 4 && form.ends_with(end) } else { end.is_empty() }
        }),
        "keyed_hash" => is_digest(shown.strip_prefix("h_"), &rule.mask, form, secret),
        "token" => is_digest(shown.strip_prefix("t_"), &rule.mask, form, secret),
        "year" => {
            let digits = shown.len() == 4 && shown.bytes().all(|digit| digit.is_ascii_digit());
            digits && form.strip_prefix(shown).is_some_and(|rest| rest.starts_with('-'))
        }
        "range" => Number::read(form).is_some_and(|number| is_band(shown, &rule.steps, &number)),
        "truncate" => shown == cut(form, rule.at),
        _ => false,
    }
}

/// Whether hexadecimal digits are the first 8 bytes of a digest.
fn is_digest(shown: Option<&str>, mask: &str, form: &str, secret: Option<&hmac::Key>) -> bool {
    let (Some(shown), Some(secret)) = (shown, secret) else { return false };
    let tag = hmac::sign(secret, [mask, form].join("|").as_bytes());
    let first = tag.as_ref().iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    shown.len() == 16
        && u64::from_str_radix(shown, 16) == Ok(first)
        && !shown.contains(['+', 'A', 'B', 'C', 'D', 'E', 'F'])
}

/// Whether a name is that of the band in which a number lies.
fn is_band(shown: &str, steps: &[i64], number: &Number) -> bool {
    if let Some(most) = shown.strip_prefix('<') {
        return steps.first().is_some_and(|step| step.to_string() == most && !number.is_at_least(*step));
    }
    if let Some(least) = shown.strip_prefix(">=") {
        return steps.last().is_some_and(|step| step.to_string() == least && number.is_at_least(*step));
    }
    steps.windows(2).any(|pair| {
        number.is_at_least(pair[0])
            && !number.is_at_least(pair[1])
            && shown == [pair[0], pair[1]].map(|s| s.to_string()).join("..")
    })
}
