//! Gate 1, strip: the outgoing record is built field by field from the allow-list. `filters/projection.py`.

use std::ops::Range;

use ring::hmac;

use crate::change::Change;
use crate::event::Event;
use crate::mask::{Mask, Masks};
use crate::perimeter::Conditions;
use crate::plan::LineSpec;
use crate::shape::Layout;
use crate::value::{Sure, Unsure, Value};
use crate::write;

/// Before the lines that are shown whole, in a key: what no line has for its number, nor any other such mark.
const WHOLE: u16 = 0xFFFE;
/// So many lines leave two numbers for what is no line.
const LINES_MOST: usize = 0xFFFE;

/// One cleared line of the allow-list.
struct Line {
    object: String,
    name: String,
    to: String,
    pointer: String,
    change: Change,
    /// How much of it is shown; no rule: all.
    masks: Masks,
}

/// Gate 1 for one audience.
pub struct Strip {
    lines: Vec<Line>,
}

/// What one shape of event sends.
pub struct Steps {
    /// The number of a line, and the place of its value, in the order of the payload.
    plain: Vec<(u16, usize)>,
    /// Lines of which only a part is shown, behind all others; and where their conditions look.
    masked: Vec<(u16, usize, Vec<Conditions>)>,
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
    /// The lines with masks whose value is shown whole, as the rule that holds says.
    pub whole: Vec<u16>,
}

/// What becomes of the pointers of an audience's lines, each once.
pub struct Left<'s> {
    pub sent: Vec<&'s str>,
    pub masked: Vec<&'s str>,
    /// Those that stayed home because their value did not fit, or a mask says so.
    pub gone: Vec<&'s str>,
}

impl Strip {
    /// Nothing where a line has a form that is unknown here, or where two lines go to one place.
    pub fn new(lines: Vec<LineSpec>) -> Option<Self> {
        let mut kept: Vec<Line> = Vec::with_capacity(lines.len());
        for line in lines {
            if kept.iter().any(|other| other.to == line.to) || kept.len() == LINES_MOST {
                return None;
            }
            let change = Change::new(&line)?;
            let masks = Masks::new(line.masks)?;
            kept.push(Line { object: line.object, name: line.name, to: line.to, pointer: line.pointer, change, masks });
        }
        Some(Self { lines: kept })
    }

    /// What a shape of event sends: an object at a time, in the order in which the lines first name the objects.
    pub fn steps(&self, layout: &Layout<'_, '_>) -> Steps {
        let (mut filled, mut masked) = (Vec::new(), Vec::new());
        let mut objects: Vec<(&str, Vec<(u16, usize)>)> = Vec::new();
        for (number, line) in (0_u16..).zip(&self.lines) {
            let Some(place) = layout.find(&line.object, &line.name) else { continue };
            filled.push(number);
            if !line.masks.is_empty() {
                masked.push((number, place, line.masks.places(layout)));
                continue;
            }
            match objects.iter_mut().find(|(object, _)| *object == line.object) {
                Some((_, steps)) => steps.push((number, place)),
                None => objects.push((&line.object, vec![(number, place)])),
            }
        }
        Steps { plain: objects.into_iter().flat_map(|(_, steps)| steps).collect(), masked, filled }
    }

    /// Builds the outgoing record of an event.
    pub fn apply(
        &self,
        steps: &Steps,
        event: &Event<'_>,
        secret: Option<&hmac::Key>,
        payload: &mut Payload,
    ) -> Sure<()> {
        payload.begin();
        for (number, place) in &steps.plain {
            let line = &self.lines[usize::from(*number)];
            payload.put(*number, &line.to, line.change.apply(&event.values[*place].1)?.as_ref());
        }
        for (number, place, at) in &steps.masked {
            let line = &self.lines[usize::from(*number)];
            let mask = line.masks.deciding(at, |place| &event.values[place].1);
            let left = match line.change.apply(&event.values[*place].1)? {
                Some(value) => mask.put_on(value, secret)?,
                None => None,
            };
            payload.put(*number, &line.to, left.as_ref());
            if *mask == Mask::Allow && left.is_some() {
                payload.whole.push(*number);
            }
        }
        payload.json.push(b'}');
        payload.dropped.sort_unstable();
        let done = payload.items.len() + payload.dropped.len();
        if done == steps.plain.len() + steps.masked.len() { Ok(()) } else { Err(Unsure) }
    }

    /// What becomes of the pointers that could be filled.
    pub fn left<'s>(&'s self, steps: &Steps, dropped: &[u16], whole: &[u16]) -> Left<'s> {
        let pointer = |number: &u16| self.lines[usize::from(*number)].pointer.as_str();
        let kept = steps.filled.iter().filter(|number| !dropped.contains(number)).map(pointer);
        let kept: Vec<&str> = kept.collect();
        let mut gone: Vec<&str> = Vec::new();
        for one in steps.filled.iter().map(pointer) {
            if !kept.contains(&one) && !gone.contains(&one) {
                gone.push(one);
            }
        }
        let whole: Vec<&str> = whole.iter().map(pointer).collect();
        let partly: Vec<&str> = steps.masked.iter().map(|(number, ..)| pointer(number)).collect();
        let (mut sent, mut masked): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
        for one in steps.filled.iter().map(pointer) {
            let into = if partly.contains(&one) && !whole.contains(&one) { &mut masked } else { &mut sent };
            if !gone.contains(&one) && !into.contains(&one) {
                into.push(one);
            }
        }
        Left { sent, masked, gone }
    }

    /// The pointers of all lines that could be filled.
    pub fn filled<'s>(&'s self, steps: &Steps) -> Vec<&'s str> {
        steps.filled.iter().map(|number| self.lines[usize::from(*number)].pointer.as_str()).collect()
    }
}

impl Payload {
    /// Appends what tells this way to fill the lines from any other.
    pub fn write_key(&self, key: &mut Vec<u16>) {
        key.extend_from_slice(&self.dropped);
        if !self.whole.is_empty() {
            key.push(WHOLE);
            key.extend_from_slice(&self.whole);
        }
    }

    fn begin(&mut self) {
        self.json.clear();
        self.json.push(b'{');
        self.items.clear();
        self.dropped.clear();
        self.whole.clear();
    }

    /// Appends a line's value, where it has one.
    fn put(&mut self, number: u16, to: &str, value: Option<&Value<'_>>) {
        let Some(value) = value else {
            self.dropped.push(number);
            return;
        };
        if !self.items.is_empty() {
            self.json.push(b',');
        }
        let start = self.json.len();
        write::text(&mut self.json, to);
        self.json.push(b':');
        write::value(&mut self.json, value);
        self.items.push(start..self.json.len());
    }
}
