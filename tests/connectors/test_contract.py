"""The contract finds what it promises to find: an honest connector passes it, and each broken promise fails it.

The double is a CRM of a list and a dialer of a dictionary. A fault is one word that changes what its connector does.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Field

from connectors.contract import ConnectorContract, PullContract, PushContract
from connectors.faults import Malformed
from connectors.http import NoHttp
from connectors.port import (
    Asked,
    Connector,
    Delivered,
    Finding,
    Order,
    Outcome,
    Page,
    Refused,
    Reject,
    Row,
    Session,
)
from mapping.words import CommandKind, Object, Side

NOTE = CommandKind.ADD_COMMENT
FACTS = "A list.\n\nAPI    a list, v1\nOrder  by id\nDelete told at once\nLimit  none at all\nRepeat keys are kept\n"
SIZE = 3


class Settings(BaseModel):
    """Which fault the connector has, and whether it may come in."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    fault: str = Field("", description="What is wrong with it")
    key: str = Field("right", description="The key")


class Listed:
    """A system that keeps all changes in one list, and all notes in another."""

    def __init__(self, fault: str) -> None:
        self.session: Session[Any] = Session(Settings(fault=fault), NoHttp())
        self.locked_out: Session[Any] = Session(Settings(fault=fault, key="wrong"), NoHttp())
        self.session.memory["system"] = self.locked_out.memory["system"] = self
        #: Key and version; the last entry of a key counts.
        self.changes: list[tuple[str, int]] = [(str(key), 1) for key in range(1, 9)]
        self.bad: set[str] = set()
        self.gone: set[str] = set()
        self.notes: list[str] = []
        self.made = 0

    def keys(self) -> set[str]:
        return {key for key, _ in self.changes} - self.gone - self.bad

    def change(self, key: str) -> None:
        self.changes.append((key, 2))

    def remove(self, key: str) -> bool:
        self.gone.add(key)
        self.changes.append((key, 0))
        return True

    def spoil(self) -> bool:
        self.bad.add("bad")
        self.changes.insert(2, ("bad", 1))
        return True

    def order(self, kind: CommandKind) -> Order:
        self.made += 1
        return Order(f"k-{self.made}", kind, f"contact/{self.made}", {})

    def lost(self, kind: CommandKind) -> Order | None:
        return Order("k-lost", kind, "contact/0", {})

    def effects(self, order: Order) -> int:
        return self.notes.count(order.once)


async def pull(session: Session[Settings], asked: Asked, since: str | None) -> AsyncIterator[Page]:
    """An honest pull, but for its fault."""
    system: Listed = session.memory["system"]
    fault, at = session.settings.fault, int(since or 0)
    while some := system.changes[at : at + SIZE]:
        rows = [_row(system, asked, key, version, fault) for key, version in some if key not in system.bad]
        rejects = [Reject(key, "damaged") for key, _ in some if key in system.bad]
        if rejects and fault == "stops at a bad row":
            raise Malformed("damaged")
        if fault == "drops bad rows":
            rejects = []
        if rejects and fault == "drops a page with a bad row":
            rows = []
        if fault == "skips a row between pages" and at:
            rows = rows[1:]
        if fault == "brings a row twice" and at:
            rows = [*rows, rows[0]]
        if fault == "forgets deletions":
            rows = [row for row in rows if not row.deleted]
        at += SIZE if fault == "jumps over what is left" else len(some)
        shown = 0 if fault == "its cursor stands still" else at + 1 if fault == "its cursor runs ahead" else at
        yield Page(rows, rejects, str(shown))
        if fault == "never ends":
            at = 0
        if fault == "reads one page only":
            return


def _row(system: Listed, asked: Asked, key: str, version: int, fault: str) -> Row:
    value = f"{key}-{1 if fault == 'brings old values' else version}"
    named = (*asked.fields, "margin") if fault == "brings a field nobody asked for" else asked.fields
    kind = Object.ACCOUNT if fault == "brings another object" else asked.object
    deleted = key in system.gone or (fault == "tells deletions that never were" and key == "2")
    return Row(kind, key, {} if deleted else dict.fromkeys(named, value), {}, {}, str(version), deleted=deleted)


async def push(session: Session[Settings], orders: Sequence[Order]) -> Sequence[Outcome]:
    """An honest push, but for its fault."""
    system: Listed = session.memory["system"]
    fault, outcomes = session.settings.fault, list[Outcome]()
    for order in orders:
        if order.record == "contact/0":
            if fault == "faults on a lost record":
                raise Malformed("lost")
            outcomes.append(Delivered() if fault == "delivers to nobody" else Refused("no_such_record"))
            continue
        known = order.once in system.notes
        if fault == "trusts a doubt" and order.in_doubt:
            known = True
        if fault == "looks only when in doubt" and not order.in_doubt:
            known = False
        if fault == "takes one order for another" and system.notes:
            known = True
        if fault == "refuses what it has" and known:
            outcomes.append(Refused("duplicate"))
            continue
        if not known and fault != "says it did":
            system.notes.extend([order.once] * (2 if fault == "writes twice" else 1))
        outcomes.append(Delivered(order.once))
    if fault == "loses an outcome":
        outcomes = outcomes[:-1]
    return outcomes[::-1] if fault == "mixes outcomes up" else outcomes


async def access(session: Session[Settings]) -> Sequence[Finding]:
    """An honest check, but for its fault."""
    fault = session.settings.fault
    if fault == "does not look":
        return []
    if fault == "lets everybody in":
        return [Finding(ok=True, code="signed_in")]
    if fault == "lets nobody in":
        return [Finding(ok=False, code="refused")]
    return [Finding(session.settings.key == "right", "signed_in")]


CONNECTOR = Connector(
    name="listed",
    side=Side.CRM,
    settings=Settings,
    access=access,
    sources={Object.CONTACT: pull},
    sinks={NOTE: push},
    batch=10,
)


def contract(fault: str, page: Path | None = None) -> Any:
    """All three contracts on a connector with that fault."""

    class All(PullContract, PushContract, ConnectorContract):
        connector = CONNECTOR
        object = Object.CONTACT
        fields = ("name",)
        doc = FACTS

        @asynccontextmanager
        async def staged(self) -> AsyncIterator[Listed]:
            yield Listed(fault)

    All.page = page
    return All()


def broken(fault: str, page: Path) -> set[str]:
    """The names of the stories that fail."""
    story = contract(fault, page)
    failed = set()
    for name in dir(story):
        if name.startswith("test_"):
            try:
                getattr(story, name)()
            except (AssertionError, Malformed):
                failed.add(name)
    return failed


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "listed.md"
    path.write_text("`fault` and `key`")
    return path


def test_an_honest_connector_keeps_every_promise(page: Path) -> None:
    assert broken("", page) == set()


@pytest.mark.parametrize(
    ("fault", "story"),
    [
        ("skips a row between pages", "test_a_first_pull_brings_every_key_once"),
        ("brings a row twice", "test_a_first_pull_brings_every_key_once"),
        ("brings another object", "test_a_first_pull_brings_every_key_once"),
        ("reads one page only", "test_a_first_pull_brings_every_key_once"),
        ("never ends", "test_a_first_pull_brings_every_key_once"),
        ("its cursor stands still", "test_a_pull_of_several_pages_moves_its_cursor_with_each"),
        ("its cursor stands still", "test_a_pull_that_is_cut_after_each_page_reaches_the_end"),
        ("its cursor runs ahead", "test_a_pull_resumes_after_any_page"),
        ("its cursor runs ahead", "test_a_pull_that_is_cut_after_each_page_reaches_the_end"),
        ("jumps over what is left", "test_a_later_pull_brings_what_changed"),
        ("brings a field nobody asked for", "test_only_fields_that_were_asked_for_come"),
        ("brings old values", "test_a_later_pull_brings_what_changed"),
        ("forgets deletions", "test_a_deletion_is_told"),
        ("tells deletions that never were", "test_a_first_pull_brings_every_key_once"),
        ("stops at a bad row", "test_a_bad_row_is_put_aside_and_its_page_goes_on"),
        ("drops bad rows", "test_a_bad_row_is_put_aside_and_its_page_goes_on"),
        ("drops a page with a bad row", "test_a_bad_row_is_put_aside_and_its_page_goes_on"),
        ("writes twice", "test_each_kind_of_order_is_carried_out_once"),
        ("says it did", "test_each_kind_of_order_is_carried_out_once"),
        ("looks only when in doubt", "test_the_same_order_twice_has_one_effect"),
        ("refuses what it has", "test_the_same_order_twice_has_one_effect"),
        ("trusts a doubt", "test_an_order_in_doubt_ends_with_one_effect_applied_before_or_not"),
        ("takes one order for another", "test_two_orders_have_two_effects"),
        ("loses an outcome", "test_there_is_one_outcome_for_each_order_in_their_order"),
        ("mixes outcomes up", "test_there_is_one_outcome_for_each_order_in_their_order"),
        ("delivers to nobody", "test_an_order_about_nothing_is_refused_and_not_a_fault"),
        ("faults on a lost record", "test_an_order_about_nothing_is_refused_and_not_a_fault"),
        ("does not look", "test_an_access_check_is_honest"),
        ("lets everybody in", "test_an_access_check_is_honest"),
        ("lets nobody in", "test_an_access_check_is_honest"),
    ],
)
def test_each_broken_promise_fails_its_story(fault: str, story: str, page: Path) -> None:
    assert story in broken(fault, page)


def test_a_page_that_lacks_a_setting_is_found(page: Path) -> None:
    page.write_text("`fault` only")
    assert broken("", page) == {"test_it_has_a_page"}
    page.unlink()
    assert broken("", page) == {"test_it_has_a_page"}


@pytest.mark.parametrize("fact", ["API", "Order", "Delete", "Limit", "Repeat"])
def test_a_docstring_that_lacks_a_fact_is_found(fact: str, page: Path) -> None:
    story = contract("", page)
    story.doc = "\n".join(line for line in FACTS.splitlines() if not line.startswith(fact))
    with pytest.raises(AssertionError, match=fact):
        story.test_its_docstring_states_the_five_facts()
