"""Label packs: money, margins and notes are reserved in each, before anyone thinks of it."""

import re

import pytest

from ecluse import shipped
from mapping.link import FIELD_NAME_PATTERN
from mapping.scene import CALLS, DECIDES, KNOWN_LABELS
from mapping.words import Object
from tests.ecluse.packed import link_of, reading_of

PACKS = {pack.name.removeprefix("packs/"): pack for pack in shipped.packs() if pack.labels}
CALLERS = ("jobphoning-telemarketing", "crm-handbook", "marketing-crm")

#: What a name says when the field holds money, a margin, somebody's judgement or free text.
SAYS_RESERVED = re.compile(
    r"amount|revenue|pric|discount|margin|cost|budget|value|mrr|arr|acv|tcv|note|comment|descri|memo|credit|debit|payment"
    r"|invoice|tax|vat|bank|forecast|probab|score|rating|grade|priorit|compet|quote|income|currency|birth|gender|marital"
    r"|lost|message|pain|iban",
    re.IGNORECASE,
)

#: Written by hand from what each vendor calls its fields: these are reserved, by this label.
RESERVED = {
    "salesforce": """
        opportunity: Amount pricing, ExpectedRevenue pricing, Discount__c pricing, Margin__c margin,
            Probability strategy, ForecastCategory strategy, CloseDate strategy, Description confidential
        account: AnnualRevenue strategy, Rating strategy, Description confidential, DunsNumber billing
        contact: Description confidential, AnnualRevenue strategy, Rating strategy, Birthdate confidential""",
    "dynamics365": """
        opportunity: estimatedvalue pricing, actualvalue pricing, totalamount pricing, discountamount pricing,
            discountpercentage pricing, budgetamount pricing, pricelevelid pricing, closeprobability strategy,
            description confidential, quotecomments confidential, customerpainpoints confidential, new_margin margin
        account: creditlimit billing, creditonhold billing, paymenttermscode billing, revenue strategy,
            openrevenue strategy, marketcap strategy, description confidential
        contact: annualincome confidential, budgetamount pricing, estimatedvalue pricing, description confidential""",
    "zoho": """
        opportunity: Amount pricing, Expected_Revenue pricing, Discount pricing, Margin margin, Probability strategy,
            Closing_Date strategy, Description confidential, Reason_For_Loss__s confidential
        account: Annual_Revenue strategy, Rating strategy, Description confidential
        contact: Annual_Revenue strategy, Description confidential, Visitor_Score strategy""",
    "freshsales": """
        opportunity: amount pricing, base_currency_amount pricing, expected_deal_value pricing, cf_discount pricing,
            cf_margin margin, deal_payment_status_id billing, probability strategy, recent_note confidential
        account: annual_revenue strategy, open_deals_amount pricing, won_deals_amount pricing, recent_note confidential
        contact: open_deals_amount pricing, lead_score strategy, recent_note confidential""",
    "hubspot": """
        opportunity: amount pricing, amount_in_home_currency pricing, hs_acv pricing, hs_arr pricing, hs_mrr pricing,
            hs_tcv pricing, discount pricing, margin margin, hs_deal_stage_probability strategy, hs_priority strategy,
            description confidential, closed_lost_reason confidential
        account: annualrevenue strategy, total_revenue pricing, recent_deal_amount pricing, description confidential
        contact: annualrevenue strategy, hubspotscore strategy, message confidential, date_of_birth confidential""",
    "odoo": """
        opportunity: expected_revenue pricing, prorated_revenue pricing, recurring_revenue pricing,
            probability strategy, priority strategy, description confidential,
            x_studio_discount pricing, x_studio_margin margin
        account: credit_limit billing, property_payment_term_id billing, property_product_pricelist pricing,
            vat billing, bank_ids billing, total_invoiced billing, comment confidential
        contact: comment confidential, description confidential, expected_revenue pricing""",
    "tryton": """
        opportunity: amount pricing, payment_term billing, conversion_probability strategy, description confidential,
            comment confidential, lost_reason confidential, discount pricing, margin margin
        account: receivable billing, payable billing, customer_payment_term billing, sale_price_list pricing,
            tax_identifier billing, notes confidential
        contact: tax_identifier billing, notes confidential""",
}  # fmt: skip

#: And these a caller needs: a pack that reserved them would be of no use (R047).
NEEDED = {
    "salesforce": "contact.FirstName contact.LastName contact.Phone contact.Email account.Name opportunity.StageName",
    "dynamics365": "contact.firstname contact.lastname contact.telephone1 account.name opportunity.salesstage",
    "zoho": "contact.First_Name contact.Last_Name contact.Phone contact.Email account.Account_Name opportunity.Stage",
    "freshsales": "contact.first_name contact.last_name contact.mobile_number account.name opportunity.deal_stage_id",
    "hubspot": "contact.firstname contact.lastname contact.phone contact.email account.name opportunity.dealstage",
    "odoo": "contact.name contact.phone contact.email account.name opportunity.stage_id",
    "tryton": "contact.name contact.phone contact.mobile contact.email account.name opportunity.state",
}


def readable() -> set[tuple[str, str]]:
    """(object, label) of every role of the packs that calls and decides nothing."""
    found = set()
    for pack in CALLERS:
        link = link_of(pack)
        for name, role in link.roles.items():
            line = [name, *filter(None, [role.extends])]
            grants = {grant for one in line for grant in link.roles[one].write}
            if grants & CALLS and not grants & DECIDES:
                found |= {
                    (o.value, word) for one in line for o, words in link.roles[one].read.items() for word in words
                }
    return found


def test_the_seven_crms_have_a_pack_and_an_expectation() -> None:
    crms = {"salesforce", "dynamics365", "zoho", "freshsales", "hubspot", "odoo", "tryton"}
    assert set(PACKS) == crms == set(RESERVED) == set(NEEDED)


@pytest.mark.requirement("R042")
@pytest.mark.requirement("R043")
@pytest.mark.requirement("R045")
@pytest.mark.parametrize("crm", RESERVED)
def test_fields_that_must_be_reserved_are(crm: str) -> None:
    pack = PACKS[crm]
    expected = {}
    for part in re.split(r"\n +(?=\w+:)", RESERVED[crm].strip()):
        item, fields = part.split(":")
        for field in fields.split(","):
            name, label = field.split()
            expected[item.strip(), name] = label

    assert {field: pack.labels.get(field) for field in expected} == expected
    assert set(expected) <= pack.reserved


@pytest.mark.requirement("R043")
@pytest.mark.requirement("R044")
@pytest.mark.parametrize("crm", PACKS)
def test_no_field_that_speaks_of_money_or_notes_is_for_callers(crm: str) -> None:
    shown = readable()

    assert {label for _item, label in shown} == {"identity", "reachability", "context", "progress"}
    assert [
        (item, name, label)
        for (item, name), label in PACKS[crm].labels.items()
        if SAYS_RESERVED.search(name) and (item, label) in shown
    ] == []


@pytest.mark.requirement("R047")
@pytest.mark.parametrize("crm", NEEDED)
def test_what_a_caller_needs_is_theirs_to_see(crm: str) -> None:
    shown = readable()
    labels = {field: PACKS[crm].labels[(*field.split("."),)] for field in NEEDED[crm].split()}  # type: ignore[index]

    assert [field for field, label in labels.items() if (field.split(".")[0], label) not in shown] == []


@pytest.mark.requirement("R033")
@pytest.mark.parametrize("crm", PACKS)
def test_a_pack_says_which_fields_of_a_record_must_be_filled(crm: str) -> None:
    pack = PACKS[crm]
    labels = {(item, pack.labels[item, name]) for item, name in pack.mandatory}

    assert {("contact", "identity"), ("contact", "reachability"), ("account", "identity")} <= labels
    assert ("opportunity", "progress") in labels
    assert pack.mandatory.isdisjoint(pack.reserved)


@pytest.mark.requirement("R033")
def test_a_firm_asks_for_more_fields_and_for_none_that_nobody_knows() -> None:
    more = "mandatory: {contact: [Email], account: [BillingCity]}\nprofiles: {}\n"
    unknown = reading_of("salesforce", "crm-handbook", more=more.replace("BillingCity", "BilingCity"))
    [finding] = [one for one in unknown.findings if one.code.startswith("E")]

    mandatory = {
        item.value: names for item, names in link_of("salesforce", "crm-handbook", more=more).mandatory.items()
    }
    assert mandatory == {
        "contact": ["LastName", "Phone", "Email"],
        "account": ["Name", "Industry", "BillingCity"],
        "opportunity": ["Name", "StageName"],
    }
    assert (finding.code, finding.nearest, finding.file) == ("E240", "BillingCity", "links/ouest.yaml")


@pytest.mark.parametrize("crm", PACKS)
def test_every_object_has_prices_margins_and_notes_that_are_kept_back(crm: str) -> None:
    for item in Object:
        labels = {label for (of, _name), label in PACKS[crm].labels.items() if of == item.value}
        assert {"margin", "pricing", "confidential"} <= labels, item


@pytest.mark.parametrize("crm", PACKS)
def test_labels_are_known_words_and_names_are_fields(crm: str) -> None:
    pack = PACKS[crm]

    assert set(pack.labels.values()) <= {*KNOWN_LABELS, "consent"}
    assert [name for _item, name in pack.labels if not re.fullmatch(FIELD_NAME_PATTERN, name)] == []
    folded = [(item, name.casefold()) for item, name in pack.labels]
    assert len(folded) == len(set(folded))


@pytest.mark.parametrize("crm", PACKS)
def test_the_head_names_the_vendors_page_and_the_day(crm: str) -> None:
    head = PACKS[crm].text.split("\nlabels:")[0]

    assert all(line.startswith("#") or not line for line in head.splitlines())
    assert re.search(r"https://\S+", head)
    assert re.search(r"as of 20\d\d-\d\d-\d\d", head.replace("\n# ", " "))
