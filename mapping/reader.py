"""Text in, a link or what is wrong with it out. No file is opened here.

One reading finds everything: form, words, and the flow of labels. A link that could let a label
reach somebody without clearance is never returned.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from mapping.checks import run_checks
from mapping.document import read_document
from mapping.findings import FINDINGS_MAX, Finding, Findings
from mapping.link import Link
from mapping.place import Place, Span
from mapping.scene import Around, Scene
from mapping.sharing import join_shared, used_by
from mapping.validation import validate


class Reading(NamedTuple):
    """A link file as read. `link` is None exactly when a finding is an error."""

    link: Link | None
    findings: tuple[Finding, ...]
    #: Where everything stands, for `mapping.checks.check_link`.
    marks: Place


def read_link(
    text: str,
    name: str,
    *,
    views: bool | Callable[[str], bool] = False,
    shared: Mapping[str, str] | None = None,
    clashes: Mapping[str, str] | None = None,
    around: Around | None = None,
) -> Reading:
    """Read a link file of that name.

    `views`: whether the dialer shows different fields to different profiles, or a function that tells it from
    the name of the link's dialer connector. `shared`: the texts of the files that `use` may name, by name.
    `clashes`: packs whose name a file of the working folder has as well, with that file.
    """
    findings = Findings()
    document = join_shared(read_document(text, name, findings), shared or {}, findings, clashes)
    link, hurt = validate(document, findings)
    if link is not None:
        told = views if isinstance(views, bool) else "dialer" not in hurt and views(link.dialer.connector)
        run_checks(Scene(link, document.root, told, findings, hurt, around or Around()))
    if findings.cut:
        findings.close(Span(name, 1, 1, 1), limit=FINDINGS_MAX)
    return Reading(None if findings.errors else link, findings.sorted(), document.root)


def uses(text: str) -> tuple[str, ...]:
    """The shared files that a link file names under `use`, in order; what is no name is left out."""
    return used_by(read_document(text, "", Findings()))


__all__ = ["Around", "Reading", "read_link", "uses"]
