"""The scanner itself: a canary that is planted is found, in every form and at every exit."""

import base64
import html
import json
import logging
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.canary import FORMS, PREFIX, Ear, canary, in_files, sightings

pytestmark = pytest.mark.plants_canaries


def test_no_two_canaries_are_alike():
    assert len({canary("margin") for _ in range(1000)}) == 1000


@pytest.mark.parametrize("padding", ["", "a", "ab", "abc", "abcd"])
@pytest.mark.parametrize(
    "dress",
    [
        str,
        str.lower,
        lambda text: text[::-1],
        lambda text: text.encode().hex(),
        lambda text: text.encode().hex().upper(),
        lambda text: base64.b64encode(text.encode()).decode(),
        lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
        lambda text: json.dumps({"note": text}),
        lambda text: json.dumps(json.dumps({"note": text})),
        quote,
        html.escape,
        " ".join,
        lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
        lambda text: "".join(f"&#{ord(c)};" for c in text),
        lambda text: "".join(f"\\u{ord(c):04x}" for c in text),
    ],
)
def test_a_planted_canary_is_found_in_every_dress(dress, padding):
    shown = dress(padding + canary("margin") + padding)

    assert sightings(f"before {shown} after".encode(), "here")


def test_a_canary_in_utf_16_is_found():
    assert sightings(canary("notes").encode("utf-16"), "here")


def test_what_is_no_canary_is_not_found():
    assert sightings(b"Les canaris de Mme Kanar", "here") == []
    assert len(FORMS) >= 13


def test_a_canary_in_a_file_or_its_name_is_found_but_not_on_the_crms_own_side(tmp_path: Path):
    (tmp_path / "crm").mkdir()
    (tmp_path / "crm" / "contacts.csv").write_text(canary("notes"))
    assert in_files(tmp_path) == []

    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "core.dump").write_bytes(b"\0\1" + canary("notes").encode() + b"\2")
    assert in_files(tmp_path) == ["deep/core.dump: as it is"]


def test_a_canary_in_a_debug_log_or_its_traceback_is_heard():
    ear, logger = Ear(), logging.getLogger("ecluse.test")
    ear_was_level = logger.level
    logger.addHandler(ear)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    try:
        logger.debug("note %s", PREFIX)
        try:
            int(canary("margin"))
        except ValueError:
            logger.exception("failed")
    finally:
        logger.removeHandler(ear)
        logger.setLevel(ear_was_level)
        logger.propagate = True

    assert len(ear.sightings()) == 2
