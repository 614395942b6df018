//! What is worked out once for all events that have the same fields in the same order. `filters/shape.py`.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock};

use crate::egress::Guarded;
use crate::event::Event;
use crate::outcome::Outcome;
use crate::perimeter::Fields;
use crate::strip::Steps;

/// Ways in which events of one shape end that are remembered; a source that varies without end must not fill memory.
const OUTCOMES_KEPT: usize = 256;

/// An event's objects and fields by name, for whoever prepares for its shape.
pub struct Layout<'e, 'a> {
    event: &'e Event<'a>,
}

impl<'e, 'a> Layout<'e, 'a> {
    /// Nothing where a name is there twice.
    pub fn new(event: &'e Event<'a>) -> Option<Self> {
        let layout = Self { event };
        let mut seen = std::collections::HashSet::new();
        let objects = event.objects.iter().all(|held| seen.insert((held.name.as_ref(), None)));
        let fields = layout.fields().all(|(object, name, _)| seen.insert((object, Some(name))));
        (objects && fields).then_some(layout)
    }

    /// Every field: its object, its name, and its place among the values.
    pub fn fields(&self) -> impl Iterator<Item = (&'e str, &'e str, usize)> {
        let event = self.event;
        let objects = event.objects.iter().flat_map(|held| (0..held.count.unwrap_or(0)).map(|_| held.name.as_ref()));
        objects.enumerate().map(|(place, object)| (object, event.values[place].0.as_ref(), place))
    }

    /// Where a field's value is.
    pub fn find(&self, object: &str, name: &str) -> Option<usize> {
        self.fields().find(|(held, field, _)| *held == object && *field == name).map(|(_, _, place)| place)
    }

    /// Every field as a JSON Pointer (RFC 6901), but the contact's id, which names the record.
    pub fn pointers(&self) -> Vec<String> {
        let mut fields = self.fields();
        let mut pointers = Vec::new();
        for held in &self.event.objects {
            match held.count {
                None => pointers.push(format!("/{}", escaped(&held.name))),
                Some(count) => pointers.extend(
                    fields
                        .by_ref()
                        .take(count)
                        .map(|(object, name, _)| format!("/{}/{}", escaped(object), escaped(name))),
                ),
            }
        }
        pointers.retain(|pointer| pointer != "/contact/id");
        pointers
    }
}

impl Fields for Layout<'_, '_> {
    fn find(&self, object: &str, name: &str) -> Option<usize> {
        Layout::find(self, object, name)
    }
}

fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// One shape of event, prepared.
pub struct Shape {
    /// Unlike that of any other shape.
    pub number: u64,
    pub contact_id: usize,
    /// For each audience, what both gates need to know.
    pub seen: Vec<(Steps, Guarded)>,
    pub pointers: Vec<String>,
    /// Where nothing goes out.
    pub withheld: Arc<Outcome>,
    outcomes: RwLock<HashMap<Vec<u16>, Arc<Outcome>>>,
}

impl Shape {
    pub fn new(layout: &Layout<'_, '_>, seen: Vec<(Steps, Guarded)>) -> Option<Self> {
        static SHAPES: AtomicU64 = AtomicU64::new(0);
        let pointers = layout.pointers();
        Some(Self {
            number: SHAPES.fetch_add(1, Ordering::Relaxed),
            contact_id: layout.find("contact", "id")?,
            seen,
            withheld: Arc::new(Outcome::new(String::new(), &[], &[], &pointers)),
            pointers,
            outcomes: RwLock::default(),
        })
    }

    /// One way in which events of this shape end; worked out once for each key.
    pub fn outcome(&self, key: &[u16], work_out: impl FnOnce() -> Outcome) -> Arc<Outcome> {
        if let Ok(kept) = self.outcomes.read()
            && let Some(outcome) = kept.get(key)
        {
            return Arc::clone(outcome);
        }
        let outcome = Arc::new(work_out());
        if let Ok(mut kept) = self.outcomes.write() {
            if kept.len() >= OUTCOMES_KEPT {
                kept.clear();
            }
            kept.insert(key.to_vec(), Arc::clone(&outcome));
        }
        outcome
    }
}

/// Appends what tells an event's shape from every other: names and numbers of fields, each with its length.
pub fn write_key(event: &Event<'_>, key: &mut Vec<u8>) {
    let number = |key: &mut Vec<u8>, count: usize| key.extend_from_slice(&count.to_le_bytes());
    let mut names = event.values.iter().map(|(name, _)| name.as_bytes());
    for held in &event.objects {
        number(key, held.name.len());
        key.extend_from_slice(held.name.as_bytes());
        number(key, held.count.unwrap_or(usize::MAX));
        for name in names.by_ref().take(held.count.unwrap_or(0)) {
            number(key, name.len());
            key.extend_from_slice(name);
        }
    }
}
