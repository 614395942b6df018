//! A carrier's batch: sealed events in, sealed decisions out, and nothing made of Python in between.
//! `streams/kafka/stepwise.py` is what it has to agree with, and decides whatever is left out here.

use std::collections::HashMap;
use std::iter;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::{self, Builder};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyList};

use crate::heads::{self, EVENT, Head};
use crate::seal::NONCE_BYTES;
use crate::way::{Desk, Way};

/// Events that are opened one after the other, so that the next steps find them in the nearest memory.
const STRETCH: usize = 32;
/// Events that take longer than it takes to start a thread for them.
const WORTH_A_THREAD: usize = 1_000;

/// A batch of messages, each by its link.
#[pyclass(frozen)]
pub struct Batch {
    values: Vec<Option<PyBackedBytes>>,
    links: Vec<Link>,
}

/// What a batch holds of one link.
struct Link {
    places: Vec<usize>,
    /// The ids of the keys that its events were sealed under.
    key_ids: Vec<u64>,
}

/// Events of one link that are worked on one after the other.
type Stretch<'b> = (&'b Way, &'b [usize]);

/// Where in what was written the message of a place stands.
type Written = (usize, Option<Range<usize>>);

#[pymethods]
impl Batch {
    /// Reads the heads. What is no event of ours is in no link.
    #[new]
    fn new(values: Vec<Option<PyBackedBytes>>) -> Self {
        let links = by_link(&values);
        Self { values, links }
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
        let parts = py.detach(|| self.carried(&ways, &nonces, day));
        let mut values = vec![None; self.values.len()];
        let mut partitions = vec![-1; self.values.len()];
        for (written, out) in parts {
            for (place, message) in written {
                values[place] = message.map(|message| PyBytes::new(py, &out[message]));
            }
        }
        for (link, way) in self.links.iter().zip(&ways) {
            for place in link.places.iter().filter(|place| values[**place].is_some()) {
                partitions[*place] = way.as_ref().map_or(-1, |way| way.get().partition);
            }
        }
        Ok((PyList::new(py, values)?, partitions))
    }
}

impl Batch {
    fn head(&self, place: usize) -> Option<Head<'_>> {
        heads::read(EVENT, self.values.get(place)?.as_deref()?)
    }

    fn named<'a>(&'a self, link: &'a Link) -> Option<(&'a str, &'a str, &'a [u64])> {
        let head = self.head(*link.places.first()?)?;
        let (tenant, name) = heads::names(head.names)?;
        Some((tenant, name, &link.key_ids))
    }

    /// What was written of which places, by each of the threads.
    fn carried(&self, ways: &[Option<Py<Way>>], nonces: &[u8], day: i32) -> Vec<(Vec<Written>, Vec<u8>)> {
        let mut stretches = Vec::with_capacity(self.values.len() / STRETCH + self.links.len());
        for (link, way) in self.links.iter().zip(ways) {
            if let Some(way) = way {
                stretches.extend(link.places.chunks(STRETCH).map(|places| (way.get(), places)));
            }
        }
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let share = stretches.len().div_ceil(threads.min(self.values.len() / WORTH_A_THREAD + 1)).max(1);
        let mut parts = stretches.chunks(share);
        let first = parts.next().unwrap_or_default();
        // Whatever makes a mistake is left to Python: it must not end the thread that carries.
        let run = |part| catch_unwind(AssertUnwindSafe(|| self.decided(part, nonces, day))).unwrap_or_default();
        thread::scope(|scope| {
            let begin = |part| Builder::new().spawn_scoped(scope, move || run(part)).map_err(|_| part);
            let others: Vec<_> = parts.map(begin).collect();
            let first = run(first);
            // Where there is no thread to be had, this one does that part as well.
            let ended = others.into_iter().map(|other| other.map_or_else(run, |it| it.join().unwrap_or_default()));
            iter::once(first).chain(ended).collect()
        })
    }

    fn decided(&self, stretches: &[Stretch<'_>], nonces: &[u8], day: i32) -> (Vec<Written>, Vec<u8>) {
        let (mut written, mut out, mut plain) = (Vec::new(), Vec::new(), Vec::new());
        for (way, places) in stretches {
            let live = way.plan.get().live(day);
            let opened = self.opened(way, places, &mut plain);
            let mut desk = Desk::default();
            for (place, range) in places.iter().zip(opened) {
                let nonce = &nonces[place * NONCE_BYTES..(place + 1) * NONCE_BYTES];
                let message = self.head(*place).zip(range).and_then(|(head, range)| {
                    written_one(&mut out, |out| way.decided(&head, &plain[range], nonce, &live, &mut desk, out))
                });
                written.push((*place, message));
            }
        }
        (written, out)
    }

    /// The events of some places, opened into `plain`; nothing for one that does not open.
    fn opened(&self, way: &Way, places: &[usize], plain: &mut Vec<u8>) -> Vec<Option<Range<usize>>> {
        plain.clear();
        places.iter().map(|place| way.open(&self.head(*place)?, plain)).collect()
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

fn by_link(values: &[Option<PyBackedBytes>]) -> Vec<Link> {
    let mut links: Vec<Link> = Vec::new();
    let mut numbers: HashMap<&[u8], usize> = HashMap::new();
    for (place, value) in values.iter().enumerate() {
        let Some(head) = value.as_deref().and_then(|value| heads::read(EVENT, value)) else { continue };
        let number = match numbers.get(head.names) {
            Some(number) => *number,
            None if heads::names(head.names).is_none() => continue,
            None => {
                links.push(Link { places: Vec::new(), key_ids: Vec::new() });
                numbers.insert(head.names, links.len() - 1);
                links.len() - 1
            }
        };
        let link = &mut links[number];
        link.places.push(place);
        if !link.key_ids.contains(&head.key_id) {
            link.key_ids.push(head.key_id);
        }
    }
    links
}
