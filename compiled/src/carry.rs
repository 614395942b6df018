//! A carrier's batch: sealed events in, sealed decisions out, and nothing made of Python in between.
//! `streams/kafka/stepwise.py` is what it has to agree with, and decides whatever is left out here.

use std::iter;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::{self, Builder};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyList};

use crate::answer::Desk;
use crate::heads::{self, EVENT, Head};
use crate::links::{self, Link};
use crate::seal::NONCE_BYTES;
use crate::way::Way;

/// Events that are opened one after the other, so that the next steps find them in the nearest memory.
const STRETCH: usize = 32;
/// Events that take longer than it takes to start a thread for them.
const WORTH_A_THREAD: usize = 1_000;

/// A batch of messages, each by its link.
#[pyclass(frozen)]
pub struct Batch {
    values: Vec<Option<PyBackedBytes>>,
    /// For each place the number of its link; nothing where no event of ours is.
    numbers: Vec<Option<usize>>,
    links: Vec<Link>,
}

/// The way of a link, and which of its campaigns run on the day of the batch.
struct Lane<'b> {
    way: &'b Way,
    live: Vec<bool>,
}

impl<'b> Lane<'b> {
    fn new(way: &'b Way, day: i32) -> Self {
        Self { way, live: way.plan.get().live(day) }
    }
}

/// An event that opened: where it was, and where its plain text stands.
struct Opened<'b> {
    place: usize,
    head: Head<'b>,
    lane: &'b Lane<'b>,
    plain: Range<usize>,
}

/// What was written of some places, and where in it each one's message stands.
type Part = (Vec<(usize, Range<usize>)>, Vec<u8>);

#[pymethods]
impl Batch {
    /// Reads the heads. What is no event of ours is in no link.
    #[new]
    fn new(values: Vec<Option<PyBackedBytes>>) -> Self {
        let (numbers, links) = links::of(&values);
        Self { values, numbers, links }
    }

    /// For each link tenant, name and the ids of its keys.
    #[getter]
    fn links(&self) -> Vec<(&str, &str, &[u64])> {
        self.links.iter().map(|link| self.named(link).unwrap_or_default()).collect()
    }

    /// A message and its partition for each place, in the batch's order; `None` and -1 where Python has to decide.
    ///
    /// `ways` has one for each link, or `None`; `nonces` 12 bytes for each place, never to be used again.
    #[expect(clippy::needless_pass_by_value, reason = "what Python hands over is held while the GIL is not")]
    fn carry<'py>(
        &self,
        py: Python<'py>,
        ways: Vec<Option<Py<Way>>>,
        nonces: PyBackedBytes,
        day: i32,
    ) -> PyResult<(Bound<'py, PyList>, Vec<i32>)> {
        if ways.len() != self.links.len() || nonces.len() != self.values.len() * NONCE_BYTES {
            return Err(PyValueError::new_err("each link needs a way or None, and each message a nonce of 12 bytes"));
        }
        let lanes: Vec<_> = ways.iter().map(|way| Some(Lane::new(way.as_ref()?.get(), day))).collect();
        let parts = py.detach(|| self.carried(&lanes, &nonces));
        let mut values = vec![None; self.values.len()];
        let mut partitions = vec![-1; self.values.len()];
        for (written, out) in parts {
            for (place, message) in written {
                values[place] = Some(PyBytes::new(py, &out[message]));
                partitions[place] = self.lane(place, &lanes).map_or(-1, |lane| lane.way.partition);
            }
        }
        Ok((PyList::new(py, values)?, partitions))
    }
}

impl Batch {
    fn head(&self, place: usize) -> Option<Head<'_>> {
        heads::read(EVENT, self.values.get(place)?.as_deref()?)
    }

    fn lane<'b>(&self, place: usize, lanes: &'b [Option<Lane<'b>>]) -> Option<&'b Lane<'b>> {
        lanes.get((*self.numbers.get(place)?)?)?.as_ref()
    }

    fn named<'a>(&'a self, link: &'a Link) -> Option<(&'a str, &'a str, &'a [u64])> {
        let head = self.head(link.first)?;
        let (tenant, name) = heads::names(head.names)?;
        Some((tenant, name, &link.key_ids))
    }

    /// What each of the threads wrote.
    fn carried(&self, lanes: &[Option<Lane<'_>>], nonces: &[u8]) -> Vec<Part> {
        let mut order: Vec<usize> = (0..self.values.len()).filter(|place| self.lane(*place, lanes).is_some()).collect();
        // Link by link, though events lie in memory otherwise: plans and keys of a thousand links are the larger part.
        order.sort_by_key(|place| self.numbers.get(*place));
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let share = order.len().div_ceil(threads.min(order.len() / WORTH_A_THREAD + 1)).max(1);
        let mut parts = order.chunks(share);
        let first = parts.next().unwrap_or_default();
        // Whatever makes a mistake is left to Python: it must not end the thread that carries.
        let run = |part| catch_unwind(AssertUnwindSafe(|| self.decided(part, lanes, nonces))).unwrap_or_default();
        thread::scope(|scope| {
            let begin = |part| Builder::new().spawn_scoped(scope, move || run(part)).map_err(|_| part);
            let others: Vec<_> = parts.map(begin).collect();
            let first = run(first);
            // Where there is no thread to be had, this one does that part as well.
            let ended = others.into_iter().map(|other| other.map_or_else(run, |it| it.join().unwrap_or_default()));
            iter::once(first).chain(ended).collect()
        })
    }

    fn decided(&self, places: &[usize], lanes: &[Option<Lane<'_>>], nonces: &[u8]) -> Part {
        let (mut written, mut out, mut plain) = (Vec::with_capacity(places.len()), Vec::new(), Vec::new());
        let mut desk = Desk::default();
        for stretch in places.chunks(STRETCH) {
            let opened = self.opened(stretch, lanes, &mut plain);
            let mut used = desk.cleared();
            for Opened { place, head, lane, plain: range } in opened {
                let nonce = &nonces[place * NONCE_BYTES..(place + 1) * NONCE_BYTES];
                let write = |out: &mut _| lane.way.decided(&head, &plain[range], nonce, &lane.live, &mut used, out);
                written.extend(written_one(&mut out, write).map(|message| (place, message)));
            }
            desk = used.cleared();
        }
        (written, out)
    }

    /// The events of some places, opened into `plain`, but those that do not open or whose link has no way.
    fn opened<'b>(&'b self, places: &[usize], lanes: &'b [Option<Lane<'b>>], plain: &mut Vec<u8>) -> Vec<Opened<'b>> {
        plain.clear();
        let open = |place: &usize| {
            let (lane, head) = (self.lane(*place, lanes)?, self.head(*place)?);
            let plain = lane.way.open(&head, plain)?;
            Some(Opened { place: *place, head, lane, plain })
        };
        places.iter().filter_map(open).collect()
    }
}

/// What `write` appends; nothing, and nothing appended, where it is not certain or makes a mistake.
fn written_one(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>) -> Option<()>) -> Option<Range<usize>> {
    let begin = out.len();
    let done = catch_unwind(AssertUnwindSafe(|| write(&mut *out))).unwrap_or(None);
    if done.is_none() {
        out.truncate(begin);
    }
    done.map(|()| begin..out.len())
}
