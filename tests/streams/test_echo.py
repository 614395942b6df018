"""What a CRM makes of a value is still that value; what a human makes of it is not."""

import pytest

from streams.echo import canonical


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("A rappeler", "a rappeler "),
        ("Élise", "E\u0301lise"),
        ("1.50", 1.5),
        (2, "2.00"),
        ("2026-11-20T10:00:00+01:00", "2026-11-20T09:00:00Z"),
        ("2026-11-20T10:00:00+01:00", "2026-11-20 09:00:00"),
        (None, ""),
        ("ligne\r\nsuivante", "ligne\nsuivante"),
        ({"a": 1, "b": "x"}, {"b": "X", "a": "1"}),
    ],
)
def test_a_value_in_another_dress_is_the_same(ours: object, theirs: object) -> None:
    assert canonical(ours) == canonical(theirs)


@pytest.mark.parametrize(
    ("ours", "human"),
    [
        ("A rappeler", "A rappeler demain"),
        ("+33123456789", "33123456789"),
        ("2026-11-20T10:00:00+01:00", "2026-11-20T10:00:00Z"),
        (True, 1),
        ("", "0"),
        ("NaN", "sNaN"),
        ("1e5", "1e6"),
    ],
)
def test_a_human_edit_is_not(ours: object, human: object) -> None:
    assert canonical(ours) != canonical(human)
