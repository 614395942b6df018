"""The table of packs is that of the packs."""

from deploy.packs_page import PAGE, filled
from ecluse import shipped


def test_the_table_is_up_to_date():
    text = PAGE.read_text("utf-8")

    assert text == filled(text), "run: python deploy/packs_page.py"
    assert [pack.name for pack in shipped.packs() if f"`{pack.name}`" not in text] == []
