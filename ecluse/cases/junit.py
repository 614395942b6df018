"""What was run as JUnit XML, the form that build servers read: a suite for each file, a test for each case."""

import re
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from ecluse.cases.finding import LinkTried, Tried
from ecluse.cases.running import Result
from ecluse.i18n import _
from mapping.policy import Policy

#: What XML 1.0 cannot hold, escaped or not.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(links: Sequence[LinkTried]) -> bytes:
    """The document, UTF-8, with its declaration."""
    suites = [_suite(link.policy, file) for link in links for file in link.files]
    root = ET.Element("testsuites", {"name": "ecluse test", **_sum(suites)})
    root.extend(suites)
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _suite(policy: Policy, file: Tried) -> ET.Element:
    tests = [_test(policy, file, result) for result in file.results]
    if file.findings:
        tests = [_unreadable(policy, file)]
    counted = {
        "tests": str(len(tests)),
        "failures": str(sum(test.find("failure") is not None for test in tests)),
        "errors": str(sum(test.find("error") is not None for test in tests)),
        "skipped": "0",
    }
    suite = ET.Element("testsuite", {"name": _text(file.name), **counted})
    properties = ET.SubElement(suite, "properties")
    for name, value in (("link", policy.link), ("revision", policy.revision)):
        ET.SubElement(properties, "property", name=name, value=_text(value))
    suite.extend(tests)
    return suite


def _test(policy: Policy, file: Tried, result: Result) -> ET.Element:
    test = _case(policy, file, result.case.name, result.case.place.line)
    if result.failures:
        lines = [f"{file.name}:{failure.place.line}: {failure.message()}" for failure in result.failures]
        first = result.failures[0]
        failed = ET.SubElement(test, "failure", message=_text(first.message()), type=first.code.value)
        failed.text = _text("\n".join(lines))
    return test


def _unreadable(policy: Policy, file: Tried) -> ET.Element:
    """A file that cannot be read as it is has one test: the reading, in error."""
    test = _case(policy, file, _("the file can be read"), file.findings[0].line)
    first = file.findings[0]
    error = ET.SubElement(test, "error", message=_text(first.message(_)), type=first.code)
    error.text = _text("\n".join(f"{one.file}:{one.line}: {one.code} {one.message(_)}" for one in file.findings))
    return test


def _case(policy: Policy, file: Tried, name: str, line: int) -> ET.Element:
    return ET.Element(
        "testcase", classname=_text(policy.link), name=_text(name), file=_text(file.name), line=str(line), time="0"
    )


def _sum(suites: Sequence[ET.Element]) -> dict[str, str]:
    return {name: str(sum(int(suite.get(name, "0")) for suite in suites)) for name in ("tests", "failures", "errors")}


def _text(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)
