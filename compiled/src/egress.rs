//! Gate 2, egress: reads the very bytes that would leave, and trusts nobody. `filters/egress.py`.
//!
//! It only ever says that a payload is fine. Whatever resembles a reserved value, or does not surely fit, is
//! for the slow look of the Python path.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use ring::hmac;

use crate::contract::Rule;
use crate::event::Event;
use crate::fold::Folding;
use crate::perimeter::Conditions;
use crate::plan::RuleSpec;
use crate::read::Reader;
use crate::resemblance::{self, Suspects};
use crate::shape::Layout;
use crate::value::{Sure, Unsure, Value, characters};

/// Inside a text that is its own source, only a reserved text this long counts as hidden in it.
pub const HIDDEN_TEXT_GUARDED: usize = 12;

/// Gate 2 for one audience.
pub struct Egress {
    rules: Vec<Rule>,
    by_name: HashMap<String, usize>,
    cleared: HashSet<(String, String)>,
}

/// What gate 2 needs to know of one shape of event.
pub struct Guarded {
    /// Where the source of each rule is.
    sources: Vec<Option<usize>>,
    /// Where the values are that somebody in the audience may not read.
    reserved: Vec<usize>,
    /// Where the conditions of each rule's masks look.
    partial: Vec<Vec<Conditions>>,
}

impl Egress {
    /// Nothing where a rule has a form that is unknown here, or where two rules are of one field.
    pub fn new(specs: Vec<RuleSpec>, cleared: HashSet<(String, String)>) -> Option<Self> {
        let rules = specs.into_iter().map(Rule::new).collect::<Option<Vec<_>>>()?;
        let by_name: HashMap<_, _> = rules.iter().enumerate().map(|(number, rule)| (rule.to.clone(), number)).collect();
        (by_name.len() == rules.len()).then_some(Self { rules, by_name, cleared })
    }

    /// What to look at in events of one shape.
    pub fn guarded(&self, layout: &Layout<'_, '_>) -> Guarded {
        let cleared = |object: &str, name: &str| self.cleared.contains(&(object.to_owned(), name.to_owned()));
        let reserved = layout.fields().filter(|(object, name, _)| !cleared(object, name));
        Guarded {
            sources: self.rules.iter().map(|rule| layout.find(&rule.object, &rule.name)).collect(),
            reserved: reserved.map(|(_, _, place)| place).collect(),
            partial: self
                .rules
                .iter()
                .map(|rule| rule.partial.as_ref().map_or_else(Vec::new, |partial| partial.places(layout)))
                .collect(),
        }
    }

    /// Sure that a payload may leave.
    pub fn passes(
        &self,
        guarded: &Guarded,
        payload: &[u8],
        event: &Event<'_>,
        secret: Option<&hmac::Key>,
        folding: &Folding,
    ) -> Sure<()> {
        let mut seen = vec![false; self.rules.len()];
        let mut expected = 0;
        let mut suspects = Suspects::default();
        let mut reader = Reader::new(payload)?;
        reader.object(|reader, name| {
            // Payloads mostly come in the order of the rules.
            let number = match self.rules.get(expected) {
                Some(rule) if rule.to == name => expected,
                _ => *self.by_name.get(name.as_ref()).ok_or(Unsure)?,
            };
            expected = number + 1;
            if std::mem::replace(&mut seen[number], true) {
                return Err(Unsure);
            }
            let source = guarded.sources[number].map_or(&Value::Null, |place| &event.values[place].1);
            let value = reader.scalar()?;
            if let Some(partial) = &self.rules[number].partial {
                let at = &guarded.partial[number];
                let roomy = partial.right(&value, source, at, |place| &event.values[place].1, secret)?;
                return match value {
                    Value::Text(text) if roomy => suspects.add(text),
                    _ => Ok(()),
                };
            }
            match self.suspected(number, value, source, folding)? {
                Some(text) => suspects.add(text),
                None => Ok(()),
            }
        })?;
        reader.end()?;
        if suspects.is_empty() {
            return Ok(());
        }
        let reserved = guarded.reserved.iter().map(|place| &event.values[*place].1);
        resemblance::none(&suspects, reserved, folding)
    }

    /// The text in which something could hide, if there is any; unsure of a value that may not leave as it is.
    fn suspected<'p>(
        &self,
        number: usize,
        value: Value<'p>,
        source: &Value<'_>,
        folding: &Folding,
    ) -> Sure<Option<Cow<'p, str>>> {
        let rule = &self.rules[number];
        if !rule.fits(&value) {
            return Err(Unsure);
        }
        if rule.is_worded() || value == Value::Null {
            return Ok(None);
        }
        if !rule.shows(&value, source) {
            return Err(Unsure);
        }
        match value {
            Value::Text(text) if rule.is_roomy() => {
                let hides = characters(&text) >= HIDDEN_TEXT_GUARDED || !folding.is_alpha(&text)?;
                Ok(hides.then_some(text))
            }
            _ => Ok(None),
        }
    }
}
