"""The compiled core as a part: its version, its types, threads, what it shows of itself, and who falls back."""

import ast
import gc
import inspect
import os
import re
import subprocess
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from shutil import copytree, ignore_patterns

import orjson
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bench import sample
from deploy import core_version
from mapping.decisions import Command, Written, json_of
from mapping.reasons import Reason
from mapping.words import CommandKind, Verdict
from store import core
from store.core import Use
from streams import compiled
from streams.outbound import Outbound
from tests.canary import sightings
from tests.cores import needs_core
from tests.policies import EVENT, LINK, NOW, policy, with_values

ROOT = Path(__file__).resolve().parents[2]
BODY = {"campaign": "t4", "fields": {"nom": "Hélène", "n": 1, "x": None}, "views": {}, "dial": True}


def test_crate_and_code_are_of_one_version_and_the_code_agrees_with_the_sources():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]

    assert core_version.main("--check") == 0, "compiled/ has changed: make stamp"
    assert core.VERSION.split("+")[0] == project


@pytest.mark.parametrize("path", ["src/egress.rs", "src/a_new_one.rs", "build.rs", "Cargo.lock", "Cargo.toml"])
def test_whatever_a_core_is_built_from_is_in_its_version(tmp_path, path):
    crate = tmp_path / "compiled"
    copytree(ROOT / "compiled", crate, ignore=ignore_patterns("target"))
    assert core_version.worked_out(crate) == core.VERSION

    with (crate / path).open("a", encoding="utf-8") as source:
        source.write("\n")

    assert core_version.worked_out(crate) != core.VERSION


@pytest.mark.skipif(find_spec("ecluse_compiled") is None, reason="no compiled core is installed")
def test_a_core_tells_the_sources_that_it_was_built_from():
    import ecluse_compiled  # noqa: PLC0415 - it may be missing

    assert core_version.worked_out() == ecluse_compiled.VERSION, "the core is of other sources: make setup"


def test_no_line_of_the_crate_is_unsafe():
    sources = sorted((ROOT / "compiled/src").glob("*.rs"))

    assert "#![forbid(unsafe_code)]" in (ROOT / "compiled/src/lib.rs").read_text("utf-8")
    assert not [path.name for path in sources if re.search(r"\bunsafe\s*(\{|fn|impl)", path.read_text("utf-8"))]


@needs_core
def test_the_stub_names_what_the_module_has():
    import ecluse_compiled  # noqa: PLC0415 - it may be missing

    stub = ast.parse((ROOT / "compiled/ecluse_compiled.pyi").read_text("utf-8"))
    named = {node.name for node in stub.body if isinstance(node, ast.ClassDef | ast.FunctionDef)} | {"VERSION"}

    assert {name for name in dir(ecluse_compiled) if not name.startswith("_")} - {"ecluse_compiled"} == named
    assert list(inspect.signature(ecluse_compiled.open_many).parameters) == ["key", "sealed", "aads"]


@pytest.mark.parametrize(("asked", "core"), [("1", "pure"), ("0", "compiled"), ("", "compiled")])
def test_ecluse_pure_asks_for_python_alone(asked, core):
    told = "from streams.outbound import Outbound; from tests.policies import policy; print(Outbound(policy()).core)"
    answer = subprocess.run([sys.executable, "-c", told], check=True, capture_output=True, text=True, cwd=ROOT,
                            env={**os.environ, "ECLUSE_PURE": asked})  # fmt: skip

    assert answer.stdout.strip() == (core if find_spec("ecluse_compiled") else "pure")


ASKED = """
from store import sealing
from streams import compiled
plainly = sealing.plainly_sealed, sealing.plainly_opened
print(compiled.IN_FORCE, compiled._CORE, (sealing._seal, sealing._open) == plainly)
"""


@pytest.mark.parametrize("version", ["0.0.9", "0.1.0", core.VERSION[:-1], None])
def test_a_core_of_another_version_neither_decides_nor_seals(tmp_path, version):
    says = "" if version is None else f"VERSION = {version!r}"
    (tmp_path / "ecluse_compiled.py").write_text(f"{says}\nseal_many = open_many = print\n", "utf-8")
    answer = subprocess.run([sys.executable, "-c", ASKED], check=True, capture_output=True, text=True, cwd=ROOT,
                            env={**os.environ, "ECLUSE_PURE": "", "PYTHONPATH": f"{tmp_path}:{ROOT}"})  # fmt: skip

    assert answer.stdout.split() == ["other_version", "None", "True"]


@needs_core
def test_what_the_core_leaves_is_counted():
    outbound = Outbound(policy())
    outbound.decide([orjson.dumps(EVENT), b"{", with_values(EVENT, data__contact__phone="+32 470 12 34 56")], NOW)

    assert (outbound.core, outbound.fell_back) == ("compiled", 2)


@needs_core
def test_several_threads_decide_with_one_plan():
    outbound, events = Outbound(sample.policy()), list(sample.events(400))
    expected = Outbound(sample.policy(), use=Use.ASKED).decide(events, NOW)

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: outbound.decide(events, NOW), range(12)))

    assert all(answer == expected for answer in answers)


MANY = """
from streams import compiled
from streams.kafka import wire
from streams.kafka.payload import wrap
from streams.outbound import Outbound
from tests.policies import EVENT, NOW, policy, with_values

message = wire.message(wire.EVENT, "nord", "lien", 1, 1, wrap("1", with_values(EVENT)))
way = compiled.way(Outbound(policy()).plan, ("nord", "lien"), 0, 10_000, None, 1)
carried, _ = compiled.batch([message] * 10_000).carry([way], bytes(120_000), NOW.date().toordinal())
print(carried.count(None))
"""


@needs_core
def test_a_batch_is_carried_whole_where_there_is_no_thread_to_be_had():
    no_room = {**os.environ, "RUST_MIN_STACK": str(2**46), "ECLUSE_PURE": ""}
    answer = subprocess.run([sys.executable, "-c", MANY], check=True, capture_output=True, text=True, cwd=ROOT,
                            env=no_room)  # fmt: skip

    assert (answer.stdout.strip(), answer.stderr) == ("0", "")


@needs_core
def test_a_reserved_value_is_stopped_and_the_core_shows_none_of_it():
    secret = EVENT["data"]["contact"]["notes"]
    outbound = Outbound(policy())
    [decision] = outbound.decide([with_values(EVENT, data__contact__comment=f"Voir : {secret.upper()}")], NOW)

    assert (decision.verdict, decision.reason) == (Verdict.QUARANTINE, Reason.EGRESS_BLOCKED)
    assert not sightings(repr((outbound, outbound._plan, decision)).encode(), "repr")


def test_a_body_that_is_json_already_is_read_like_any_other():
    body = Written(orjson.dumps(BODY))

    assert body == BODY
    assert BODY == body  # noqa: SIM300 - from a dict's side as well
    assert body == Written(orjson.dumps(BODY, option=orjson.OPT_INDENT_2))
    assert {**body, "dial": False}["dial"] is False
    assert (list(body), len(body), body.get("nothing")) == (list(BODY), 4, None)
    assert Command(CommandKind.UPSERT_PROSPECT, "contact/1", body) == (CommandKind.UPSERT_PROSPECT, "contact/1", BODY)
    assert "Hélène" not in repr(body)
    assert json_of(body) == json_of(BODY) == orjson.dumps(BODY)


@needs_core
def test_what_is_sealed_here_opens_there_and_the_other_way():
    from ecluse_compiled import open_many, seal_many  # noqa: PLC0415 - it may be missing

    key, nonces = bytes(range(32)), bytes(range(36))
    plains, aads = [b"", b"un", bytes(70_000)], [b"a|1", b"", b"a|3"]
    sealed = seal_many(key, nonces, plains, aads)
    there = [nonces[12 * n : 12 * n + 12] + AESGCM(key).encrypt(nonces[12 * n : 12 * n + 12], plains[n], aads[n])
             for n in range(3)]  # fmt: skip

    assert sealed == there
    assert open_many(key, sealed, aads) == plains
    assert open_many(key, sealed, aads[::-1]) == [None, b"un", None]
    assert open_many(key, [b"", bytes(27), sealed[1][:-1] + b"\x00"], aads) == [None, None, None]
    assert open_many(bytes(32), sealed, aads) == [None, None, None]


@needs_core
@pytest.mark.parametrize(
    ("key", "nonces", "plains", "aads"),
    [(bytes(16), bytes(12), [b"x"], [b""]), (bytes(32), bytes(11), [b"x"], [b""]), (bytes(32), bytes(12), [b"x"], [])],
)
def test_a_wrong_key_or_a_missing_nonce_is_refused_without_a_word_of_the_text(key, nonces, plains, aads):
    from ecluse_compiled import seal_many  # noqa: PLC0415 - it may be missing

    with pytest.raises(ValueError) as refused:
        seal_many(key, nonces, plains, aads)

    assert "x" not in str(refused.value).split()


@needs_core
def test_links_that_say_the_same_share_their_gates_and_no_others():
    """A thousand tenants of one pack are held, and looked up, once."""
    gc.collect()
    before = len(compiled._GATES)
    same = [Outbound(policy(tenant=tenant), use=Use.COMPILED) for tenant in ("nord", "sud", "ouest")]
    assert len(compiled._GATES) - before <= 1
    among = len(compiled._GATES)
    other = Outbound(policy(fields=LINK["fields"][:2]), use=Use.COMPILED)
    assert len(compiled._GATES) == among + 1
    for outbound, tenant in zip(same, ("nord", "sud", "ouest"), strict=True):
        (mine,) = outbound.decide([orjson.dumps({**EVENT, "tenant": tenant})], NOW)
        (theirs,) = outbound.decide([orjson.dumps({**EVENT, "tenant": "est"})], NOW)
        assert (mine.reason, theirs.reason) == (Reason.CLEARED, Reason.UNKNOWN_TENANT)
    assert len(other.decide([orjson.dumps(EVENT)], NOW)[0].sent) == 2
    del same, outbound, other
    gc.collect()
    assert len(compiled._GATES) <= before
