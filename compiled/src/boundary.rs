//! Where Python calls: bytes in, decisions out. The GIL is only held to make Python's objects.

use std::panic::{AssertUnwindSafe, catch_unwind};

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyList, PyString};

use crate::answer::{Answer, Desk, End, Withheld};
use crate::decide::Core;
use crate::fold::Folding;
use crate::plan::PlanSpec;
use crate::value::{Sure, Unsure};

/// Events that take long enough for the GIL to be let go: to have it back may take longer than a few of them.
const WORTH_LETTING_GO: usize = 32;

/// Python's own words and classes, which every decision is made of.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct Words {
    /// `tuple.__new__`: what makes a named tuple of its class and its parts.
    make: Py<PyAny>,
    decision: Py<PyAny>,
    command: Py<PyAny>,
    /// The class of a body that is JSON already.
    written: Py<PyAny>,
    upsert: Py<PyAny>,
    revision: Py<PyAny>,
    send: Py<PyAny>,
    withhold: Py<PyAny>,
    cleared: Py<PyAny>,
    outside: Py<PyAny>,
    closed: Py<PyAny>,
    nothing_cleared: Py<PyAny>,
    deleted: Py<PyAny>,
    said: Said,
}

/// How a packed decision says verdict, reason and revision, for each way to end, as JSON; and what it asks for.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct Said {
    sent: Vec<u8>,
    outside: Vec<u8>,
    closed: Vec<u8>,
    nothing_cleared: Vec<u8>,
    deleted: Vec<u8>,
    upsert: Vec<u8>,
}

/// A policy, ready to decide; several threads may use it at once.
#[pyclass(frozen)]
pub struct Plan {
    core: Core,
    folding: Py<Folding>,
    words: Words,
    nothing: Py<PyString>,
}

#[pymethods]
impl Plan {
    #[new]
    fn new(py: Python<'_>, spec: PlanSpec, folding: Py<Folding>, words: Words) -> Self {
        let nothing = PyString::intern(py, "").unbind();
        Self { core: Core::new(spec), folding, words, nothing }
    }

    /// A decision for each event, `None` where it is not certain; and the places of those.
    fn decide<'py>(
        &self,
        py: Python<'py>,
        batch: Vec<Bound<'py, PyAny>>,
        day: i32,
    ) -> PyResult<(Bound<'py, PyList>, Vec<usize>)> {
        let raws: Vec<Option<PyBackedBytes>> = batch.into_iter().map(|raw| raw.extract().ok()).collect();
        let folding = self.folding.get();
        let work = || {
            let (live, mut desk) = (self.core.perimeter.live(day), Desk::default());
            let mut answers: Vec<Sure<Answer<'_>>> = Vec::with_capacity(raws.len());
            for raw in &raws {
                let raw = raw.as_deref().ok_or(Unsure);
                // A mistake of ours in one event must not stop the others: Python decides it.
                let decide = || raw.and_then(|raw| self.core.decide(raw, &live, folding, &mut desk));
                answers.push(catch_unwind(AssertUnwindSafe(decide)).unwrap_or(Err(Unsure)));
            }
            (answers, desk.bodies)
        };
        let (answers, bodies) = if raws.len() < WORTH_LETTING_GO { work() } else { py.detach(work) };
        let unsure = answers.iter().enumerate().filter(|(_, answer)| answer.is_err()).map(|(place, _)| place);
        let unsure = unsure.collect();
        let made: PyResult<Vec<_>> = answers.iter().map(|answer| self.made(py, answer, &bodies)).collect();
        Ok((PyList::new(py, made?)?, unsure))
    }
}

impl Plan {
    /// Which campaigns run on a day.
    pub fn live(&self, day: i32) -> Vec<bool> {
        self.core.perimeter.live(day)
    }

    /// What is certain of one event.
    pub fn answer<'a>(&self, raw: &'a [u8], live: &[bool], desk: &mut Desk<'a>) -> Sure<Answer<'a>> {
        self.core.decide(raw, live, self.folding.get(), desk)
    }

    /// Verdict, reason and revision, as a packed decision says them.
    pub fn said(&self, end: &End) -> &[u8] {
        let said = &self.words.said;
        match end {
            End::Sent(_) => &said.sent,
            End::Withheld(Withheld::Outside) => &said.outside,
            End::Withheld(Withheld::Closed) => &said.closed,
            End::Withheld(Withheld::NothingCleared) => &said.nothing_cleared,
            End::Withheld(Withheld::Deleted) => &said.deleted,
        }
    }

    /// The kind of command that follows from a decision to send, as JSON.
    pub fn upsert(&self) -> &[u8] {
        &self.words.said.upsert
    }

    fn made<'py>(&self, py: Python<'py>, answer: &Sure<Answer<'_>>, bodies: &[u8]) -> PyResult<Bound<'py, PyAny>> {
        let Ok(answer) = answer else { return Ok(py.None().into_bound(py)) };
        let words = &self.words;
        let outcome = answer.outcome.made(py)?;
        let record = PyString::new(py, &answer.record);
        let (verdict, reason, profile, command) = match &answer.end {
            End::Sent(body) => {
                let written = words.written.bind(py).call1((PyBytes::new(py, &bodies[body.clone()]),))?;
                let parts = (&words.upsert, &record, written);
                let command = words.make.bind(py).call1((&words.command, parts))?;
                (&words.send, &words.cleared, &outcome.profile, command)
            }
            End::Withheld(why) => (&words.withhold, self.reason(*why), &self.nothing, py.None().into_bound(py)),
        };
        let parts = (
            PyString::new(py, &answer.id),
            verdict,
            reason,
            &words.revision,
            profile,
            &outcome.sent,
            &outcome.masked,
            &outcome.stripped,
            command,
            record,
            &self.nothing,
        );
        words.make.bind(py).call1((&words.decision, parts))
    }

    const fn reason(&self, why: Withheld) -> &Py<PyAny> {
        match why {
            Withheld::Outside => &self.words.outside,
            Withheld::Closed => &self.words.closed,
            Withheld::NothingCleared => &self.words.nothing_cleared,
            Withheld::Deleted => &self.words.deleted,
        }
    }
}
