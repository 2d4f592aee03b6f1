"""The command line. The only place that prints; each command is a few lines over the API.

Exit codes: 0 fine, 1 violations found or documents skipped, 2 misuse or failure.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from adckg import __version__
from adckg.errors import AdckgError, QueryError

if TYPE_CHECKING:
    from adckg.queries import Source

STORE = Path("build/store")
TURTLE = Path("build/adckg.ttl")


def main() -> None:
    """Run the command line and exit: every error is one line on stderr and exit code 2."""
    try:
        code = cli.main(standalone_mode=False)
        sys.stdout.flush()
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else "adckg"
        code = _complain(f"{error.format_message()} (see `{path} --help`)")
    except click.ClickException as error:
        code = _complain(error.format_message())
    except AdckgError as error:
        code = _complain(str(error))
    except BrokenPipeError:  # the reader has left, `adckg query ... | head`: nothing to say, and nobody to say it to
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except OSError as error:
        code = _complain(f"{error.filename or 'input or output'}: {error.strerror or error}")
    except (click.Abort, KeyboardInterrupt):
        code = 130
    sys.exit(code if isinstance(code, int) else 0)


def _complain(message: str) -> int:
    print(f"adckg: {' '.join(message.split())}", file=sys.stderr)
    return 2
