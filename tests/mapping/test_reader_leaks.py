"""What the reader accepts cannot leak, whoever asks: held against the compiled policy, which decides."""

import yaml
from hypothesis import given
from hypothesis import strategies as st

from mapping.policy import compile_link
from mapping.reader import read_link

LABELS = ("identity", "reachability", "margin")
FIELDS = tuple((item, name) for item in ("contact", "account") for name in ("a", "b"))
READS = st.dictionaries(
    st.sampled_from(["contact", "account"]), st.lists(st.sampled_from(LABELS), unique=True), max_size=2
)
ROLES = st.fixed_dictionaries({"low": READS, "mid": READS, "high": READS})
LABELLED = st.dictionaries(st.sampled_from(FIELDS), st.sampled_from(LABELS), min_size=1)
ASKED = st.lists(st.sampled_from(FIELDS), unique=True, min_size=1)
PROFILES = st.dictionaries(st.sampled_from(["p", "q"]), st.sampled_from(["low", "mid", "high"]), min_size=1)

Field = tuple[str, str]


@given(reads=ROLES, labels=LABELLED, asked=ASKED, profiles=PROFILES, views=st.booleans())
def test_a_link_is_accepted_exactly_when_no_line_could_reach_anybody_without_clearance(
    *,
    reads: dict[str, dict[str, list[str]]],
    labels: dict[Field, str],
    asked: list[Field],
    profiles: dict[str, str],
    views: bool,
) -> None:
    link = read_link(_file(reads, labels, asked, profiles), "nord", views=views).link

    below = {"low": ["low"], "mid": ["mid", "low"], "high": ["high", "mid", "low"]}

    def may(profile: str, field: Field) -> bool:
        return any(labels.get(field) in reads[role].get(field[0], []) for role in below[profiles[profile]])

    enough = any if views else all
    assert (link is not None) == all(
        field in labels and enough(may(name, field) for name in profiles) for field in asked
    )
    if link is not None and not views:
        policy = compile_link(link, views=False)
        assert all(policy.shown(name, field) == () for name in profiles for field in asked)


def _file(
    reads: dict[str, dict[str, list[str]]], labels: dict[Field, str], asked: list[Field], profiles: dict[str, str]
) -> str:
    by_object: dict[str, dict[str, str]] = {}
    for (item, name), label in labels.items():
        by_object.setdefault(item, {})[name] = label
    tree = {
        "link": "nord",
        "revision": {"reason": "because", "date": "2026-11-20", "decided_by": "direction"},
        "crm": {"connector": "tryton", "connection": "crm"},
        "dialer": {"connector": "jobphoning", "connection": "jp"},
        "labels": by_object,
        "roles": {
            "low": {"read": reads["low"]},
            "mid": {"extends": "low", "read": reads["mid"]},
            "high": {"extends": "mid", "read": reads["high"]},
        },
        "profiles": {name: {"role": role} for name, role in profiles.items()},
        "perimeter": {"model": "open"},
        "fields": [{"from": f"{item}.{name}", "to": f"{item}_{name}"} for item, name in asked],
    }
    return yaml.safe_dump(tree).replace("'2026-11-20'", "2026-11-20")
