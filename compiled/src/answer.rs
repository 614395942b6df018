//! What is said of an event, and what a batch is worked on with.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use crate::event::Named;
use crate::outcome::Outcome;
use crate::perimeter::Located;
use crate::shape::Shape;
use crate::strip::Payload;

/// How an event ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// Sent, with a body that stands in the desk's bodies.
    Sent(Range<usize>),
    /// Withheld.
    Withheld(Withheld),
}

/// Why an event is withheld.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Withheld {
    Outside,
    Closed,
    NothingCleared,
    Deleted,
}

/// What is certain of an event.
pub struct Answer<'a> {
    pub id: Cow<'a, str>,
    pub record: Cow<'a, str>,
    pub end: End,
    pub outcome: Arc<Outcome>,
}

/// What a batch is worked on with, so that each event needs no room of its own.
#[derive(Default)]
pub struct Desk<'a> {
    /// Room for the values of an event.
    pub values: Vec<Named<'a>>,
    /// The bodies of all commands of the batch.
    pub bodies: Vec<u8>,
    pub payloads: Vec<Payload>,
    pub key: Vec<u16>,
    pub shape_key: Vec<u8>,
    /// The shape of the event before: most events look like their neighbours.
    pub last: Option<Last>,
    /// Where the perimeter of a plan looks in that shape: both their numbers, and it.
    pub located: Option<(u64, u64, Arc<Located>)>,
}

/// A shape of event, under some gates and no others.
pub struct Last {
    /// The number of the gates.
    pub gates: u64,
    pub key: Vec<u8>,
    pub shape: Arc<Shape>,
}

impl Desk<'_> {
    /// Made free for other events, which lie elsewhere in memory.
    pub fn cleared<'b>(self) -> Desk<'b> {
        let Self { mut bodies, payloads, key, shape_key, last, located, .. } = self;
        bodies.clear();
        Desk { values: Vec::new(), bodies, payloads, key, shape_key, last, located }
    }
}
