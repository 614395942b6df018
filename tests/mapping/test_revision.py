"""A revision is named by what its link says, not by how the file is written (decision 0006)."""

from copy import deepcopy

import pytest

from mapping.link import Link
from mapping.policy import revision_of
from tests.policies import LINK


def named(**changes: object) -> str:
    return revision_of(Link.model_validate({**deepcopy(LINK), **changes}))


def test_the_name_is_twelve_hexadecimal_digits():
    assert len(named()) == 12
    assert int(named(), 16) >= 0


@pytest.mark.parametrize("key", ["labels", "roles", "profiles", "dispositions"])
def test_the_order_of_keys_does_not_matter(key):
    turned = dict(reversed(LINK[key].items()))

    assert named(**{key: turned}) == named()


def test_a_default_that_is_written_out_does_not_matter():
    assert named(country="FR", appointments={"expire_after": "72h"}) == named()


def test_the_order_of_campaigns_matters_for_the_first_that_holds_has_the_record():
    one, other = {"where": {"account.industry": ["retail"]}}, {"where": {"account.industry": ["retail", "software"]}}
    first = {"model": "teams", "projects": {"a": one, "b": other}}
    turned = {"model": "teams", "projects": {"b": other, "a": one}}

    assert named(perimeter=first) != named(perimeter=turned)


def test_who_decided_when_and_why_is_part_of_the_name():
    again = {**LINK["revision"], "reason": "La même chose, décidée encore"}

    assert named(revision=again) != named()
