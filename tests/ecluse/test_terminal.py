"""What a record holds may be shown on a terminal, and is never obeyed by it."""

import pytest

from ecluse.terminal import table


@pytest.mark.parametrize("held", ["\x1b[2J\x1b[31mAcme", "Acme\r\nphone", "Acme\u202e7", "Acme\x9b2J"])
def test_a_field_neither_clears_the_screen_nor_makes_a_line_of_its_own(held, capsys):
    table([("company", held), ("city", "12\u202f000 Lille")])

    shown = capsys.readouterr().out
    assert "Acme" in shown
    assert "12\u202f000 Lille" in shown
    assert len(shown.splitlines()) == 2
    assert not set(shown) & set("\x1b\x9b\r\u202e")
