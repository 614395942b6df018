"""How what went wrong is said: by places and codes, never in a library's own words, which may quote data."""

import os
import sys
import traceback
from pathlib import Path

import click

from ecluse import report
from ecluse.i18n import _
from ecluse.terminal import note, paint


def said(error: Exception) -> int:
    """Say an error that no verb expected, and give the exit code."""
    from connectors.faults import Fault
    from ecluse.folder import BadFolderError
    from ecluse.secret import SecretError
    from store.errors import StoreError
    from streams.kafka.faults import LogError

    if isinstance(error, BadFolderError):
        for found in error.findings:
            for line in report.block(found, error.files.get(found.file, "")):
                note(line)
            note()
        _headline(report.summary(error.findings, len(error.files)))
    elif isinstance(error, SecretError):
        _headline(_("{reference}: {code}. `ecluse doctor` says more.", reference=error.reference, code=error.code))
    elif isinstance(error, StoreError):
        _headline(_("the store refused: {code}.", code=error.code))
    elif isinstance(error, LogError):
        where = error.topic or _("the broker")
        _headline(
            _("{where} cannot be used: {code}. docs/operations/kafka.md says more.", where=where, code=error.code)
        )
    elif isinstance(error, Fault):
        fields = ", ".join(error.fields) or "–"
        _headline(_("a connection cannot be used: {code} ({fields}).", code=error.code, fields=fields))
    else:
        _ours(error)
    return 1


def usage(error: click.ClickException) -> int:
    """What Click has to say, in its own way for usage and in one line otherwise."""
    if isinstance(error, click.UsageError):
        error.show()
        return 2
    _headline(error.format_message())
    return error.exit_code


def _ours(error: Exception) -> None:
    """A mistake of ours: its kind and its place. The rest only for who asks for it."""
    if os.environ.get("ECLUSE_DEBUG"):
        traceback.print_exception(error, file=sys.stderr)
        return
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
    _headline(
        _("a mistake of ours: {kind} at {place}. ECLUSE_DEBUG=1 shows more.", kind=type(error).__name__, place=place)
    )


def _headline(text: str) -> None:
    note(paint(_("Error:"), "bold red", sys.stderr) + " " + text)
