"""The program `farboard`: finds the command, and turns what went wrong into words and a code."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any, NoReturn

import click

from farboard import __version__
from farboard.cli.talk import Talk
from farboard.errors import FarboardError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

# Each is the `command` of a module, imported when it is wanted.
COMMANDS = {
    "ls": "farboard.cli.ls",
    "export": "farboard.cli.export",
    "check": "farboard.cli.check",
    "doctor": "farboard.cli.doctor",
    "boards": "farboard.cli.boards",
    "stop": "farboard.cli.stop",
    "demo": "farboard.cli.demo",
}
BOARD = "board"
OWN_OPTIONS = ("--help", "-h", "--version")
INTERRUPTED = 130

EXAMPLES = """
  farboard gpu1:runs                     curves of gpu1's runs/, in the local browser
  farboard you@gpu1:/data gpu2: ./local  several machines in one board
  farboard -J bastion -p 2222 gpu1:runs  ssh's own options
  farboard --logdir ./logs --port 6006   as TensorBoard is started
  farboard ls gpu1:runs                  the runs as a table
  farboard export gpu1:runs -o all.csv   every point, full precision
  farboard check gpu1:runs               is every byte of the files sound?
  farboard doctor gpu1                   what is slow or in the way, and what helps
  farboard -d gpu1:runs                  in the background; farboard boards, farboard stop
"""


class Farboard(click.Group):
    """A group whose default command takes what does not begin with another one's name."""

    def main(self, args: Sequence[str] | None = None, **_more: Any) -> NoReturn:  # type: ignore[override]
        """Run the command line and exit."""
        sys.exit(self._exit_code_of(args))

    def _exit_code_of(self, args: Sequence[str] | None) -> int:
        try:
            code = super().main(args, prog_name="farboard", standalone_mode=False)
        except FarboardError as error:
            Talk().error(error)
            return error.exit_code
        except click.ClickException as error:
            hint = "" if isinstance(error, click.FileError) else 'see "farboard --help"'
            Talk().error(UsageError(error.format_message(), hint))
            return error.exit_code
        except (KeyboardInterrupt, click.Abort):
            sys.stderr.write("\n")
            return INTERRUPTED
        return code if isinstance(code, int) else 0

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the default command in front where none is named."""
        if not args:
            args = ["--help"]
        elif args[0] not in COMMANDS and args[0] not in OWN_OPTIONS:
            args = [BOARD, *args]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order they are learned."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; `farboard ls` need not load the server."""
        del ctx
        module = "farboard.cli.board" if cmd_name == BOARD else COMMANDS.get(cmd_name)
        if module is None:
            return None
        command: click.Command = importlib.import_module(module).command
        return command

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show the board's options as the program's own, since they are."""
        formatter.write_usage("farboard", "TARGET... [OPTIONS]")
        formatter.write_usage("farboard", "COMMAND [OPTIONS]", prefix="       ")
        self.format_help_text(ctx, formatter)
        with formatter.section("Examples"):
            formatter.write(EXAMPLES.lstrip("\n"))
        board = self.get_command(ctx, BOARD)
        options = [*(board.params if board else []), *self.get_params(ctx)]
        records = [o.get_help_record(ctx) for o in options if isinstance(o, click.Option)]
        with formatter.section("Options"):
            formatter.write_dl([record for record in records if record])
        self.format_commands(ctx, formatter)


@click.group(cls=Farboard, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(prog)s %(version)s", prog_name="farboard")
def main() -> None:
    """Show the training curves of a far-away machine, live, in the browser in front of you.

    A TARGET is a directory, here ("runs") or on a machine that ssh reaches ("gpu1:runs").
    """


if __name__ == "__main__":
    main()
