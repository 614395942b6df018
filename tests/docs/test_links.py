"""What the pages point at exists: links, anchors, paths, modules, words of make, packages."""

import re
import tomllib
from importlib import import_module

import pytest

from tests.docs.pages import PACKAGES, PAGES, ROOT, anchors, links, shell_lines, spans, text_of

TOP = (*PACKAGES, "tests", "docs", "deploy", "examples", "bench", "requirements", ".ci")
_PATH = re.compile(rf"(?:{'|'.join(map(re.escape, TOP))})/[\w.*{{}},/-]*")
_DOTTED = re.compile(rf"(?:{'|'.join(PACKAGES)})(?:\.[A-Za-z_]\w*)+")
#: Names of what is printed as JSON: `ecluse/status/1`.
_FORMAT = re.compile(r"ecluse/[a-z]+/[0-9]+")
_AT_ROOT = re.compile(r"(?:Makefile|pyproject\.toml|[A-Z]+\.md)")
_MACHINE = re.compile(r"(?<![\w.}])/(?:work|root|home|Users|mnt)/|[A-Z]:\\\\|file://")
_REGISTRY = re.compile(
    r"\bhttps?://[\w.-]*(?:index|registry|mirror|nexus|artifactory|pypi|proxy)[\w.-]*", re.IGNORECASE
)
#: What looks like a module and is something else.
NO_MODULE = {"ecluse.connectors", "ecluse.yaml", "ecluse.db", "ecluse.po", "ecluse.key", "ecluse.toml", "ecluse.web"}


@pytest.mark.parametrize("page", PAGES)
def test_every_relative_link_leads_somewhere(page):
    lost = []
    for link in links(page):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page
        if not target.exists() or ROOT not in (target.resolve(), *target.resolve().parents):
            lost.append(link)
        elif anchor and target.suffix == ".md":
            name = target.resolve().relative_to(ROOT).as_posix()
            if anchor not in anchors(name):
                lost.append(link)
    assert lost == []


@pytest.mark.parametrize("page", PAGES)
def test_every_path_in_backticks_exists(page):
    lost = [span for span in spans(page) if (_PATH.fullmatch(span) or _AT_ROOT.fullmatch(span)) and not _exists(span)]
    assert lost == []


@pytest.mark.parametrize("page", PAGES)
def test_every_module_in_backticks_exists(page):
    lost = [span for span in spans(page) if _DOTTED.fullmatch(span) and span not in NO_MODULE and not _importable(span)]
    assert lost == []


@pytest.mark.parametrize("page", PAGES)
def test_every_word_of_make_exists(page):
    words = set(re.findall(r"^([a-z]+):", text_of("Makefile"), re.MULTILINE))
    shown = [line for line in (*spans(page), *shell_lines(page)) if line.startswith("make ")]

    assert {line.split()[1] for line in shown if line.split()[1].isalpha()} <= words


@pytest.mark.parametrize("page", PAGES)
def test_no_page_names_a_place_of_one_machine(page):
    assert _MACHINE.findall(text_of(page)) == []
    assert _REGISTRY.findall(text_of(page)) == []


def test_the_package_shows_the_readme():
    project = tomllib.loads(text_of("pyproject.toml"))["project"]

    assert project["readme"] == "README.md"


def _exists(path: str) -> bool:
    for each in _spelt_out(path):
        found = list(ROOT.glob(each.rstrip("/"))) if "*" in each else [ROOT / each]
        if not found or not all(one.exists() for one in found):
            return False
    return True


def _spelt_out(path: str) -> list[str]:
    """`a/{b,c}.py` as `a/b.py` and `a/c.py`."""
    found = re.search(r"\{([^{}]*)\}", path)
    if found is None:
        return [path]
    return [one for word in found[1].split(",") for one in _spelt_out(path.replace(found[0], word.strip(), 1))]


def _importable(dotted: str) -> bool:
    parts = dotted.split(".")
    for cut in range(len(parts), 0, -1):
        path = ROOT.joinpath(*parts[:cut])
        if path.with_suffix(".py").is_file() or (path / "__init__.py").is_file():
            held = import_module(".".join(parts[:cut]))
            for name in parts[cut:]:
                if not hasattr(held, name):
                    return name in getattr(held, "__annotations__", {})
                held = getattr(held, name)
            return cut > 1
    return False
