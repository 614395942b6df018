"""Click, in our language: texts are marked where they are written and translated when they are shown."""

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from ecluse.i18n import N_, _
from mapping.nearest import nearest

#: Click looks these up by itself.
LOOKED_UP = (N_("required"), N_("Usage:"))

F = TypeVar("F", bound=Callable[..., Any])


class Failure(click.ClickException):
    """What was asked could not be done: exit code 1. The message is already in the reader's language."""

    exit_code = 1


class Formatter(click.HelpFormatter):
    """Headings with the colon that the language in force asks for."""

    def write_heading(self, heading: str) -> None:
        text = _("{heading}:", heading=heading)
        self.write(f"{'':>{self.current_indent}}{text}\n")


class HelpContext(click.Context):
    """A context whose help is written by our formatter."""

    formatter_class = Formatter


class Argument(click.Argument):
    """An argument whose name is translated when it is shown."""

    def make_metavar(self, ctx: click.Context) -> str:
        return _(self.metavar) if self.metavar else super().make_metavar(ctx)


class Option(click.Option):
    """An option whose help is translated when it is shown."""

    def make_metavar(self, ctx: click.Context) -> str:
        return _(self.metavar) if self.metavar else super().make_metavar(ctx)

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        written, self.help = self.help, _(self.help or "")
        try:
            return super().get_help_record(ctx)
        finally:
            self.help = written


class Helped(click.Command):
    """What a verb and the group share: our help option, and usage lines in the reader's language."""

    context_class = HelpContext

    def get_help_option(self, ctx: click.Context) -> click.Option:  # noqa: ARG002 - Click's signature
        return help_option()

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        pieces = [_("[OPTIONS]")]
        for param in self.get_params(ctx):
            pieces.extend(param.get_usage_pieces(ctx))
        return pieces


class Verb(Helped):
    """A command whose help is translated when it is shown; examples stand in it, to be copied."""

    def format_help_text(
        self,
        ctx: click.Context,  # noqa: ARG002 - Click's signature
        formatter: click.HelpFormatter,
    ) -> None:
        for paragraph in _(self.help or "").split("\n\n"):
            formatter.write_paragraph()
            with formatter.indentation():
                formatter.write_text(" ".join(paragraph.split()))
        examples = getattr(self.callback, "examples", ())
        if examples:
            with formatter.section(_("Examples")):
                formatter.write("".join(f"{'':>{formatter.current_indent}}$ {line}\n" for line in examples))

    def get_short_help_str(self, limit: int = 45) -> str:  # noqa: ARG002 - Click's signature
        return _(self.help or "").split("\n\n")[0]


def option(*names: str, **settings: Any) -> Callable[[F], F]:
    return click.option(*names, cls=Option, **settings)


def verb(name: str, help: str, examples: tuple[str, ...] = ()) -> Callable[[Callable[..., Any]], Verb]:  # noqa: A002
    """Make a function a verb of `ecluse`; its help is a marked text."""

    def made(function: Callable[..., Any]) -> Verb:
        function.examples = examples  # type: ignore[attr-defined]
        return click.command(name, cls=Verb, help=help)(function)

    return made


def help_option() -> Option:
    def show(ctx: click.Context, _param: click.Parameter, value: object) -> None:
        if value and not ctx.resilient_parsing:
            click.echo(ctx.get_help(), color=ctx.color)
            ctx.exit()

    return Option(
        ["-h", "--help"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=show,
        help=N_("Show this and leave."),
    )


class Place(click.Path):
    """A path whose kind is named in the reader's language, and converted to `Path`."""

    def __init__(self, kind: str, *, exists: bool = True, directory: bool = False) -> None:
        super().__init__(exists=exists, file_okay=not directory, dir_okay=directory, path_type=Path)
        self.kind = kind

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        self.name = _(self.kind)
        return super().convert(value, param, ctx)


def folder_place(*, exists: bool = True) -> Place:
    return Place(N_("folder"), exists=exists, directory=True)


def file_place(*, exists: bool = True) -> Place:
    return Place(N_("file"), exists=exists)


def output_option(*forms: str) -> Callable[[F], F]:
    choice = click.Choice(forms or ("text", "json"))
    return option("--output", "-o", type=choice, default="text", show_default=True, help=N_("The form of the answer."))


def argument(*names: str, **settings: Any) -> Callable[[F], F]:
    return click.argument(*names, cls=Argument, **settings)


def moment(_ctx: click.Context, _param: click.Parameter, value: str | None) -> datetime | None:
    """A moment in RFC 3339, with its offset: an hour without a zone would be a guess."""
    if value is None:
        return None
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(_("write it as 2026-11-20T10:11:12+01:00.")) from None
    if read.tzinfo is None:
        raise click.BadParameter(_("the offset is missing: write it as 2026-11-20T10:11:12+01:00."))
    return read


def link_option() -> Callable[[F], F]:
    return option("--link", metavar=N_("LINK"), help=N_("Which link, where there are several: a name, or a file."))


class VerbGroup(Helped, click.Group):
    """A verb with verbs of its own: `quarantine ls`."""

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self.format_usage(ctx, formatter)
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(_(self.help or ""))
        with formatter.section(_("Verbs")):
            formatter.write_dl([(name, part.get_short_help_str()) for name, part in self.commands.items()])
        self.format_options(ctx, formatter)

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - Click's signature
        return [_("[OPTIONS]"), _("VERB"), "..."]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        records = [record for param in self.get_params(ctx) if (record := param.get_help_record(ctx))]
        with formatter.section(_("Options")):
            formatter.write_dl(records)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            ctx.fail(no_such_verb(args[0], self.commands))
        return super().resolve_command(ctx, args)


def no_such_verb(name: str, known: Iterable[str]) -> str:
    message = _('there is no verb "{name}".', name=name)
    near = nearest(name, known)
    return message + (" " + _('Did you mean "{word}"?', word=near) if near else "")
