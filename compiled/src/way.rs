//! The way of one link's events: opened, decided under its plan, packed, sealed again.

use std::ops::Range;
use std::str;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;

use crate::answer::{Answer, Desk, End};
use crate::boundary::Plan;
use crate::heads::{self, DECISION, Head};
use crate::seal::Key;
use crate::write;

/// The length of an event's own key, before it.
const LENGTH_BYTES: usize = 2;

/// A link under one ruling and its keys of the day.
#[pyclass(frozen)]
pub struct Way {
    pub plan: Py<Plan>,
    /// Where its decisions go.
    pub partition: i32,
    names: Vec<u8>,
    /// What its bodies are sealed to, but for their seq.
    event: String,
    decision: String,
    /// What a decision may weigh, packed.
    most: usize,
    keys: Option<Vec<(u64, Key)>>,
    sealing: u64,
}

#[pymethods]
impl Way {
    /// `keys`: those to open with, and among them that to seal with. `None`: bodies come and go in clear.
    #[new]
    fn new(
        plan: Py<Plan>,
        link: (&str, &str),
        partition: i32,
        most: usize,
        keys: Option<Vec<(u64, PyBackedBytes)>>,
        sealing: u64,
    ) -> PyResult<Self> {
        let (tenant, name) = link;
        let made = |(id, raw): (u64, PyBackedBytes)| Ok((id, Key::new(&raw)?));
        let keys: Option<Vec<_>> = keys.map(|keys| keys.into_iter().map(made).collect::<PyResult<_>>()).transpose()?;
        if keys.as_ref().is_some_and(|keys| keys.iter().all(|(id, _)| *id != sealing)) {
            return Err(PyValueError::new_err("the key to seal with is not among the keys"));
        }
        Ok(Self {
            plan,
            partition,
            names: [tenant, name].iter().flat_map(|name| named(name)).collect(),
            event: format!("{tenant}|{name}|carried|"),
            decision: format!("{tenant}|{name}|decision|"),
            most,
            keys,
            sealing,
        })
    }
}

impl Way {
    /// Appends the opened body of an event to `plain`; where it stands there, or nothing where it does not open.
    pub fn open(&self, head: &Head<'_>, plain: &mut Vec<u8>) -> Option<Range<usize>> {
        let begin = plain.len();
        if self.keys.is_none() {
            plain.extend_from_slice(head.sealed);
        } else {
            self.key(head.key_id)?.open(head.sealed, format!("{}{}", self.event, head.seq).as_bytes(), plain)?;
        }
        Some(begin..plain.len())
    }

    /// Appends the message that says what is decided of an opened event; nothing where it is not certain.
    pub fn decided<'a>(
        &self,
        head: &Head<'_>,
        opened: &'a [u8],
        nonce: &[u8],
        live: &[bool],
        desk: &mut Desk<'a>,
        out: &mut Vec<u8>,
    ) -> Option<()> {
        let (key, event) = unwrapped(opened)?;
        let plan = self.plan.get();
        let answer = plan.answer(event, live, desk).ok()?;
        heads::write(out, DECISION, &self.names, head.seq, self.sealing);
        if self.keys.is_none() {
            return self.packed(plan, key, &answer, desk, out);
        }
        out.extend_from_slice(nonce);
        let begin = out.len();
        self.packed(plan, key, &answer, desk, out)?;
        self.key(self.sealing)?.seal(nonce, format!("{}{}", self.decision, head.seq).as_bytes(), out, begin)
    }

    fn key(&self, id: u64) -> Option<&Key> {
        self.keys.as_ref()?.iter().find(|(other, _)| *other == id).map(|(_, key)| key)
    }

    /// As `streams/kafka/payload.py` packs a decision.
    fn packed(&self, plan: &Plan, key: &str, answer: &Answer<'_>, desk: &Desk<'_>, out: &mut Vec<u8>) -> Option<()> {
        let begin = out.len();
        out.push(b'[');
        write::text(out, key);
        out.push(b',');
        out.extend_from_slice(plan.said(&answer.end));
        out.push(b',');
        let sent = matches!(answer.end, End::Sent(_));
        answer.outcome.write(sent, out);
        out.push(b',');
        write::text(out, &answer.record);
        out.extend_from_slice(b",\"\"");
        if let End::Sent(body) = &answer.end {
            out.push(b',');
            out.extend_from_slice(plan.upsert());
            out.push(b',');
            write::text(out, &answer.record);
            out.push(b',');
            out.extend_from_slice(&desk.bodies[body.clone()]);
        }
        out.push(b']');
        (out.len() - begin <= self.most).then_some(())
    }
}

fn unwrapped(opened: &[u8]) -> Option<(&str, &[u8])> {
    let (length, rest) = opened.split_first_chunk::<LENGTH_BYTES>()?;
    let (key, event) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
    Some((str::from_utf8(key).ok()?, event))
}

/// A name with its length; a name that is too long for a head is one that no head has.
fn named(name: &str) -> Vec<u8> {
    let length = u8::try_from(name.len()).unwrap_or(0);
    [&[length], name.as_bytes()].concat()
}
