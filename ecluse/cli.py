"""`ecluse`: one group of verbs, ordered by what people come to do; a verb's module is read when it is called.

Exit codes: 0 fine, 1 findings or failures, 2 usage, 130 on Ctrl-C.
"""

import importlib
import os
import sys
from pathlib import Path
from typing import Any, cast

import click

from ecluse import failing, i18n, terminal
from ecluse.command import Helped, Option, folder_place, no_such_verb
from ecluse.contents import SECTIONS, SEE_ALSO, VERBS
from ecluse.i18n import N_, _


class Ecluse(Helped, click.Group):
    """The group: verbs by task, and the nearest word for one that does not exist."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name == "help":
            return HELP
        if cmd_name not in VERBS:
            return None
        return cast("click.Command", importlib.import_module(f"ecluse.verbs.{cmd_name}").command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            ctx.fail(no_such_verb(args[0], VERBS))
        return super().resolve_command(ctx, args)

    def collect_usage_pieces(self, _ctx: click.Context) -> list[str]:
        return [_("[OPTIONS]"), _("VERB"), "..."]

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self.format_usage(ctx, formatter)
        formatter.write_paragraph()
        formatter.write_text(
            _("Between a CRM and a dialer: what a profile may see goes out, what it may write comes back.")
        )
        longest = max(map(len, VERBS))
        for section in SECTIONS:
            with formatter.section(_(section.title)):
                formatter.write_dl(
                    [(name, _(summary)) for name, summary in section.verbs.items()],
                    col_max=14,
                    col_spacing=longest - len(max(section.verbs, key=len)) + 2,
                )
        self.format_options(ctx, formatter)
        formatter.write_paragraph()
        formatter.write_text(_(SEE_ALSO))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        records = [record for param in self.get_params(ctx) if (record := param.get_help_record(ctx))]
        with formatter.section(_("Options")):
            formatter.write_dl(records)


def _language(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    if value:
        i18n.speak(value)
    return value


def _colour(_ctx: click.Context, _param: click.Parameter, value: str) -> str:
    terminal.COLOUR["when"] = value
    return value


def _version(ctx: click.Context, _param: click.Parameter, value: object) -> None:
    if value and not ctx.resilient_parsing:
        from importlib.metadata import version

        terminal.answer(f"ecluse {version('ecluse')}")
        ctx.exit()


OPTIONS: list[click.Parameter] = [
    Option(
        ["--folder", "-C"],
        type=folder_place(),
        default=".",
        metavar=N_("DIR"),
        envvar="ECLUSE_FOLDER",
        help=N_("The working folder, where ecluse.yaml is. Here, if not said."),
    ),
    Option(
        ["--lang"],
        type=click.Choice(i18n.LANGUAGES),
        is_eager=True,
        expose_value=False,
        callback=_language,
        help=N_("The language of what is printed. By the locale, if not said."),
    ),
    Option(
        ["--color"],
        type=click.Choice(("auto", "always", "never")),
        default="auto",
        is_eager=True,
        expose_value=False,
        callback=_colour,
        help=N_("Colour: on a terminal only, always, or never."),
    ),
    Option(
        ["--version"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_version,
        help=N_("Show the version and leave."),
    ),
]


@click.pass_context
def _group(ctx: click.Context, folder: Path) -> None:
    ctx.obj = folder
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help(), color=ctx.color)


@click.pass_context
def _help(ctx: click.Context, verb: str | None) -> None:
    group = cast("Ecluse", cast("click.Context", ctx.parent).command)
    parent = cast("click.Context", ctx.parent)
    if verb is None:
        click.echo(parent.get_help())
        return
    name, command, _rest = group.resolve_command(parent, [verb])
    if command is not None:
        click.echo(command.get_help(click.Context(command, info_name=name, parent=parent)))


HELP = click.Command("help", callback=_help, params=[click.Argument(["verb"], required=False)], add_help_option=False)
ecluse = Ecluse(
    "ecluse",
    callback=_group,
    params=OPTIONS,
    no_args_is_help=False,
    invoke_without_command=True,
    context_settings={"max_content_width": 100},
)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave the process with its exit code."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: list[str]) -> int:
    """The command line without the exit: what tests call."""
    terminal.COLOUR["when"] = "auto"
    i18n.speak(i18n.preferred(arguments, settings=_written_language(arguments)))
    try:
        # Not `main`, which would make an error of a reader that went away.
        with ecluse.make_context("ecluse", list(arguments)) as context:
            code: Any = ecluse.invoke(context)
    except click.exceptions.Exit as left:
        return left.exit_code
    except click.exceptions.Abort:
        terminal.note()
        return 130
    except KeyboardInterrupt:
        terminal.note()
        return 130
    except click.ClickException as error:
        return failing.usage(error)
    except BrokenPipeError:
        # The reader went away: say nothing more, and leave nothing for the interpreter to flush.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001 - whatever it is, it is said without the words of a library
        return failing.said(error)
    return code if isinstance(code, int) else 0


def _written_language(arguments: list[str]) -> str | None:
    """The `language:` of the working folder, read by its line alone: a broken file must still get its errors said."""
    folder = os.environ.get("ECLUSE_FOLDER", ".")
    for at, word in enumerate(arguments[:-1]):
        if word in {"-C", "--folder"}:
            folder = arguments[at + 1]
    try:
        lines = (Path(folder) / "ecluse.yaml").read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    words = [line.split("#")[0].split(":", 1)[1].strip() for line in lines if line.startswith("language:")]
    return words[0] if words else None


if __name__ == "__main__":
    main()
