//! What of an event decides: its envelope, and its objects with their values.

use std::borrow::Cow;

use crate::read::Reader;
use crate::value::{Sure, Unsure, Value, characters};

/// Characters an id may have.
const ID_LONGEST: usize = 256;
/// Contact, account, opportunity, owner.
const USUAL_OBJECTS: usize = 4;

/// A value with its name.
pub type Named<'a> = (Cow<'a, str>, Value<'a>);

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A record changed.
    Changed,
    /// A contact is gone.
    Deleted,
}

/// One object of an event's data; its values stand in `Event::values`.
pub struct Held<'a> {
    pub name: Cow<'a, str>,
    /// How many values it has; none where it is `null`.
    pub count: Option<usize>,
}

/// An event, as far as it decides.
pub struct Event<'a> {
    pub id: Cow<'a, str>,
    pub subject: Cow<'a, str>,
    pub kind: Kind,
    /// Whether it may make a telephone ring.
    pub live: bool,
    pub objects: Vec<Held<'a>>,
    /// Every value of every object, with its name, in their order.
    pub values: Vec<Named<'a>>,
}

#[derive(Default)]
struct Envelope<'a> {
    specversion: Option<Value<'a>>,
    id: Option<Value<'a>>,
    kind: Option<Value<'a>>,
    subject: Option<Value<'a>>,
    tenant: Option<Value<'a>>,
    origin: Option<Value<'a>>,
    echo: Option<Value<'a>>,
}

impl<'a> Envelope<'a> {
    fn slot(&mut self, name: &str) -> Option<&mut Option<Value<'a>>> {
        match name {
            "specversion" => Some(&mut self.specversion),
            "id" => Some(&mut self.id),
            "type" => Some(&mut self.kind),
            "subject" => Some(&mut self.subject),
            "tenant" => Some(&mut self.tenant),
            "origin" => Some(&mut self.origin),
            "echo" => Some(&mut self.echo),
            _ => None,
        }
    }
}

/// Reads an event of a tenant; `values` is room for its values. Whatever is wrong with it, or only unusual, is for the Python path to say.
pub fn read<'a>(raw: &'a [u8], tenant: &str, mut values: Vec<Named<'a>>) -> Sure<Event<'a>> {
    let mut reader = Reader::new(raw)?;
    let mut envelope = Envelope::default();
    let mut objects = None;
    values.clear();
    reader.object(|reader, name| {
        if name == "data" {
            let before = objects.replace(read_data(reader, &mut values)?);
            return if before.is_some() { Err(Unsure) } else { Ok(()) };
        }
        let value = reader.value()?;
        let before = envelope.slot(&name).and_then(|slot| slot.replace(value));
        if before.is_some() { Err(Unsure) } else { Ok(()) }
    })?;
    reader.end()?;
    checked(envelope, tenant, objects.ok_or(Unsure)?, values)
}

/// The objects, or `null` where one would be.
fn read_data<'a>(reader: &mut Reader<'a>, values: &mut Vec<Named<'a>>) -> Sure<Vec<Held<'a>>> {
    let mut objects = Vec::with_capacity(USUAL_OBJECTS);
    reader.object(|reader, name| {
        if reader.next() == Some(b'n') {
            reader.scalar()?;
            objects.push(Held { name, count: None });
            return Ok(());
        }
        let before = values.len();
        reader.object(|reader, name| {
            values.push((name, reader.value()?));
            Ok(())
        })?;
        objects.push(Held { name, count: Some(values.len() - before) });
        Ok(())
    })?;
    Ok(objects)
}

fn checked<'a>(
    envelope: Envelope<'a>,
    tenant: &str,
    objects: Vec<Held<'a>>,
    values: Vec<Named<'a>>,
) -> Sure<Event<'a>> {
    let is = |value: &Option<Value<'a>>, word: &str| value.as_ref().and_then(Value::text) == Some(word);
    if !is(&envelope.specversion, "1.0") || !is(&envelope.tenant, tenant) || envelope.echo == Some(Value::Truth(true)) {
        return Err(Unsure);
    }
    let live = is(&envelope.origin, "live");
    let (Some(Value::Text(id)), Some(Value::Text(subject)), Some(Value::Text(kind))) =
        (envelope.id, envelope.subject, envelope.kind)
    else {
        return Err(Unsure);
    };
    let kind = match kind.as_ref() {
        "crm.contact.changed" | "crm.account.changed" | "crm.opportunity.changed" => Kind::Changed,
        "crm.contact.deleted" if subject.starts_with("contact/") => Kind::Deleted,
        _ => return Err(Unsure),
    };
    if identified(&id) { Ok(Event { id, subject, kind, live, objects, values }) } else { Err(Unsure) }
}

impl<'a> Event<'a> {
    /// The record of a changed contact, `contact/id`; the contact's id is the value at a place.
    pub fn record(&self, contact_id: usize) -> Sure<Cow<'a, str>> {
        let Some(id) = self.values[contact_id].1.text().filter(|id| identified(id)) else {
            return Err(Unsure);
        };
        match self.subject.strip_prefix("contact/") {
            Some(named) if named == id => Ok(self.subject.clone()),
            Some(_) => Err(Unsure),
            None => Ok(Cow::Owned(format!("contact/{id}"))),
        }
    }
}

fn identified(id: &str) -> bool {
    !id.is_empty() && (id.len() <= ID_LONGEST || characters(id) <= ID_LONGEST)
}
