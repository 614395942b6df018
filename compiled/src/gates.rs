//! Both gates for all who see one and the same, and what is worked out for each shape of event: the same for every
//! link that says the same, whoever its tenant is.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::egress::Egress;
use crate::event::Event;
use crate::perimeter::part;
use crate::plan::AudienceSpec;
use crate::shape::{Layout, Shape};
use crate::strip::Strip;
use crate::value::{Sure, Unsure};

/// Shapes remembered at most; a source that varies its fields without end must not fill memory.
pub const SHAPES_KEPT: usize = 512;

/// How many there have been.
static GATES: AtomicU64 = AtomicU64::new(0);

/// Both gates for those who see one and the same, and what a record must have for all of them.
pub struct Audience {
    pub profile: String,
    pub reach: u8,
    pub strip: Strip,
    pub egress: Egress,
}

/// The audiences of a policy. They never change but for what they remember of shapes.
#[pyclass(frozen, weakref)]
pub struct Gates {
    /// Unlike that of any others.
    pub number: u64,
    pub audiences: Vec<Audience>,
    shapes: RwLock<HashMap<Vec<u8>, Arc<Shape>>>,
}

#[pymethods]
impl Gates {
    /// Refuses audiences that have something unknown here.
    #[new]
    fn new(audiences: Vec<AudienceSpec>) -> PyResult<Self> {
        let made: Option<Vec<_>> = audiences.into_iter().map(Audience::new).collect();
        let audiences = made.ok_or_else(|| PyValueError::new_err("a form or a place that is unknown here"))?;
        Ok(Self { number: GATES.fetch_add(1, Ordering::Relaxed), audiences, shapes: RwLock::default() })
    }
}

impl Gates {
    /// The shape of an event, by its key.
    pub fn shape(&self, event: &Event<'_>, key: &[u8]) -> Sure<Arc<Shape>> {
        let kept = self.shapes.read().map_err(|_| Unsure)?.get(key).map(Arc::clone);
        kept.map_or_else(|| self.new_shape(event, key), Ok)
    }

    fn new_shape(&self, event: &Event<'_>, key: &[u8]) -> Sure<Arc<Shape>> {
        let layout = Layout::new(event).ok_or(Unsure)?;
        let seen = self.audiences.iter().map(|one| (one.strip.steps(&layout), one.egress.guarded(&layout)));
        let shape = Arc::new(Shape::new(&layout, seen.collect()).ok_or(Unsure)?);
        let mut shapes = self.shapes.write().map_err(|_| Unsure)?;
        if shapes.len() >= SHAPES_KEPT {
            shapes.clear();
        }
        shapes.insert(key.to_vec(), Arc::clone(&shape));
        Ok(shape)
    }
}

impl Audience {
    fn new(spec: AudienceSpec) -> Option<Self> {
        let reach = spec.reach.iter().try_fold(0, |reach, name| Some(reach | part(name)?))?;
        let egress = Egress::new(spec.rules, spec.cleared)?;
        Some(Self { profile: spec.profile, reach, strip: Strip::new(spec.lines)?, egress })
    }
}
