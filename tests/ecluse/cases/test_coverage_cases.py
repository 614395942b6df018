"""What no case touches: rights, fields and results of calls that a case says something of are not in the list."""

SEES = "cases:\n  - {name: one, record: fonderie, sees: {quality: [first_name, industry]}}\n"
CALL = "{name: one, record: fonderie, by: tp-12, type: phoning.call.ended, data: {call: {disposition: nrp}}"


def left(tried, cases: str):
    return tried(cases if cases.startswith("cases:") else f"cases:\n{cases}").touched.uncovered()


def test_nothing_is_touched_by_a_record_that_goes_out_unlooked_at(tried):
    found = left(tried, "  - {name: one, record: fonderie, expect: {verdict: send}}\n")
    assert len(found.fields) == found.total["fields"] == 12
    assert len(found.grants) == found.total["grants"]


def test_what_is_listed_and_seen_is_touched_for_the_role_that_sees_it(tried):
    found = left(tried, SEES)
    assert "first_name" not in found.fields
    assert "phone" in found.fields
    assert ("reader", "contact", "identity") not in found.grants
    assert ("contributor", "contact", "identity") in found.grants


def test_a_denial_touches_no_right(tried):
    assert ("contributor", "contact", "reachability") in left(tried, SEES.replace("quality", "teleoperator")).grants


def test_a_role_is_touched_through_one_that_extends_it(tried):
    found = left(tried, SEES.replace("quality: [first_name", "mission_lead: [phone, first_name"))
    assert ("contributor", "contact", "reachability") not in found.grants


def test_a_result_that_is_written_touches_its_disposition_and_its_write(tried):
    found = left(tried, f"  - {CALL}, expect: {{verdict: write}}}}\n")
    assert "NRP" not in found.dispositions
    assert "OCC" in found.dispositions
    assert ("contributor", "call_result") not in found.writes
    assert ("contributor", "comment") in found.writes


def test_a_refusal_touches_neither(tried):
    found = left(tried, f"  - {CALL.replace('tp-12', 'tp-13')}, expect: {{verdict: refuse}}}}\n")
    assert "NRP" in found.dispositions
    assert ("contributor", "call_result") in found.writes


def test_a_matrix_touches_all_that_it_is_of(tried):
    read = left(tried, "  - {name: one, allow: {read: {}}}\n")
    assert (read.fields, read.grants) == ((), ())
    assert len(read.writes) == read.total["writes"]
    assert left(tried, "  - {name: one, allow: {write: {}}}\n").writes == ()
