"""The flags of every command that changes something."""

from typing import Annotated

import typer

Accept = Annotated[
    list[str] | None, typer.Option("--accept", metavar="CODES", help="Objections to accept, by code. Repeatable.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Undo = Annotated[bool, typer.Option("--undo", help="Take the last change back.")]
DryRunFlag = Annotated[
    str, typer.Option("--dry-run", metavar="none|client|server", help="Plan only, or let the server check it too.")
]
