//! For a dialer that tells profiles apart: a view for each profile that may open the record.

use std::sync::Arc;

use crate::answer::{Desk, End, Withheld};
use crate::decide::Work;
use crate::outcome::Outcome;
use crate::strip::Payload;
use crate::value::Sure;
use crate::write;

/// Decides an event for each profile. A view is an audience of one.
pub fn decide(work: &Work<'_, '_>, desk: &mut Desk<'_>) -> Sure<(End, Arc<Outcome>)> {
    let audiences = work.audiences;
    let may_open = |number: &usize| audiences[*number].reach & !work.place.parts == 0;
    let open: Vec<usize> = (0..audiences.len()).filter(may_open).collect();
    if open.is_empty() {
        return Ok(work.outside());
    }
    desk.payloads.resize_with(audiences.len(), Payload::default);
    let mut views = Vec::with_capacity(open.len());
    for number in &open {
        if work.gates(*number, &mut desk.payloads[*number])? {
            views.push(*number);
        }
    }
    if views.is_empty() {
        return Ok(work.withheld(Withheld::NothingCleared));
    }
    let start = desk.bodies.len();
    let alike = views.len() == open.len();
    write_body(work, &views, alike, &desk.payloads, &mut desk.bodies);
    set_key(&views, &desk.payloads, &mut desk.key);
    let outcome = work.shape.outcome(&desk.key, || outcome(work, &views, &desk.payloads));
    Ok((End::Sent(start..desk.bodies.len()), outcome))
}

/// What all views show alike stands in `fields` too, where each profile that may open the record has a view.
fn write_body(work: &Work<'_, '_>, views: &[usize], alike: bool, payloads: &[Payload], body: &mut Vec<u8>) {
    work.begin(body);
    body.push(b'{');
    let (first, others) = (&payloads[views[0]], &views[1..]);
    let in_all = |item: &&[u8]| alike && others.iter().all(|other| items(&payloads[*other]).any(|one| one == *item));
    for (number, item) in items(first).filter(in_all).enumerate() {
        if number > 0 {
            body.push(b',');
        }
        body.extend_from_slice(item);
    }
    body.extend_from_slice(b"},\"views\":{");
    for (number, view) in views.iter().enumerate() {
        if number > 0 {
            body.push(b',');
        }
        write::text(body, &work.audiences[*view].profile);
        body.push(b':');
        body.extend_from_slice(&payloads[*view].json);
    }
    body.push(b'}');
    work.end(body);
}

fn items(payload: &Payload) -> impl Iterator<Item = &[u8]> {
    payload.items.iter().map(|item| &payload.json[item.clone()])
}

/// What no line has for its number: the same gates also serve links that show all alike, whose keys are lines.
const VIEWS: u16 = u16::MAX;

/// Which views there are, and what each dropped.
fn set_key(views: &[usize], payloads: &[Payload], key: &mut Vec<u16>) {
    key.clear();
    key.push(VIEWS);
    for view in views {
        let begin = key.len() + 2;
        key.extend([u16::try_from(*view).unwrap_or(u16::MAX), 0]);
        payloads[*view].write_key(key);
        key[begin - 1] = u16::try_from(key.len() - begin).unwrap_or(u16::MAX);
    }
}

fn outcome(work: &Work<'_, '_>, views: &[usize], payloads: &[Payload]) -> Outcome {
    let (mut reached, mut partly): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    for view in views {
        let (steps, payload) = (&work.shape.seen[*view].0, &payloads[*view]);
        let left = work.audiences[*view].strip.left(steps, &payload.dropped, &payload.whole);
        add_new(&mut reached, left.sent);
        add_new(&mut partly, left.masked);
    }
    partly.retain(|pointer| !reached.contains(pointer));
    let goes = |one: &&String| reached.contains(&one.as_str()) || partly.contains(&one.as_str());
    let stripped: Vec<&String> = work.shape.pointers.iter().filter(|one| !goes(one)).collect();
    let names: Vec<&str> = views.iter().map(|view| work.audiences[*view].profile.as_str()).collect();
    Outcome::new(names.join("+"), &reached, &partly, &stripped)
}

fn add_new<'s>(pointers: &mut Vec<&'s str>, more: Vec<&'s str>) {
    for pointer in more {
        if !pointers.contains(&pointer) {
            pointers.push(pointer);
        }
    }
}
