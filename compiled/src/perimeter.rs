//! Where a record lies, and whether somebody with a reach could open it: `mapping/perimeter.py`.

use crate::plan::{CampaignSpec, ConditionSpec};
use crate::value::Value;

/// Parts of a place, and sets of them.
pub const CAMPAIGN: u8 = 1;
pub const TEAM: u8 = 2;
pub const TERRITORY: u8 = 4;
pub const OWNER: u8 = 8;

/// The parts of a place by name; none for a name that is unknown.
pub fn part(name: &str) -> Option<u8> {
    match name {
        "campaign" => Some(CAMPAIGN),
        "team" => Some(TEAM),
        "territory" => Some(TERRITORY),
        "owner" => Some(OWNER),
        _ => None,
    }
}

/// Where a record lies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place {
    /// The number of its campaign.
    pub campaign: Option<usize>,
    /// Whether it would be in a campaign that does not run.
    pub closed: bool,
    /// Which parts of the place are not empty.
    pub parts: u8,
}

/// Finds a field of a shape by object and name.
pub trait Fields {
    fn find(&self, object: &str, name: &str) -> Option<usize>;
}

/// The perimeter of a link, for events of one shape: where in an event its conditions look.
pub struct Located {
    campaigns: Vec<Conditions>,
    territories: Vec<Conditions>,
    team: Option<usize>,
    territory: Option<usize>,
    owner: Option<usize>,
}

/// Places of the fields, in the order of the conditions; nothing where a field is absent.
pub type Conditions = Option<Vec<usize>>;

/// Where conditions look in events of one shape.
pub fn places(conditions: &[ConditionSpec], fields: &impl Fields) -> Conditions {
    conditions.iter().map(|condition| fields.find(&condition.object, &condition.name)).collect()
}

impl Located {
    pub fn new(perimeter: &Perimeter, fields: &impl Fields) -> Self {
        Self {
            campaigns: perimeter.campaigns.iter().map(|campaign| places(&campaign.conditions, fields)).collect(),
            territories: perimeter.territories.iter().map(|conditions| places(conditions, fields)).collect(),
            team: fields.find("owner", "team"),
            territory: fields.find("owner", "territory"),
            owner: fields.find("owner", "id"),
        }
    }
}

/// The perimeter of a link.
pub struct Perimeter {
    campaigns: Vec<CampaignSpec>,
    territories: Vec<Vec<ConditionSpec>>,
}

impl Perimeter {
    pub const fn new(campaigns: Vec<CampaignSpec>, territories: Vec<Vec<ConditionSpec>>) -> Self {
        Self { campaigns, territories }
    }

    /// Which campaigns run on a day.
    pub fn live(&self, day: i32) -> Vec<bool> {
        let runs = |campaign: &CampaignSpec| {
            campaign.starts.is_none_or(|starts| starts <= day) && campaign.ends.is_none_or(|ends| day <= ends)
        };
        self.campaigns.iter().map(runs).collect()
    }

    pub fn name(&self, campaign: Option<usize>) -> &str {
        campaign.map_or("", |number| &self.campaigns[number].name)
    }

    /// Where a record lies. `value` gives the values of its fields by their places.
    pub fn locate<'v>(&self, at: &Located, live: &[bool], value: impl Fn(usize) -> &'v Value<'v>) -> Place {
        let first = |wanted: bool| {
            let held = |number: &usize| {
                live[*number] == wanted && holds(&self.campaigns[*number].conditions, &at.campaigns[*number], &value)
            };
            (0..live.len()).find(held)
        };
        let campaign = first(true);
        let territories = self.territories.iter().zip(&at.territories);
        let somewhere = |place: Option<usize>| place.is_some_and(|place| is_named(value(place)));
        let mut parts = if campaign.is_some() { CAMPAIGN } else { 0 };
        for (part, there) in [
            (TEAM, somewhere(at.team)),
            (TERRITORY, territories.into_iter().any(|(w, at)| holds(w, at, &value)) || somewhere(at.territory)),
            (OWNER, somewhere(at.owner)),
        ] {
            parts |= if there { part } else { 0 };
        }
        Place { campaign, closed: campaign.is_none() && first(false).is_some(), parts }
    }
}

/// Whether all conditions hold. `value` gives the values of an event by their places.
pub fn holds<'v>(conditions: &[ConditionSpec], places: &Conditions, value: &impl Fn(usize) -> &'v Value<'v>) -> bool {
    let Some(places) = places else { return false };
    conditions.iter().zip(places).all(|(condition, place)| allows(condition, value(*place)))
}

/// Whether there is something to judge conditions by.
pub fn judged<'v>(places: &Conditions, value: &impl Fn(usize) -> &'v Value<'v>) -> bool {
    let plain = |place: &usize| !matches!(value(*place), Value::Null | Value::Nested(_));
    places.as_ref().is_some_and(|places| places.iter().all(plain))
}

/// Python's `in`, for which 1, 1.0 and true are the same.
fn allows(condition: &ConditionSpec, value: &Value<'_>) -> bool {
    match value {
        Value::Null | Value::Nested(_) => false,
        Value::Text(text) => condition.texts.contains(text.as_ref()),
        Value::Truth(truth) => condition.numbers.contains(if *truth { "1" } else { "0" }),
        Value::Whole(_) | Value::Decimal(_) => value.number().is_some_and(|number| condition.numbers.contains(number)),
    }
}

/// Whether a value names a team, a territory or an owner.
fn is_named(value: &Value<'_>) -> bool {
    match value {
        Value::Text(text) => !text.is_empty(),
        Value::Whole(_) => true,
        _ => false,
    }
}
