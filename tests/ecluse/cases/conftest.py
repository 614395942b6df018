"""The link of the demonstration, and cases written for it in a test."""

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from connectors import registry
from ecluse import i18n
from ecluse.cases.finding import LinkTried, try_text
from mapping.policy import Policy, compile_link
from mapping.reader import read_link

ROOT = Path(__file__).parents[3]
LINK = (ROOT / "examples/demo/link.yaml").read_text(encoding="utf-8")
GIVEN = """
link: nord
now: 2026-11-24T10:00:00+01:00
people:
  tp-12: {profile: teleoperator, campaigns: [t4-industrie]}
  tp-13: {profile: teleoperator, campaigns: [relance-retail], to: 2026-12-15}
  ml-01: {profile: mission_lead, campaigns: [t4-industrie]}
records:
  fonderie:
    contact: {id: c42, first_name: Bérénice, phone: "+33 1 99 00 12 34", notes: plancher}
    account: {industry: industrie, price_list: grands-comptes}
    opportunity: {stage: prospection, margin: 26350.53}
"""

Tried = Callable[..., LinkTried]


def policy_with(*swaps: tuple[str, str]) -> Policy:
    """The example's policy, after some words of its file were exchanged."""
    text = LINK
    for before, after in swaps:
        assert before in text, before
        text = text.replace(before, after)
    reading = read_link(text, "nord", views=lambda name: registry.connector(name).views)
    assert reading.link is not None, [found.message() for found in reading.findings]
    return compile_link(reading.link, views=registry.connector(reading.link.dialer.connector).views)


@pytest.fixture
def tried() -> Tried:
    """Run cases under the example's people and records; words of the link may be exchanged first."""
    i18n.speak("en")

    def run(cases: str, *swaps: tuple[str, str], given: str = GIVEN) -> LinkTried:
        return try_text(given + dedent(cases), "cases.yaml", policy_with(*swaps))

    return run


def failures(tried: LinkTried) -> list[str]:
    """What failed, in words."""
    (file,) = tried.files
    assert file.findings == (), [found.message() for found in file.findings]
    return [failure.message() for result in file.results for failure in result.failures]


def findings(tried: LinkTried) -> list[tuple[str, int, str]]:
    """(code, line, nearest right word) of what cannot be read."""
    (file,) = tried.files
    return [(found.code, found.line, found.nearest) for found in file.findings]
