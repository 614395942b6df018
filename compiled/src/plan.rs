//! A policy as Python hands it over: plain data, gate 1's and gate 2's made apart from each other.

use std::collections::{HashMap, HashSet};

use pyo3::prelude::*;

use crate::gates::Gates;

/// All of a link under one revision.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct PlanSpec {
    pub tenant: String,
    pub views: bool,
    /// What digests are made under; nothing: none are made.
    pub secret: Vec<u8>,
    pub campaigns: Vec<CampaignSpec>,
    pub territories: Vec<Vec<ConditionSpec>>,
    /// Whatever does not hang on the tenant: other links may have the same.
    pub gates: Py<Gates>,
}

/// A campaign, from a day to a day, as proleptic Gregorian ordinals; both included.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct CampaignSpec {
    pub name: String,
    pub conditions: Vec<ConditionSpec>,
    pub starts: Option<i32>,
    pub ends: Option<i32>,
}

/// A field that has to have one of some values.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct ConditionSpec {
    pub object: String,
    pub name: String,
    pub texts: HashSet<String>,
    /// Whole numbers, as digits.
    pub numbers: HashSet<String>,
}

/// Who sees one and the same: their name, what a record must have for all of them, and both gates.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct AudienceSpec {
    pub profile: String,
    /// Names of the parts of a place that must not be empty: `campaign`, `team`, `territory`, `owner`.
    pub reach: Vec<String>,
    pub lines: Vec<LineSpec>,
    pub rules: Vec<RuleSpec>,
    /// Fields (object, name) that everybody in the audience may read.
    pub cleared: HashSet<(String, String)>,
}

/// Gate 1: a line of the allow-list.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct LineSpec {
    pub object: String,
    pub name: String,
    pub to: String,
    pub pointer: String,
    pub form: String,
    pub limit: usize,
    /// The table of a line of form `table`.
    pub table: HashMap<String, String>,
    /// Whether numbers without a country's code are French.
    pub french: bool,
    /// How much of it is shown; no rule: all.
    pub masks: Vec<MaskSpec>,
}

/// A rule of how much of a value is shown.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct MaskSpec {
    pub mask: String,
    /// Characters that are left.
    pub at: usize,
    /// Where bands begin and end, rising.
    pub steps: Vec<i64>,
    pub when: Vec<ConditionSpec>,
}

/// Gate 2: what one dialer field may carry.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct RuleSpec {
    pub to: String,
    pub object: String,
    pub name: String,
    pub form: String,
    pub longest: usize,
    /// The only words of a field of form `words`.
    pub words: HashSet<String>,
    /// Whether numbers without a country's code are French.
    pub french: bool,
    /// How much of its source it may show; no rule: all.
    pub masks: Vec<MaskSpec>,
}
