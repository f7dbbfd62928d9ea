"""Which commands are there? Each is imported only when it is the one that was asked for: help must not wait for all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module

import typer

_ABOUT = "Mutual TLS in an Istio mesh: see it, explain it, change it with checks on both sides of the change."


@dataclass(frozen=True, slots=True)
class Command:
    """One command: the word, what `--help` says of it, and the module that has it as a function of the same name."""

    name: str
    summary: str

    def load(self) -> Callable[..., int | None]:
        """Import it."""
        function = self.name.replace("-", "_")
        command: Callable[..., int | None] = getattr(import_module(f"kubectl_mtls.cli.{function}"), function)
        return command


COMMANDS = (
    Command("status", "What every Service accepts, what decided it, what is wrong."),
    Command("explain", "One connection, decision by decision, and what comes of it."),
    Command("check", "Only what is wrong: for pipelines and Git repositories."),
    Command("snapshot", "What is read, without secrets, as a file for -f."),
    Command("inspect-secret", "What is in a certificate Secret, and whether it is sound."),
    Command("switch-mode", "Change a mode where it is decided, after showing the effect."),
    Command("rotate", "Put another certificate into a Secret, after checking it."),
    Command("rules", "What each rule means."),
    Command("version", "Which release this is, and which Istio it talks to."),
)


def build_app(argv: Sequence[str] | None = None) -> typer.Typer:
    """The program; with `argv` only the command that it names can be run, the others stand in the help."""
    app = typer.Typer(
        help=_ABOUT,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=False,
        no_args_is_help=True,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(help=_ABOUT)(_nothing)
    for command in COMMANDS:
        wanted = argv is None or command.name in argv[:1]
        app.command(command.name, short_help=command.summary)(command.load() if wanted else _nothing)
    return app


def _nothing() -> None:
    pass
