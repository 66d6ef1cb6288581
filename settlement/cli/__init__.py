"""The command line. `--help` answers at once: what is heavy is imported by the command that needs it."""

import os
import sys
from typing import Any

import click

from settlement.cli.audit import audit
from settlement.cli.books import policy
from settlement.cli.database import init
from settlement.cli.due import due
from settlement.cli.entitlements import entitle
from settlement.cli.erasure import erase
from settlement.cli.negotiate import negotiate
from settlement.cli.people import user
from settlement.cli.problems import BROKEN_PIPE, FINDINGS, INTERRUPTED, tell
from settlement.cli.replay import replay
from settlement.cli.reports import report
from settlement.cli.server import demo, serve
from settlement.cli.suggestions import advise
from settlement.cli.tokens import token
from settlement.cli.worker import worker
from settlement.errors import SettlementError


class _Commands(click.Group):
    """Commands whose errors are told in lines, never as a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            try:
                return super().invoke(ctx)
            finally:
                sys.stdout.flush()
        except SettlementError as error:
            ctx.exit(tell(error))
        except KeyboardInterrupt:
            ctx.exit(INTERRUPTED)
        except BrokenPipeError:
            _leave_quietly()
            ctx.exit(BROKEN_PIPE)
        except OSError as error:
            _leave_quietly()
            click.echo(f"{error.filename or 'the output'}: {error.strerror}", err=True)
            ctx.exit(FINDINGS)


def _leave_quietly() -> None:
    """Nothing can be written any more: what is left goes nowhere, without a word from Python."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="settlement")
def main() -> None:
    """Suggest a fair settlement for a customer's complaint: what may be offered, who must agree, what to say.

    Exit code 0: done. 1: something was found, or a line could not be answered. 2: the input or the
    usage has faults; each is told with what to do.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


for _command in (
    serve,
    demo,
    init,
    advise,
    negotiate,
    entitle,
    policy,
    replay,
    audit,
    token,
    user,
    due,
    report,
    erase,
    worker,
):
    main.add_command(_command)
