//! Gate 1, strip: the outgoing record is built field by field from the allow-list. `filters/projection.py`.

use std::ops::Range;

use crate::change::Change;
use crate::event::Event;
use crate::plan::LineSpec;
use crate::shape::Layout;
use crate::value::{Sure, Unsure};
use crate::write;

/// One cleared line of the allow-list.
struct Line {
    object: String,
    name: String,
    to: String,
    pointer: String,
    change: Change,
}

/// Gate 1 for one audience.
pub struct Strip {
    lines: Vec<Line>,
}

/// What one shape of event sends.
pub struct Steps {
    /// The number of a line, and the place of its value, in the order of the payload.
    steps: Vec<(u16, usize)>,
    /// The lines it can fill, in the order of the link.
    filled: Vec<u16>,
}

/// An outgoing record, as JSON.
#[derive(Default)]
pub struct Payload {
    /// An object.
    pub json: Vec<u8>,
    /// Where each of its items stands in it, name and value.
    pub items: Vec<Range<usize>>,
    /// The lines whose value stayed home because it did not fit, in the order of the link.
    pub dropped: Vec<u16>,
}

impl Strip {
    /// Nothing where a line has a form that is unknown here, or where two lines go to one place.
    pub fn new(lines: Vec<LineSpec>) -> Option<Self> {
        let mut kept: Vec<Line> = Vec::with_capacity(lines.len());
        for line in lines {
            if kept.iter().any(|other| other.to == line.to) || kept.len() == usize::from(u16::MAX) {
                return None;
            }
            let change = Change::new(&line)?;
            kept.push(Line { object: line.object, name: line.name, to: line.to, pointer: line.pointer, change });
        }
        Some(Self { lines: kept })
    }

    /// What a shape of event sends: an object at a time, in the order in which the lines first name the objects.
    pub fn steps(&self, layout: &Layout<'_, '_>) -> Steps {
        let mut filled = Vec::new();
        let mut objects: Vec<(&str, Vec<(u16, usize)>)> = Vec::new();
        for (number, line) in (0_u16..).zip(&self.lines) {
            let Some(place) = layout.find(&line.object, &line.name) else { continue };
            filled.push(number);
            match objects.iter_mut().find(|(object, _)| *object == line.object) {
                Some((_, steps)) => steps.push((number, place)),
                None => objects.push((&line.object, vec![(number, place)])),
            }
        }
        Steps { steps: objects.into_iter().flat_map(|(_, steps)| steps).collect(), filled }
    }

    /// Builds the outgoing record of an event.
    pub fn apply(&self, steps: &Steps, event: &Event<'_>, payload: &mut Payload) -> Sure<()> {
        let Payload { json, items, dropped } = payload;
        json.clear();
        items.clear();
        dropped.clear();
        json.push(b'{');
        for (number, place) in &steps.steps {
            let line = &self.lines[usize::from(*number)];
            let Some(value) = line.change.apply(&event.values[*place].1)? else {
                dropped.push(*number);
                continue;
            };
            if !items.is_empty() {
                json.push(b',');
            }
            let start = json.len();
            write::text(json, &line.to);
            json.push(b':');
            write::value(json, &value);
            items.push(start..json.len());
        }
        json.push(b'}');
        dropped.sort_unstable();
        if items.len() + dropped.len() == steps.steps.len() { Ok(()) } else { Err(Unsure) }
    }

    /// The pointers that leave, each once, and those that stayed home because their value did not fit.
    pub fn sent<'s>(&'s self, steps: &Steps, dropped: &[u16]) -> (Vec<&'s str>, Vec<&'s str>) {
        let pointer = |number: &u16| self.lines[usize::from(*number)].pointer.as_str();
        let gone: Vec<&str> = dropped.iter().map(pointer).collect();
        let mut sent: Vec<&str> = Vec::new();
        for one in steps.filled.iter().map(pointer) {
            if !gone.contains(&one) && !sent.contains(&one) {
                sent.push(one);
            }
        }
        (sent, gone)
    }
}
