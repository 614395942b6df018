//! The decision of one event: who may have it, gate 1, gate 2. `streams/reference.py` is what it has to agree with.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock};

use pyo3::Py;
use ring::hmac;

use crate::answer::{Answer, Desk, End, Last, Withheld};
use crate::event::{self, Event, Kind};
use crate::fold::Folding;
use crate::gates::{Audience, Gates, SHAPES_KEPT};
use crate::outcome::Outcome;
use crate::perimeter::{Located, Perimeter, Place};
use crate::plan::PlanSpec;
use crate::shape::{Layout, Shape, write_key};
use crate::strip::Payload;
use crate::value::{Sure, Unsure};
use crate::views;
use crate::write;

/// A policy, ready to decide. It never changes but for what it remembers of shapes.
pub struct Core {
    /// Unlike that of any other plan.
    number: u64,
    tenant: String,
    views: bool,
    pub perimeter: Perimeter,
    pub gates: Py<Gates>,
    /// What digests are made under.
    secret: Option<hmac::Key>,
    /// Where the perimeter looks in events of each shape, by the shape's number.
    located: RwLock<HashMap<u64, Arc<Located>>>,
    deleted: Arc<Outcome>,
}

impl Core {
    pub fn new(spec: PlanSpec) -> Self {
        static CORES: AtomicU64 = AtomicU64::new(0);
        Self {
            number: CORES.fetch_add(1, Ordering::Relaxed),
            tenant: spec.tenant,
            views: spec.views,
            perimeter: Perimeter::new(spec.campaigns, spec.territories),
            gates: spec.gates,
            located: RwLock::default(),
            secret: (!spec.secret.is_empty()).then(|| hmac::Key::new(hmac::HMAC_SHA256, &spec.secret)),
            deleted: Arc::new(Outcome::new::<&str>(String::new(), &[], &[], &[])),
        }
    }

    /// Decides one event. `live` says which campaigns run.
    pub fn decide<'a>(&self, raw: &'a [u8], live: &[bool], folding: &Folding, desk: &mut Desk<'a>) -> Sure<Answer<'a>> {
        let event = event::read(raw, &self.tenant, std::mem::take(&mut desk.values))?;
        if event.kind == Kind::Deleted {
            let (end, outcome) = (End::Withheld(Withheld::Deleted), Arc::clone(&self.deleted));
            return Ok(Answer { id: event.id, record: event.subject, end, outcome });
        }
        let (shape, located) = self.shape(&event, desk)?;
        let record = event.record(shape.contact_id)?;
        let place = self.perimeter.locate(&located, live, |place| &event.values[place].1);
        let work =
            Work { core: self, audiences: &self.gates.get().audiences, event: &event, shape: &shape, place, folding };
        let before = desk.bodies.len();
        let decided = if self.views { views::decide(&work, desk) } else { work.alike(desk) };
        if decided.is_err() {
            desk.bodies.truncate(before);
        }
        let (end, outcome) = decided?;
        desk.values = event.values;
        Ok(Answer { id: event.id, record, end, outcome })
    }

    fn shape(&self, event: &Event<'_>, desk: &mut Desk<'_>) -> Sure<(Arc<Shape>, Arc<Located>)> {
        desk.shape_key.clear();
        write_key(event, &mut desk.shape_key);
        let gates = self.gates.get();
        let shape = match &desk.last {
            Some(last) if last.gates == gates.number && last.key == desk.shape_key => Arc::clone(&last.shape),
            _ => {
                let (shape, key) = (gates.shape(event, &desk.shape_key)?, desk.shape_key.clone());
                desk.last = Some(Last { gates: gates.number, key, shape: Arc::clone(&shape) });
                shape
            }
        };
        let located = match &desk.located {
            Some((plan, number, located)) if (*plan, *number) == (self.number, shape.number) => Arc::clone(located),
            _ => {
                let kept = self.located.read().map_err(|_| Unsure)?.get(&shape.number).map(Arc::clone);
                let located = kept.map_or_else(|| self.new_located(event, shape.number), Ok)?;
                desk.located = Some((self.number, shape.number, Arc::clone(&located)));
                located
            }
        };
        Ok((shape, located))
    }

    fn new_located(&self, event: &Event<'_>, number: u64) -> Sure<Arc<Located>> {
        let located = Arc::new(Located::new(&self.perimeter, &Layout::new(event).ok_or(Unsure)?));
        let mut kept = self.located.write().map_err(|_| Unsure)?;
        if kept.len() >= SHAPES_KEPT {
            kept.clear();
        }
        kept.insert(number, Arc::clone(&located));
        Ok(located)
    }
}

/// One event on its way.
pub struct Work<'w, 'a> {
    pub core: &'w Core,
    pub audiences: &'w [Audience],
    pub event: &'w Event<'a>,
    pub shape: &'w Shape,
    pub place: Place,
    pub folding: &'w Folding,
}

impl Work<'_, '_> {
    /// For a dialer that shows everybody the same.
    fn alike(&self, desk: &mut Desk<'_>) -> Sure<(End, Arc<Outcome>)> {
        let audience = self.audiences.first().ok_or(Unsure)?;
        if self.place.parts & audience.reach != audience.reach {
            return Ok(self.outside());
        }
        desk.payloads.resize_with(1, Payload::default);
        if !self.gates(0, &mut desk.payloads[0])? {
            return Ok(self.withheld(Withheld::NothingCleared));
        }
        let start = desk.bodies.len();
        self.begin(&mut desk.bodies);
        desk.bodies.extend_from_slice(&desk.payloads[0].json);
        desk.bodies.extend_from_slice(b",\"views\":{}");
        self.end(&mut desk.bodies);
        let (steps, payload) = (&self.shape.seen[0].0, &desk.payloads[0]);
        desk.key.clear();
        payload.write_key(&mut desk.key);
        let outcome = self.shape.outcome(&desk.key, || {
            let left = audience.strip.left(steps, &payload.dropped, &payload.whole);
            let all = audience.strip.filled(steps);
            let stayed = self.shape.pointers.iter().map(String::as_str).filter(|pointer| !all.contains(pointer));
            let stripped: Vec<_> = stayed.chain(left.gone).collect();
            Outcome::new(audience.profile.clone(), &left.sent, &left.masked, &stripped)
        });
        Ok((End::Sent(start..desk.bodies.len()), outcome))
    }

    /// Both gates for one audience; false where nothing is cleared. Unsure unless gate 2 lets the payload go.
    pub fn gates(&self, number: usize, payload: &mut Payload) -> Sure<bool> {
        let audience = &self.audiences[number];
        let (steps, guarded) = &self.shape.seen[number];
        let secret = self.core.secret.as_ref();
        audience.strip.apply(steps, self.event, secret, payload)?;
        if payload.items.is_empty() {
            return Ok(false);
        }
        audience.egress.passes(guarded, &payload.json, self.event, secret, self.folding).map(|()| true)
    }

    /// Writes a body up to its fields.
    pub fn begin(&self, body: &mut Vec<u8>) {
        body.extend_from_slice(b"{\"campaign\":");
        write::text(body, self.core.perimeter.name(self.place.campaign));
        body.extend_from_slice(b",\"fields\":");
    }

    /// Writes what comes after a body's views.
    pub fn end(&self, body: &mut Vec<u8>) {
        body.extend_from_slice(if self.event.live { b",\"dial\":true}" } else { b",\"dial\":false}" });
    }

    pub fn outside(&self) -> (End, Arc<Outcome>) {
        let closed = self.place.closed && self.place.campaign.is_none();
        self.withheld(if closed { Withheld::Closed } else { Withheld::Outside })
    }

    pub fn withheld(&self, why: Withheld) -> (End, Arc<Outcome>) {
        (End::Withheld(why), Arc::clone(&self.shape.withheld))
    }
}
