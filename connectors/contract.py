"""The promises of the port, as tests that any connector can be put to, ours and third parties'.

A connector's test names the connector and says how its system is staged; the tests come along:

    class TestAcmeLeads(PullContract, ConnectorContract):
        connector = CONNECTOR
        object = Object.CONTACT
        fields = ("name", "phone")

        @asynccontextmanager
        async def staged(self) -> AsyncIterator[Shelf]:
            async with acme_double() as acme:
                yield acme

The stage declares its own keys and counts its own effects: a connector that is only compared with
itself could skip a row, or write one twice, and still agree. Needs pytest to run, not to import.
"""

import asyncio
import importlib
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, aclosing
from pathlib import Path
from typing import Any, Protocol, TypeVar

from connectors.faults import Misconfigured
from connectors.port import Asked, Connector, Delivered, Order, Outcome, Page, Refused, Row, Session
from mapping.words import CRM_WRITES, DIALER_COMMANDS, CommandKind, Object, Side

FACTS = ("API", "Order", "Delete", "Limit", "Repeat")
LONGEST_SECONDS = 120

T = TypeVar("T")


class Stage(Protocol):
    """A system as a test finds it, and two ways in: one that works, one that must not."""

    @property
    def session(self) -> Session[Any]: ...

    @property
    def locked_out(self) -> Session[Any]:
        """The same system with a wrong key, or files nobody may read."""
        ...


class Shelf(Stage, Protocol):
    """A CRM that knows what it holds."""

    def keys(self) -> set[str]:
        """The ids of all that a first pull must bring."""
        ...

    def change(self, key: str) -> None:
        """Give one record another value in each of the contract's `fields`."""
        ...

    def remove(self, key: str) -> bool:
        """Delete a record; False where this system's docstring says that deletions are never told."""
        ...

    def spoil(self) -> bool:
        """Add a record that cannot be read; False where this system cannot hold one."""
        ...


class Desk(Stage, Protocol):
    """A target that can say what was done to it."""

    def order(self, kind: CommandKind) -> Order:
        """An order that can be carried out, about a record of its own, with a key of its own."""
        ...

    def lost(self, kind: CommandKind) -> Order | None:
        """An order about a record that is not there; None where the target would simply make it."""
        ...

    def effects(self, order: Order) -> int:
        """How many times the order was carried out, as the target itself tells."""
        ...


def require(truth: bool, otherwise: str) -> None:  # noqa: FBT001 - reads as a sentence
    """Say what was not kept."""
    if not truth:
        raise AssertionError(otherwise)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run one story to its end, within a time that no story needs."""

    async def bounded() -> T:
        async with asyncio.timeout(LONGEST_SECONDS):
            return await work

    return asyncio.run(bounded())


class ConnectorContract:
    """What is asked of every connector."""

    connector: Connector
    #: Its docstring, its page.
    doc: str | None = None
    page: Path | None = None

    def staged(self) -> AbstractAsyncContextManager[Stage]:
        raise NotImplementedError

    def test_its_docstring_states_the_five_facts(self) -> None:
        text = self.doc or importlib.import_module(self.connector.access.__module__).__doc__ or ""
        for fact in FACTS:
            said = [line for line in text.splitlines() if line.startswith(fact)]
            require(len(said) == 1 and len(said[0].split()) > 2, f"the docstring says nothing of {fact}")

    def test_it_has_a_page(self) -> None:
        page = self.page or Path("docs/connectors") / f"{self.connector.name.replace('_', '-')}.md"
        require(page.is_file(), f"{page} is missing")
        text = page.read_text("utf-8")
        for name in self.connector.settings.model_fields:
            require(f"`{name}`" in text, f"{page} does not describe the setting {name}")

    def test_its_settings_are_strict_and_described(self) -> None:
        model = self.connector.settings
        require(model.model_config.get("extra") == "forbid", "settings must refuse what they do not know")
        require(bool(model.model_config.get("frozen")), "settings must not change")
        require(bool(model.model_config.get("hide_input_in_errors")), "settings must not print what they were given")
        for name, described in model.model_fields.items():
            require(bool(described.description), f"the setting {name} is not described")

    def test_it_does_nothing_that_its_side_does_not_do(self) -> None:
        allowed = CRM_WRITES if self.connector.side is Side.CRM else DIALER_COMMANDS
        require(set(self.connector.sinks) <= set(allowed), "a write that this side never receives")
        if self.connector.side is Side.DIALER:
            require(not self.connector.sources, "a dialer is not a source of records")

    def test_an_access_check_is_honest(self) -> None:
        async def story() -> None:
            async with self.staged() as stage:
                findings = await self.connector.access(stage.session)
                require(bool(findings), "an access check that finds nothing has not looked")
                require(all(finding.ok for finding in findings), f"refused what works: {findings}")
                try:
                    refused = await self.connector.access(stage.locked_out)
                except Misconfigured:
                    return
                require(any(not finding.ok for finding in refused), "accepted what does not work")

        run(story())


class PullContract:
    """What is asked of a source."""

    connector: Connector
    object: Object
    fields: tuple[str, ...]

    def staged(self) -> AbstractAsyncContextManager[Shelf]:
        raise NotImplementedError

    def test_a_first_pull_brings_every_key_once(self) -> None:
        async def story() -> None:
            async with self.staged() as shelf:
                rows = rows_of(await self._pages(shelf))
                keys = [row.key for row in rows]
                require(set(keys) == shelf.keys(), f"{len(set(keys))} keys came, {len(shelf.keys())} are there")
                require(len(keys) == len(set(keys)), "a key came twice in a quiet pull")
                require({row.object for row in rows} <= {self.object}, "a row of another object came")
                require(not any(row.deleted for row in rows), "a record that is there was told as deleted")

        run(story())

    def test_a_pull_of_several_pages_moves_its_cursor_with_each(self) -> None:
        async def story() -> None:
            async with self.staged() as shelf:
                cursors = [page.cursor for page in await self._pages(shelf)]
                require(len(cursors) > 1, "stage more records than fit one page")
                require(len(cursors) == len(set(cursors)), "a cursor stands still")

        run(story())

    def test_only_fields_that_were_asked_for_come(self) -> None:
        async def story() -> None:
            async with self.staged() as shelf:
                for asked in (self.fields, self.fields[:1], ()):
                    for row in rows_of(await self._pages(shelf, asked=asked)):
                        require(set(row.fields) <= set(asked), "a field came that nobody asked for")

        run(story())

    def test_a_pull_resumes_after_any_page(self) -> None:
        async def story() -> None:
            async with self.staged() as shelf:
                pages, seen = await self._pages(shelf), set[str]()
                for page in pages:
                    seen |= keys_of([page])
                    rest = keys_of(await self._pages(shelf, since=page.cursor))
                    require(seen | rest >= shelf.keys(), "resuming skipped a key")

        run(story())

    def test_a_pull_that_is_cut_after_each_page_reaches_the_end(self) -> None:
        async def story() -> None:
            async with self.staged() as shelf:
                cursor, seen = None, set[str]()
                for _ in range(4 * len(shelf.keys()) + 8):
                    page = await self._first(shelf, cursor)
                    if page is None or seen >= shelf.keys():
                        break
                    cursor, seen = page.cursor, seen | keys_of([page])
                require(seen == shelf.keys(), "a pull that is cut again and again never reaches the end")

        run(story())

    def test_a_later_pull_brings_what_changed(self) -> None:
        async def story() -> None:
            async with self.staged() as shelf:
                before = await self._pages(shelf)
                old = {row.key: row.fields for row in rows_of(before)}
                key = min(shelf.keys())
                shelf.change(key)
                new = {row.key: row.fields for row in rows_of(await self._pages(shelf, since=before[-1].cursor))}
                require(key in new, "a change was not brought")
                for name in self.fields:
                    require(new[key].get(name) != old[key].get(name), f"{name} came as it was before")

        run(story())

    def test_a_deletion_is_told(self) -> None:
        async def story() -> None:
            async with self.staged() as shelf:
                before = await self._pages(shelf)
                key = min(shelf.keys())
                if not shelf.remove(key):
                    return
                later = await self._pages(shelf, since=before[-1].cursor)
                gone = {row.key for page in later for row in page.rows if row.deleted}
                require(gone == {key}, f"told as deleted: {len(gone)} records, one was")

        run(story())

    def test_a_bad_row_is_put_aside_and_its_page_goes_on(self) -> None:
        async def story() -> None:
            async with self.staged() as shelf:
                if not shelf.spoil():
                    return
                pages = await self._pages(shelf)
                require(keys_of(pages) >= shelf.keys(), "a bad row held others back")
                rejects = [reject for page in pages for reject in page.rejects]
                require(bool(rejects), "a row that cannot be read left no trace")
                require(all(reject.code for reject in rejects), "a reject without a reason")

        run(story())

    def test_a_quiet_pull_ends(self) -> None:
        async def story() -> None:
            async with self.staged() as shelf:
                before = await self._pages(shelf)
                again = await self._pages(shelf, since=before[-1].cursor)
                require(not any(row.deleted for row in rows_of(again)), "told a deletion that never was")

        run(story())

    async def _pages(
        self, shelf: Shelf, *, since: str | None = None, asked: tuple[str, ...] | None = None
    ) -> Sequence[Page]:
        pages: list[Page] = []
        most = 4 * len(shelf.keys()) + 8
        async with aclosing(self._pull(shelf, since, asked)) as pull:
            async for page in pull:
                pages.append(page)
                require(len(pages) <= most, "a pull that never ends")
        return pages

    async def _first(self, shelf: Shelf, since: str | None) -> Page | None:
        async with aclosing(self._pull(shelf, since, None)) as pull:
            async for page in pull:
                return page
        return None

    async def _pull(self, shelf: Shelf, since: str | None, asked: tuple[str, ...] | None) -> AsyncGenerator[Page]:
        fields = self.fields if asked is None else asked
        pages = self.connector.sources[self.object](shelf.session, Asked(self.object, fields), since)
        async for page in pages:
            yield page


class PushContract:
    """What is asked of sinks."""

    connector: Connector

    def staged(self) -> AbstractAsyncContextManager[Desk]:
        raise NotImplementedError

    def test_each_kind_of_order_is_carried_out_once(self) -> None:
        async def story(desk: Desk, kind: CommandKind) -> None:
            order = desk.order(kind)
            require(desk.effects(order) == 0, "an effect before its cause")
            require(isinstance(await self._push(desk, order), Delivered), f"{kind} was not delivered")
            require(desk.effects(order) == 1, f"{kind} had {desk.effects(order)} effects")

        self._for_each_kind(story)

    def test_the_same_order_twice_has_one_effect(self) -> None:
        async def story(desk: Desk, kind: CommandKind) -> None:
            order = desk.order(kind)
            for _ in range(2):
                require(isinstance(await self._push(desk, order), Delivered), f"{kind} again was not delivered")
            require(desk.effects(order) == 1, f"{kind} twice had {desk.effects(order)} effects")

        self._for_each_kind(story)

    def test_an_order_in_doubt_ends_with_one_effect_applied_before_or_not(self) -> None:
        async def story(desk: Desk, kind: CommandKind) -> None:
            applied, never = desk.order(kind), desk.order(kind)
            await self._push(desk, applied)  # and its answer was lost
            for order in (applied, never):
                outcome = await self._push(desk, order._replace(in_doubt=True))
                require(isinstance(outcome, Delivered), f"{kind} in doubt was not delivered")
                require(desk.effects(order) == 1, f"{kind} in doubt had {desk.effects(order)} effects")

        self._for_each_kind(story)

    def test_there_is_one_outcome_for_each_order_in_their_order(self) -> None:
        async def story(desk: Desk, kind: CommandKind) -> None:
            orders = [desk.order(kind) for _ in range(min(self.connector.batch, 3))]
            bad = desk.lost(kind)
            if bad is not None and self.connector.batch > len(orders):
                orders.insert(1, bad)
            outcomes = await self.connector.sinks[kind](desk.session, orders)
            require(len(outcomes) == len(orders), f"{len(outcomes)} outcomes of {len(orders)} orders")
            for order, outcome in zip(orders, outcomes, strict=True):
                require(isinstance(outcome, Delivered) == (order is not bad), "an outcome is not its order's")

        self._for_each_kind(story)

    def test_two_orders_have_two_effects(self) -> None:
        async def story(desk: Desk, kind: CommandKind) -> None:
            orders = [desk.order(kind), desk.order(kind)]
            for order in orders:
                await self._push(desk, order)
            require([desk.effects(order) for order in orders] == [1, 1], f"one {kind} was taken for another")

        self._for_each_kind(story)

    def test_an_order_about_nothing_is_refused_and_not_a_fault(self) -> None:
        async def story(desk: Desk, kind: CommandKind) -> None:
            order = desk.lost(kind)
            if order is not None:
                outcome = await self._push(desk, order)
                require(isinstance(outcome, Refused) and bool(outcome.code), f"{kind} of nothing was not refused")

        self._for_each_kind(story)

    async def _push(self, desk: Desk, order: Order) -> Outcome:
        outcomes = await self.connector.sinks[order.kind](desk.session, [order])
        require(len(outcomes) == 1, "one order, one outcome")
        return outcomes[0]

    def _for_each_kind(self, story: Callable[[Desk, CommandKind], Coroutine[Any, Any, None]]) -> None:
        async def stories() -> None:
            async with self.staged() as desk:
                for kind in self.connector.sinks:
                    await story(desk, kind)

        require(bool(self.connector.sinks), "a connector that takes no orders")
        run(stories())


def rows_of(pages: Sequence[Page]) -> list[Row]:
    return [row for page in pages for row in page.rows]


def keys_of(pages: Sequence[Page]) -> set[str]:
    return {row.key for row in rows_of(pages)}
