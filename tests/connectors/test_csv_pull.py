"""Exports as firms really write them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import rows_of
from connectors.csv_folder import CONNECTOR
from connectors.csv_folder.pulling import pull
from connectors.csv_folder.reading import slug
from connectors.csv_folder.settings import Settings
from connectors.faults import Fault, Malformed, Misconfigured, Transient
from connectors.http import NoHttp
from connectors.port import Asked, Page, Reject, Session
from mapping.words import Object
from tests.services.crm_sales import DATA
from tests.services.crm_sales import rows_of as data

PLAIN = "id;nom;téléphone\r\n1;Ève;01 99 00 00 01\r\n2;Zoé;01 99 00 00 02\r\n"


def session(folder: Path, *, sheet: dict[str, Any] | None = None, **others: Any) -> Session[Settings]:
    values = {"folder": folder, "contacts": {"file": "contacts.csv", **(sheet or {})}, **others}
    return Session(Settings.model_validate(values), NoHttp())


async def pages_of(
    held: Session[Settings], fields: Sequence[str] = ("nom", "telephone"), since: str | None = None
) -> Sequence[Page]:
    return [page async for page in pull(held, Asked(Object.CONTACT, tuple(fields)), since)]


def write(folder: Path, text: str, encoding: str = "utf-8") -> None:
    (folder / "contacts.csv").write_bytes(text.encode(encoding))


async def rejects_of(folder: Path, text: str) -> Sequence[Reject]:
    write(folder, text)
    return [reject for page in await pages_of(session(folder)) for reject in page.rejects]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r"])
async def test_the_form_of_a_file_is_found_out(tmp_path: Path, encoding: str, delimiter: str, line_end: str) -> None:
    write(tmp_path, PLAIN.replace(";", delimiter).replace("\r\n", line_end), encoding)
    rows = rows_of(await pages_of(session(tmp_path)))
    assert [(row.key, row.fields) for row in rows] == [
        ("1", {"nom": "Ève", "telephone": "01 99 00 00 01"}),
        ("2", {"nom": "Zoé", "telephone": "01 99 00 00 02"}),
    ]


async def test_quoted_cells_hold_delimiters_quotes_and_line_ends(tmp_path: Path) -> None:
    write(tmp_path, 'id,"nom, prénom",note\n1,"Roux, Ève","dit ""oui""\nle matin"\n')
    [row] = rows_of(await pages_of(session(tmp_path), ("nom_prenom", "note")))
    assert row.fields == {"nom_prenom": "Roux, Ève", "note": 'dit "oui"\nle matin'}


async def test_what_is_guessed_can_be_said(tmp_path: Path) -> None:
    write(tmp_path, "id;a,b,c\n1;€\n", "iso8859-15")
    [row] = rows_of(await pages_of(session(tmp_path, encoding="iso8859-15", delimiter=";"), ("a_b_c",)))
    assert row.fields == {"a_b_c": "€"}
    write(tmp_path, PLAIN, "cp1252")
    with pytest.raises(Malformed, match="wrong_encoding"):
        await pages_of(session(tmp_path, encoding="utf-8"))


async def test_columns_may_be_called_otherwise(tmp_path: Path) -> None:
    write(tmp_path, "N° client;Société;Tél.;Vendeur;Secteur\n7;12;01 99 00 00 01;u3;59\n")
    sheet = {
        "key": "N° client",
        "refs": {"account": "Société"},
        "owner": {"id": "vendeur", "territory": "secteur"},
        "columns": {"Tél.": "phone"},
    }
    [row] = rows_of(await pages_of(session(tmp_path, sheet=sheet), ("phone", "societe", "tel")))
    assert (row.key, row.refs, row.owner) == ("7", {"account": "12"}, {"id": "u3", "territory": "59"})
    assert row.fields == {"phone": "01 99 00 00 01", "societe": "12"}


async def test_an_empty_cell_is_none_and_a_missing_column_is_absent(tmp_path: Path) -> None:
    write(tmp_path, "id;nom\n1;   \n")
    [row] = rows_of(await pages_of(session(tmp_path)))
    assert row.fields == {"nom": None}


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Téléphone (fixe)", "telephone_fixe"),
        ("  E-mail ", "e_mail"),
        ("2e adresse", "c_2e_adresse"),
        ("N°", "n"),
        ("CA (k€)", "ca_k"),
        ("***", ""),
    ],
)
def test_a_header_becomes_a_field(header: str, field: str) -> None:
    assert slug(header) == field


# Bad rows


async def test_each_bad_row_is_put_aside_with_its_reason(tmp_path: Path) -> None:
    lines = [
        "id;nom;telephone",
        "1;bien;0",
        "2;trop;1;2",
        "3",
        ";sans clé;1",
        "1;encore;1",
        f"{'9' * 300};longue;1",
        "4;\x074;1",
        "\x075;cloche;1",
        '5;"gui"llemets;1',
        "6;bien;1;;;",
        "",
        ";;",
        "7;bien;1",
    ]
    rejects = await rejects_of(tmp_path, "\n".join(lines) + "\n")
    rows = rows_of(await pages_of(session(tmp_path)))
    assert [row.key for row in rows] == ["1", "4", "6", "7"]
    assert [(reject.key, reject.code) for reject in rejects] == [
        ("", "too_many_columns"),
        ("", "too_few_columns"),
        ("", "no_key"),
        ("1", "duplicate_key"),
        ("", "bad_key"),
        ("", "bad_key"),
        ("", "unreadable_row"),
    ]


async def test_a_cell_that_is_too_long_is_put_aside(tmp_path: Path) -> None:
    rejects = await rejects_of(tmp_path, f"id;nom;telephone\n1;{'x' * 200_000};1\n2;bien;1\n")
    assert [reject.code for reject in rejects] == ["unreadable_row"]
    assert [row.key for row in rows_of(await pages_of(session(tmp_path)))] == ["2"]


async def test_half_of_a_broken_character_costs_its_row_only(tmp_path: Path) -> None:
    (tmp_path / "contacts.csv").write_bytes(b"id;nom;telephone\n1;\x81;1\n2;bien;1\n")  # in neither encoding
    pages = await pages_of(session(tmp_path))
    assert [row.key for row in rows_of(pages)] == ["2"]
    assert [reject.code for page in pages for reject in page.rejects] == ["wrong_encoding"]


async def test_a_quote_that_is_never_closed_holds_the_cursor(tmp_path: Path) -> None:
    write(tmp_path, 'id;nom;telephone\n1;bien;1\n2;"jamais;1\n3;avalée;1\n')
    with pytest.raises(Malformed, match="unclosed_quote"):
        await pages_of(session(tmp_path))


@pytest.mark.parametrize(
    ("text", "sheet", "kind", "code"),
    [
        ("id;nom;Nom\n1;a;b\n", {}, Malformed, "duplicate_column"),
        (";;\n1;a;b\n", {}, Malformed, "bad_header"),
        ('"id;nom\n1;a\n', {}, Malformed, "bad_header"),
        ("nom\na\n", {}, Misconfigured, "no_such_column"),
        ("id;nom\n1;a\n", {"refs": {"account": "societe"}}, Misconfigured, "no_such_column"),
        ("id;nom\n1;a\n", {"columns": {"Tél.": "phone"}}, Misconfigured, "no_such_column"),
    ],
)
async def test_a_first_line_that_does_not_fit_is_said(
    tmp_path: Path, text: str, sheet: dict[str, Any], kind: type[Fault], code: str
) -> None:
    write(tmp_path, text)
    with pytest.raises(kind) as caught:
        await pages_of(session(tmp_path, sheet=sheet))
    assert caught.value.code == code
    [finding] = [one for one in await CONNECTOR.access(session(tmp_path, sheet=sheet)) if not one.ok]
    assert finding.code == code


async def test_a_file_without_names_in_its_first_line_does_not_get_its_values_into_an_error(tmp_path: Path) -> None:
    write(tmp_path, "id;Roux;Roux;0607\n1;a;b;c\n")
    with pytest.raises(Malformed) as caught:
        await pages_of(session(tmp_path))
    assert caught.value.fields == ("column_3", "contacts.csv")


# Half a file


@pytest.mark.parametrize("suffix", [".tmp", ".part", ".lock"])
async def test_a_file_that_is_being_written_is_waited_for(tmp_path: Path, suffix: str) -> None:
    write(tmp_path, PLAIN)
    (tmp_path / f"contacts.csv{suffix}").touch()
    with pytest.raises(Transient, match="export_in_progress"):
        await pages_of(session(tmp_path))


@pytest.mark.parametrize("text", ["", "id;nom", PLAIN[:-6], PLAIN[:-1] + "3"])
async def test_a_file_without_its_end_is_waited_for(tmp_path: Path, text: str) -> None:
    write(tmp_path, text)
    with pytest.raises(Transient, match="file_incomplete"):
        await pages_of(session(tmp_path))


async def test_an_exporter_that_ends_no_line_can_be_put_up_with(tmp_path: Path) -> None:
    write(tmp_path, PLAIN.rstrip())
    assert len(rows_of(await pages_of(session(tmp_path, final_line_end=False)))) == 2


async def test_a_file_is_read_once_it_is_said_to_be_done(tmp_path: Path) -> None:
    write(tmp_path, PLAIN)
    with pytest.raises(Transient, match="export_not_done"):
        await pages_of(session(tmp_path, done_suffix=".done"))
    (tmp_path / "contacts.csv.done").touch()
    assert len(rows_of(await pages_of(session(tmp_path, done_suffix=".done")))) == 2


async def test_a_file_that_is_not_there_yet_is_waited_for_and_a_folder_is_not(tmp_path: Path) -> None:
    with pytest.raises(Transient, match="no_such_file"):
        await pages_of(session(tmp_path))
    with pytest.raises(Misconfigured, match="no_such_folder"):
        await pages_of(session(tmp_path / "ailleurs"))


async def test_a_file_that_changes_under_the_reader_is_not_taken_for_whole(tmp_path: Path) -> None:
    write(tmp_path, PLAIN)
    pages: list[Page] = []

    async def read_while_it_grows() -> None:
        async for page in pull(session(tmp_path, page_size=1), Asked(Object.CONTACT, ("nom",)), None):
            pages.append(page)
            write(tmp_path, PLAIN + "3;Ada;01 99 00 00 03\r\n")

    with pytest.raises(Transient, match="file_changing"):
        await read_while_it_grows()
    rows = rows_of(await pages_of(session(tmp_path, page_size=1), ("nom",), pages[-1].cursor))
    assert [row.key for row in rows] == ["1", "2", "3"]


# Again and again


async def test_a_known_file_is_not_read_again_even_under_a_new_date(tmp_path: Path) -> None:
    write(tmp_path, PLAIN)
    cursor = (await pages_of(session(tmp_path)))[-1].cursor
    (tmp_path / "contacts.csv").touch()
    assert await pages_of(session(tmp_path), since=cursor) == []


async def test_asking_for_another_field_reads_the_file_again(tmp_path: Path) -> None:
    write(tmp_path, PLAIN)
    cursor = (await pages_of(session(tmp_path), ("nom",)))[-1].cursor
    assert len(rows_of(await pages_of(session(tmp_path), ("nom", "telephone"), cursor))) == 2


async def test_an_object_without_an_export_has_no_rows(tmp_path: Path) -> None:
    held = session(tmp_path)
    assert [page async for page in pull(held, Asked(Object.ACCOUNT, ("name",)), None)] == []


@pytest.mark.parametrize(("full", "gone"), [(True, ["2"]), (False, [])])
async def test_who_is_missing_is_deleted_only_where_exports_are_full(
    tmp_path: Path, gone: list[str], *, full: bool
) -> None:
    held = session(tmp_path, full_export=full)
    write(tmp_path, PLAIN)
    cursor = (await pages_of(held))[-1].cursor
    write(tmp_path, PLAIN[: PLAIN.index("2;")])
    rows = rows_of(await pages_of(held, since=cursor))
    assert [row.key for row in rows if row.deleted] == gone


async def test_nobody_is_deleted_while_a_row_cannot_be_read(tmp_path: Path) -> None:
    held = session(tmp_path, full_export=True)
    write(tmp_path, PLAIN)
    cursor = (await pages_of(held))[-1].cursor
    write(tmp_path, PLAIN.replace("2;Zoé", "2;Zoé;de trop"))
    broken = await pages_of(held, since=cursor)
    assert [row.key for row in rows_of(broken)] == ["1"]
    write(tmp_path, PLAIN[: PLAIN.index("2;")])
    rows = rows_of(await pages_of(held, since=broken[-1].cursor))
    assert [row.key for row in rows if row.deleted] == ["2"]


async def test_an_export_that_lost_most_of_its_rows_stops_the_pull(tmp_path: Path) -> None:
    held = session(tmp_path, full_export=True, page_size=5)
    every = [f"{key};Ève;0" for key in range(60)]
    write(tmp_path, "\n".join(["id;nom;telephone", *every]) + "\n")
    cursor = (await pages_of(held))[-1].cursor
    write(tmp_path, "\n".join(["id;nom;telephone", *every[:20]]) + "\n")
    with pytest.raises(Malformed, match="too_many_gone"):
        await pages_of(held, since=cursor)
    write(tmp_path, "\n".join(["id;nom;telephone", *every[:31]]) + "\n")
    rows = rows_of(await pages_of(held, since=cursor))
    assert len([row for row in rows if row.deleted]) == 29


@pytest.mark.parametrize("text", ["x", "[]", '{"row":"soon"}'])
async def test_a_cursor_that_is_none_holds_the_pull(tmp_path: Path, text: str) -> None:
    write(tmp_path, PLAIN)
    with pytest.raises(Malformed):
        await pages_of(session(tmp_path), since=text)


@pytest.mark.parametrize("name", ["../contacts.csv", "/etc/passwd", "..", "a/b.csv"])
def test_a_file_cannot_lie_elsewhere(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="without a path"):
        session(tmp_path, sheet={"file": name})


# The data set


async def test_the_data_set_is_read_as_it_lies(tmp_path: Path) -> None:
    accounts, deals = data("accounts.csv"), data("sales_pipeline.csv")
    values = {
        "folder": DATA,
        "accounts": {"file": "accounts.csv", "key": "account"},
        "opportunities": {
            "file": "sales_pipeline.csv",
            "key": "opportunity_id",
            "refs": {"account": "account"},
            "owner": {"id": "sales_agent"},
            "columns": {"close_value": "amount"},
        },
    }
    held: Session[Settings] = Session(Settings.model_validate(values), NoHttp())
    firms = [page async for page in pull(held, Asked(Object.ACCOUNT, ("sector", "revenue")), None)]
    assert [row.key for row in rows_of(firms)] == [account["account"] for account in accounts]
    wanted = Asked(Object.OPPORTUNITY, ("deal_stage", "amount"))
    rows = rows_of([page async for page in pull(held, wanted, None)])
    assert [row.key for row in rows] == [deal["opportunity_id"] for deal in deals]
    for row, deal in zip(rows, deals, strict=True):
        assert row.fields == {"deal_stage": deal["deal_stage"], "amount": deal["close_value"] or None}
        assert row.refs == ({"account": deal["account"]} if deal["account"] else {})
        assert row.owner == {"id": deal["sales_agent"]}
