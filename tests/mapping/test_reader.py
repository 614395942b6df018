"""Reading link files as a whole: the design's sketch, YAML's traps, limits, shared files, surroundings."""

from datetime import date, timedelta

import pytest

from mapping.checks import check_link
from mapping.codes import Severity
from mapping.document import BYTES_MAX, DEPTH_MAX
from mapping.findings import FINDINGS_MAX, Finding
from mapping.policy import canonical
from mapping.reader import Around, Reading, read_link, uses
from mapping.words import Disposition, Object, Shape
from tests.mapping.files import GOOD, cases, sketch, swap

ROLES = """
roles:
  contributor:
    read: {contact: [identity, reachability], account: [identity, context], opportunity: [progress]}
    write: [call_result, propose_appointment]
labels:
  account: {size: context}
"""


def codes(reading: Reading, severity: Severity = Severity.ERROR) -> list[str]:
    return [finding.code for finding in reading.findings if finding.severity is severity]


def only(reading: Reading, code: str) -> Finding:
    (finding,) = (finding for finding in reading.findings if finding.code == code)
    return finding


def test_the_sketch_of_the_design_reads_exactly_as_it_is_written() -> None:
    link = read_link(sketch(), "links/nord.yaml").link

    assert link is not None
    assert (link.link, link.owner_tenant, link.country) == ("nord", "nord", "FR")
    assert link.revision.reason == "Campagne T4 confiée à JobPhoning"
    assert link.revision.date == date(2026, 11, 20)
    assert link.labels[Object.OPPORTUNITY] == {
        "stage": "progress", "amount": "pricing", "margin": "margin", "priority": "strategy",
    }  # fmt: skip
    assert link.roles["validator"].extends == "contributor"
    project = link.perimeter.projects["t4-industrie"]
    assert project.where == {"account.industry": ["retail", "software"]}
    assert (project.starts, project.ends) == (None, date(2026, 12, 31))
    assert [(line.source, line.to, line.shape) for line in link.fields] == [
        ("contact.phone", "phone", Shape.E164),
        ("account.name", "company", Shape.TEXT),
        ("opportunity.stage", "status", Shape.TEXT),
    ]
    assert link.fields[2].values == {"Prospecting": "a_appeler", "Engaging": "en_cours"}
    assert link.dispositions["NRP"].retry_after == timedelta(days=2)
    assert link.dispositions["REFUS"].means is Disposition.OPPOSED


@pytest.mark.requirement("R002")
def test_two_roles_are_warned_about_and_nine_refused() -> None:
    nine = swap(GOOD, ("  auditor:\n", "".join(f"  r{n}: {{read: {{}}}}\n" for n in range(5)) + "  auditor:\n"))

    assert only(read_link(sketch(), "nord"), "W302").args["count"] == "2"
    assert only(read_link(nine, "nord"), "E124").args["count"] == "9"


@pytest.mark.requirement("R039")
def test_choosing_the_open_model_prints_its_risk() -> None:
    finding = only(read_link(swap(GOOD, ("model: teams", "model: open")), "nord"), "N401")

    assert "confidentiality" in finding.message()


@pytest.mark.requirement("R040")
def test_choosing_teams_prints_its_risk() -> None:
    assert "silos" in only(read_link(GOOD, "nord"), "N402").message()


@pytest.mark.requirement("R087")
@pytest.mark.parametrize(
    "part",
    ['reason: "Campagne T4 confiée à JobPhoning", ', " date: 2026-11-20,", ", decided_by: direction-commerciale"],
)
def test_a_revision_without_motive_date_or_decider_is_refused(part: str) -> None:
    reading = read_link(swap(GOOD, (part, "")), "nord")

    assert reading.link is None
    assert codes(reading) == ["E123"]


@pytest.mark.parametrize("word", ["no", "yes", "on", "off", "y", "0123", "12:30:45", "1e3", "0x1F", "true", "Null"])
def test_a_call_result_may_be_called_anything(word: str) -> None:
    link = read_link(swap(GOOD, ("RDV: {is: app", f"{word}: {{is: app")), "nord").link

    assert link is not None
    assert {word, "NO"} <= set(link.dispositions)


@pytest.mark.parametrize("word", ["NO", "on", "0123", "12:30:45", "1_000", "2026-11-20", "1.50", "true"])
def test_a_word_of_the_dialer_stays_as_it_was_written(word: str) -> None:
    link = read_link(swap(GOOD, ("Engaging: en_cours", f"Engaging: {word}")), "nord").link

    assert link is not None
    assert link.fields[4].values == {"Prospecting": "a_appeler", "Engaging": word}


def test_conditions_take_text_whole_numbers_and_truth_values() -> None:
    values = "[nord, 59, '59', -3, true, FALSE, NO, 12:30:45, \"01000\", 2A]"
    link = read_link(swap(GOOD, ("[nord, 59]", values)), "nord").link

    assert link is not None
    read = link.perimeter.territories["nord"]["owner.territory"]
    expected = ["nord", 59, "59", -3, True, False, "NO", "12:30:45", "01000", "2A"]
    assert [(type(value), value) for value in read] == [(type(value), value) for value in expected]


def test_all_problems_of_a_file_are_found_in_one_run() -> None:
    text = swap(
        GOOD,
        ("country: FR", "country: fr"),
        ("connection: jp-nord", "conection: jp-nord"),
        ("role: auditor", "role: auditer"),
        ("from: account.name", "from: opportunity.margin"),
        ("as: e164", "as: e146"),
        ("retry_after: 2d", "retry_after: two days"),
        ("ends: 2026-12-31", "ends: 2026-02-30"),
    )

    found = codes(read_link(text, "nord"))

    assert found == ["E110", "E115", "E206", "E116", "E113", "E201", "E117"]


def test_a_slip_does_not_draw_others_after_it() -> None:
    misspelt = swap(GOOD, ("  contributor:\n    read", "  contributer:\n    read"))

    assert codes(read_link(misspelt, "nord")) == ["E204", "E206"]
    assert codes(read_link(swap(GOOD, ("    phone: reachability\n", "    phone: {x: y}\n")), "nord")) == ["E114"]


@pytest.mark.requirement("R043")
def test_a_field_that_one_profile_may_not_see_is_an_error_where_all_see_the_same() -> None:
    text = swap(GOOD, ("sector}\n", "sector}\n  - {from: opportunity.margin, to: note}\n"))

    alike, apart = read_link(text, "nord"), read_link(text, "nord", views=True)

    error = only(alike, "E201")
    assert error.args["profile"] == "teleoperator"
    way = next(note for note in error.notes if note.kind == "way")
    assert way.text() == "opportunity.margin -> note -> teleoperator -> contributor, cleared for progress"
    beside = next(note for note in error.notes if note.kind == "beside")
    assert beside.text() == "labelled margin (nord:15)"
    assert apart.link is not None
    assert only(apart, "N403").args["profiles"] == "teleoperator, mission_lead, quality"


def test_a_field_that_nobody_may_see_is_an_error_even_with_views() -> None:
    text = swap(GOOD, ("from: account.name", "from: contact.notes"))

    assert codes(read_link(text, "nord", views=True)) == ["E201", "E223"]


def test_views_may_be_told_from_the_dialers_connector() -> None:
    text = swap(GOOD, ("sector}\n", "sector}\n  - {from: opportunity.margin, to: note}\n"))

    assert read_link(text, "nord", views=lambda connector: connector == "jobphoning").link is not None
    assert read_link(text, "nord", views=lambda connector: connector == "other").link is None


def test_a_link_can_be_checked_again_by_itself() -> None:
    reading = read_link(GOOD, "nord")

    assert reading.link is not None
    assert check_link(reading.link, reading.marks, views=False) == reading.findings
    assert [finding.code for finding in check_link(reading.link, views=True)] == ["N402"]


@pytest.mark.requirement("R048")
def test_showing_callers_too_little_is_warned_about_once_for_each_label() -> None:
    reading = read_link(swap(GOOD, ("  - {from: account.industry, to: sector}\n", "")), "nord")

    warning = only(reading, "W303")
    assert reading.link is not None
    assert (warning.args["word"], warning.args["roles"]) == ("context", "contributor, auditor")


@pytest.mark.requirement("R043")
def test_a_callers_role_that_reads_margins_is_warned_about() -> None:
    reading = read_link(
        swap(GOOD, ("opportunity: [progress]}\n    write", "opportunity: [progress, margin]}\n    write")), "n"
    )

    assert only(reading, "W306").args == {"role": "contributor", "word": "margin"}


def test_a_role_that_no_profile_has_is_noted() -> None:
    assert only(read_link(swap(GOOD, ("  quality: {role: auditor}\n", "")), "nord"), "N405").args["role"] == "auditor"


def test_what_this_installation_does_not_have_is_refused_with_the_nearest() -> None:
    around = Around(crm={"tryton"}, dialer={"jobphoning"}, connections={"crm-nord", "jp-sud"})
    text = swap(GOOD, ("connector: tryton", "connector: triton"))

    reading = read_link(text, "nord", around=around)

    assert [(found.code, found.nearest) for found in reading.findings if found.code.startswith("E2")] == [
        ("E211", "tryton"),
        ("E212", ""),
    ]


def test_a_shared_file_counts_as_said_here() -> None:
    a, rest = GOOD.split("  contributor:\n")
    text = a + "  validator:\n" + rest.split("  validator:\n", 1)[1] + "use: roles/standard\n"

    reading = read_link(text, "nord", shared={"roles/standard": ROLES})

    assert uses(text) == ("roles/standard",)
    assert reading.link is not None
    assert list(reading.link.roles) == ["contributor", "validator", "direction", "auditor"]
    assert reading.link.labels[Object.ACCOUNT]["size"] == "context"
    assert reading.marks.at("labels", "account", "size").word.file == "roles/standard"


def test_a_link_cannot_say_otherwise_than_a_shared_file() -> None:
    shared = {"labels/crm": "labels: {opportunity: {margin: strategy}, account: {size: context}}\n"}

    reading = read_link(GOOD + "use: [labels/crm]\n", "nord", shared=shared)

    finding = only(reading, "E103")
    assert reading.link is None
    assert (finding.file, finding.line, finding.args["where"]) == ("nord", 15, "labels/crm:1")


def test_a_shared_file_that_does_not_exist_or_holds_too_much_is_refused() -> None:
    shared = {"roles/standard": ROLES + "fields: []\n"}

    missing = read_link(GOOD + "use: roles/standart\n", "nord", shared=shared)
    too_much = read_link(GOOD + "use: roles/standard\n", "nord", shared=shared)
    outside = read_link(GOOD + "use: ../../etc/passwd\n", "nord", shared=shared)

    assert only(missing, "E126").nearest == "roles/standard"
    assert only(too_much, "E127").file == "roles/standard"
    assert codes(outside) == ["E114"]
    assert uses(GOOD + "use: ../../etc/passwd\n") == ()


def test_a_file_too_large_or_too_deep_is_not_read() -> None:
    large, deep = "# " + "é" * (BYTES_MAX // 2), "link: " + "[" * (DEPTH_MAX + 1)

    assert only(read_link(large, "nord"), "E106").args["what"] == "large"
    assert only(read_link(deep + "[" * 100_000, "nord"), "E106").column == len("link: ") + DEPTH_MAX


def test_warnings_never_crowd_out_an_error() -> None:
    many = "".join(f"    {name}: {{account.f{name}: [x]}}\n" for name in (f"c{n}" for n in range(FINDINGS_MAX + 50)))
    text = swap(GOOD, ("  projects:\n", "  projects:\n" + many), ("from: account.name", "from: opportunity.margin"))

    reading = read_link(text, "nord")

    assert reading.link is None
    assert codes(reading) == ["E201"]
    assert len(codes(reading, Severity.WARNING)) <= FINDINGS_MAX
    assert "N406" in codes(reading, Severity.NOTE)


def test_a_thousand_errors_are_cut_and_said_to_be() -> None:
    lines = "".join(f"  - {{form: contact.f{n}, to: f{n}}}\n" for n in range(1000))

    reading = read_link(swap(GOOD, ("fields:\n", "fields:\n" + lines)), "nord")

    assert reading.link is None
    assert len(codes(reading)) == FINDINGS_MAX
    assert reading.findings[0].code == "N406"


def test_a_terminal_is_safe_from_what_a_file_quotes() -> None:
    reading = read_link(swap(GOOD, ("is: opposed", 'is: "\\e[31mred\\n"')), "nord")

    assert "\x1b" not in only(reading, "E113").message()
    assert "\n" not in only(reading, "E113").message()


def test_the_value_of_an_unknown_key_is_never_quoted() -> None:
    reading = read_link(swap(GOOD, ("connection: jp-nord", "connection: jp-nord, password: hunter2")), "nord")

    assert "hunter2" not in str(reading.findings)


def test_the_canonical_form_knows_meaning_from_layout() -> None:
    plain = read_link(GOOD, "a").link
    other = read_link(
        "# moved\n"
        + swap(GOOD, ("country: FR\n", ""), ("retry_after: 2d", "retry_after: 48h"), ("max: 60", "max:   60")),
        "b",
    ).link
    assert plain is not None
    assert other is not None

    assert canonical(plain) == canonical(other)
    assert b'"retry_after":"2d"' in canonical(plain)


def test_the_canonical_form_keeps_the_order_of_campaigns() -> None:
    salon = "    salon: {owner.team: [nord], account.industry: [services]}\n"
    first = read_link(GOOD, "a").link
    moved = read_link(swap(GOOD, (salon, ""), ("  projects:\n", "  projects:\n" + salon)), "a").link
    assert first is not None
    assert moved is not None

    assert canonical(first) != canonical(moved)


def test_a_byte_that_is_no_utf8_is_refused_at_its_place() -> None:
    text = swap(GOOD, ("confiée", "confi\udce9e"))

    finding = only(read_link(text, "nord"), "E108")

    assert finding.message() == "a character that cannot be seen: byte E9, no UTF-8"
    assert (finding.line, finding.column) == (4, 38)


def test_line_ends_of_windows_and_a_byte_order_mark_change_nothing() -> None:
    text = swap(GOOD, ("is: no_answer", "is: no_awnser"))
    ours, theirs = read_link(text, "nord"), read_link("\ufeff" + text.replace("\n", "\r\n"), "nord")

    assert ours.findings == theirs.findings


def test_reading_twice_finds_the_same() -> None:
    for case in cases():
        assert read_link(case.text, "nord")[:2] == read_link(case.text, "nord")[:2]
