"""Real data for a demonstration: DIR/crm-sales as the CRM, DIR/bank-calls as what the call centre reports.

The sales data name no contacts: one is made up for each deal, and one for each account without a
deal, from a seed, with numbers set aside for fiction. The calls name no caller, number or date: they
are dealt out in the order of the file. Prices and values of deals are those of the files; none is made up.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from ecluse.command import Failure
from ecluse.demo import ground, words
from ecluse.demo.firm import phones
from ecluse.demo.scenario import NO_ACCOUNT, Scenario, called
from ecluse.demo.week import Happened
from ecluse.i18n import _

LINK = Path(__file__).parent / "data.yaml"
CALLERS = tuple(f"tp-{number}" for number in range(11, 16))
CAMPAIGNS = "grands-contrats prospection fidelisation"
PEOPLE = "id,profile,team,territory,campaigns,crm_user,starts,ends\n" + "".join(
    f"{name},{profile},phoning,,{CAMPAIGNS},u-{name},2026-01-05,\n"
    for name, profile in (*((name, "teleoperator") for name in CALLERS), ("ml-01", "mission_lead"))
)
#: Slips of the pen that these files are known for.
SLIPS = {"technolgy": "technology", "Philipines": "Philippines"}
#: A call shorter than this reached nobody; shorter than the second, a machine.
NOBODY_SECONDS, MACHINE_SECONDS = 10, 45
MINUTE = timedelta(minutes=1)
ATTEMPTS_MAX = 10_000


def real(folder: Path, seed: int, today: date) -> Scenario:
    """The scenario of a data folder."""
    mended: Counter[str] = Counter()
    sales, calls = folder / "crm-sales", folder / "bank-calls" / "calls.csv"
    people = {row["sales_agent"]: row for row in table(sales / "sales_teams.csv")}
    prices = {row["product"]: int(row["sales_price"]) for row in table(sales / "products.csv")}
    accounts = _accounts(sales / "accounts.csv", mended)
    ids = {row["name"]: row["id"] for row in accounts}
    deals = list(_deals(sales / "sales_pipeline.csv", ids, prices, people, mended))
    contacts = list(_contacts(seed, deals, accounts))
    reported = list(table(calls))
    for row in deals:
        row.pop("agent")
    reserved = [*(row.get("close_value") for row in deals), *prices.values(), *(row.get("revenue") for row in accounts)]
    said = " ".join([*prices, *ids])
    public = {float(number) for number in re.findall(r"\d+(?:\.\d+)?", said)}
    return Scenario(
        "data",
        seed,
        ground.moved(LINK.read_text(encoding="utf-8"), today),
        ground.moved(PEOPLE, today),
        {"account": accounts, "contact": contacts, "opportunity": deals},
        lambda prospects: list(_replayed(reported, prospects, datetime.now(UTC).replace(microsecond=0))),
        [value for value in reserved if value not in public],
        10,
        dict(mended),
        len(people),
        {"opportunities": len(deals), "calls": len(reported)},
    )


def table(path: Path) -> list[dict[str, str]]:
    """The rows of a file, its separator found in its first line."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        problem = getattr(error, "strerror", None) or "UTF-8?"
        raise Failure(_("{file} cannot be read: {problem}", file=str(path), problem=problem)) from None
    head = text.split("\n", 1)[0]
    rows = csv.DictReader(text.splitlines(), delimiter=";" if head.count(";") > head.count(",") else ",")
    return [{key: (value or "").strip() for key, value in row.items() if key} for row in rows]


def _accounts(path: Path, mended: Counter[str]) -> list[dict[str, Any]]:
    accounts = []
    for number, row in enumerate(table(path), 1):
        sector, country = (_mended(row.get(name, ""), mended) for name in ("sector", "office_location"))
        account: dict[str, Any] = {"id": f"a{number}", "name": row["account"], "sector": sector, "country": country}
        for name, kind in (("year_established", int), ("employees", int), ("revenue", float)):
            account[name] = kind(row[name]) if row.get(name) else None
        accounts.append(account)
    return accounts


def _mended(word: str, mended: Counter[str]) -> str:
    if word in SLIPS:
        mended[f"{word} -> {SLIPS[word]}"] += 1
    return SLIPS.get(word, word)


def _deals(
    path: Path, accounts: Mapping[str, str], prices: Mapping[str, int], people: Mapping[str, Mapping[str, str]],
    mended: Counter[str],
) -> Iterator[dict[str, Any]]:  # fmt: skip
    products = {"".join(name.split()).casefold(): name for name in prices}
    for row in table(path):
        product = products.get("".join(row["product"].split()).casefold(), row["product"])
        if product != row["product"]:
            mended[f"{row['product']} -> {product}"] += 1
        agent = row["sales_agent"]
        deal: dict[str, Any] = {
            "id": row["opportunity_id"],
            "agent": agent,
            "stage": row["deal_stage"],
            "product": product,
            "engage_date": row["engage_date"] or None,
            "close_date": row["close_date"] or None,
            "close_value": int(float(row["close_value"])) if row["close_value"] else None,
            "list_price": prices.get(product),
            "owner_id": _slug(agent),
            "owner_team": _slug(people.get(agent, {}).get("manager", "")),
            "owner_territory": _slug(people.get(agent, {}).get("regional_office", "")),
        }
        account = accounts.get(row["account"])
        if account:
            deal["account"] = account
        else:
            mended[NO_ACCOUNT] += 1
        yield deal


def _contacts(
    seed: int, deals: Sequence[dict[str, Any]], accounts: Sequence[Mapping[str, Any]]
) -> Iterator[dict[str, Any]]:
    """One for each deal, who is then named by it; and one for each account that no deal names."""
    random = Random(f"{seed} contacts")  # noqa: S311 - made up the same way each time, no secret
    numbers = phones(random)
    named = {deal.get("account") for deal in deals}
    lone = [account for account in accounts if account["id"] not in named]
    for at, source in enumerate([*deals, *lone], 1):
        contact = {
            "id": f"c{at}",
            "first_name": random.choice(words.FIRST_NAMES),
            "last_name": random.choice(words.LAST_NAMES),
            "phone": next(numbers),
            "email": f"contact-{at}@sales.example",
        }
        if "stage" in source:
            deal: Any = source
            deal["contact"] = contact["id"]
            contact |= {key: deal[key] for key in ("owner_id", "owner_team", "owner_territory")}
            account = deal.get("account")
        else:
            account = source["id"]
        yield {**contact, "account": account} if account else contact


def _replayed(
    reported: Sequence[Mapping[str, str]], prospects: Mapping[str, Mapping[str, Any]], until: datetime
) -> Iterator[Happened]:
    """Every call of the file, in its order, dealt out among the prospects that the dialer holds."""
    listed = [called(record, item) for record, item in sorted(prospects.items())]
    for number, row in enumerate(reported):
        prospect = listed[number % len(listed)]
        at = until - (len(reported) - number) * MINUTE
        data: dict[str, Any] = {
            "prospect": {"id": prospect.record, "phone": prospect.phone},
            "campaign": prospect.campaign,
            "agent": {"id": CALLERS[number % len(CALLERS)]},
            "call": {
                "id": f"k{number + 1}",
                "disposition": disposition(row),
                "started_at": at.isoformat(),
                "duration": _whole(row.get("duration"), 86_400),
                "attempt": max(1, _whole(row.get("campaign"), ATTEMPTS_MAX)),
            },
        }
        if data["call"]["disposition"] == "RDV":
            start = (at + timedelta(days=7)).replace(minute=0, second=0)
            data["appointment"] = {"id": f"rdv-{number + 1}", "start": start.isoformat(), "subject": "Rendez-vous"}
        yield Happened(f"call-{number + 1}", "phoning.call.ended", at, prospect.record, data)


def disposition(row: Mapping[str, str]) -> str:
    """What this call centre would have noted: they accepted, or how long the call took says the rest."""
    seconds = _whole(row.get("duration"), 86_400)
    if row.get("y") == "yes":
        return "RDV"
    return "NRP" if seconds < NOBODY_SECONDS else "REP" if seconds < MACHINE_SECONDS else "PI"


def _whole(word: str | None, most: int) -> int:
    return min(int(word), most) if word and word.isdigit() else 0


def _slug(name: str) -> str:
    return "-".join(name.lower().split())
