//! The outbound decision of Écluse, compiled: it answers what it is certain about, and leaves the rest to Python.
#![forbid(unsafe_code)]

mod answer;
mod boundary;
mod carry;
mod change;
mod contract;
mod decide;
mod egress;
mod escape;
mod event;
mod fold;
mod forms;
mod gates;
mod heads;
mod links;
mod mask;
mod number;
mod outcome;
mod partial;
mod perimeter;
mod plan;
mod read;
mod resemblance;
mod seal;
mod shape;
mod strip;
mod value;
mod views;
mod way;
mod write;

/// What Python imports; its types stand in `ecluse_compiled.pyi`.
#[pyo3::pymodule]
mod ecluse_compiled {
    /// And the sources: no two cores that may decide differently are of one version.
    #[pymodule_export]
    const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "+", env!("ECLUSE_SOURCES"));

    use pyo3::prelude::*;

    /// What a panic says may quote a value: only where it happened is told.
    #[pymodule_init]
    #[expect(clippy::unnecessary_wraps, reason = "PyO3 asks for a result")]
    fn init(_module: &Bound<'_, PyModule>) -> PyResult<()> {
        std::panic::set_hook(Box::new(|info| {
            let place = info.location().map_or_else(String::new, |at| format!("{}:{}", at.file(), at.line()));
            eprintln!("ecluse_compiled: a mistake at {place}; Python decides");
        }));
        Ok(())
    }

    #[pymodule_export]
    use crate::boundary::Plan;
    #[pymodule_export]
    use crate::carry::Batch;
    #[pymodule_export]
    use crate::fold::Folding;
    #[pymodule_export]
    use crate::gates::Gates;
    #[pymodule_export]
    use crate::seal::{open_many, seal_many};
    #[pymodule_export]
    use crate::way::Way;
}
