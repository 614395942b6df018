"""A link file and those it uses, as one text: what goes on record can be compiled without the folder."""

import pytest

from mapping.bundle import Bundle, pack, unpack


@pytest.mark.parametrize(
    "bundle",
    [
        Bundle("link: nord\n# as written\n", {}),
        Bundle("link: nord\nuse: roles/standard\n", {"roles/standard": "roles: {}\n", "words": "# é\n"}),
        Bundle("", {}),
        Bundle('{"link": "nord"}', {}),
    ],
)
def test_what_was_packed_is_unpacked(bundle: Bundle) -> None:
    assert unpack(pack(bundle)) == bundle


def test_a_file_that_uses_no_other_is_kept_as_it_was_written() -> None:
    assert pack(Bundle("link: nord # é\n", {})) == "link: nord # é\n"


@pytest.mark.parametrize("text", ["[1, 2]", "7", '{"link_file": "x"}', '{"link": "x", "link_file": "y"}', "link: {"])
def test_any_other_text_is_a_file_alone(text: str) -> None:
    assert unpack(text) == Bundle(text, {})
