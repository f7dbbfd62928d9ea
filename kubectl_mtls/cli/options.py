"""The flags that commands share, written as kubectl writes them (cli-runtime genericclioptions/config_flags.go)."""

import inspect
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

import typer

from kubectl_mtls.cli.duration import parse_duration
from kubectl_mtls.cli.scope import Scope
from kubectl_mtls.cli.session import Session
from kubectl_mtls.kube.flags import ConnectionFlags

Output = Annotated[str, typer.Option("-o", "--output", metavar="FORMAT", help="Output format.")]
NoHeaders = Annotated[bool, typer.Option("--no-headers", help="Leave the column heads out.")]
Selector = Annotated[str | None, typer.Option("-l", "--selector", metavar="SELECTOR", help="Labels to choose by.")]
At = Annotated[str | None, typer.Option("--at", metavar="TIME", help="Judge dates as of this time (RFC 3339).")]
FailOn = Annotated[
    str | None, typer.Option("--fail-on", metavar="SEVERITY", help="Exit 1 at an error, warning or info, or worse.")
]
AllowGaps = Annotated[bool, typer.Option("--allow-gaps", help="Pass although something could not be read.")]

ReadCa = Annotated[
    bool, typer.Option("--read-ca", help="Also read the Secrets that hold the mesh's signing key, for its dates.")
]
NoSecrets = Annotated[bool, typer.Option("--no-secrets", help="Read no Secret at all.")]

PolicyFile = Annotated[
    str | None,
    typer.Option("--policy", metavar="FILE", help="What certificates may be: issuers, lifetimes, keys, names."),
]

_CONNECTION = "Connection"
_SCOPE = "Where to look"


def _text(flag: str, help_text: str, *more: str, panel: str = _CONNECTION, metavar: str = "TEXT") -> Any:
    option = typer.Option(*more, flag, help=help_text, metavar=metavar, rich_help_panel=panel, show_default=False)
    return Annotated[str | None, option]


def _several(flag: str, help_text: str, *more: str, panel: str = _CONNECTION, metavar: str = "TEXT") -> Any:
    option = typer.Option(*more, flag, help=help_text, metavar=metavar, rich_help_panel=panel, show_default=False)
    return Annotated[list[str] | None, option]


def _switch(flag: str, help_text: str, *more: str, panel: str = _CONNECTION) -> Any:
    return Annotated[bool, typer.Option(*more, flag, help=help_text, rich_help_panel=panel)]


_REQUEST_TIMEOUT = (
    "Limit of one request, retries on a lost connection, 429 and 5xx included (default 30s, 0 = none). "
    "All reads of an answer together end after 10 times that; what has not come by then is a gap."
)

_SHARED: dict[str, tuple[Any, Any]] = {
    "namespace": (_text("--namespace", "Namespace (default: the context's).", "-n", panel=_SCOPE), None),
    "kubeconfig": (_text("--kubeconfig", "Path of the kubeconfig file.", metavar="FILE"), None),
    "context": (_text("--context", "The kubeconfig context to use."), None),
    "cluster": (_text("--cluster", "The kubeconfig cluster to use."), None),
    "user": (_text("--user", "The kubeconfig user to use."), None),
    "server": (_text("--server", "Address of the API server.", "-s"), None),
    "token": (_text("--token", "Bearer token."), None),
    "impersonate": (_text("--as", "User to impersonate."), None),
    "impersonate_groups": (_several("--as-group", "Group to impersonate. Repeatable."), None),
    "impersonate_uid": (_text("--as-uid", "UID to impersonate."), None),
    "impersonate_user_extra": (_several("--as-user-extra", "Extra to impersonate, key=value. Repeatable."), None),
    "certificate_authority": (_text("--certificate-authority", "File of the API server's CA.", metavar="FILE"), None),
    "client_certificate": (_text("--client-certificate", "File of a client certificate.", metavar="FILE"), None),
    "client_key": (_text("--client-key", "File of its private key.", metavar="FILE"), None),
    "tls_server_name": (_text("--tls-server-name", "Name to verify the API server's certificate by."), None),
    "insecure_skip_tls_verify": (_switch("--insecure-skip-tls-verify", "Do not verify the API server."), False),
    "username": (_text("--username", "User name for basic authentication."), None),
    "password": (_text("--password", "Password for basic authentication."), None),
    "disable_compression": (_switch("--disable-compression", "Ask for uncompressed answers."), False),
    "request_timeout": (_text("--request-timeout", _REQUEST_TIMEOUT, metavar="DURATION"), None),
    "istio_namespace": (_text("--istio-namespace", "Where istiod lives (default: found).", panel=_SCOPE), None),
    "verbosity": (
        Annotated[int, typer.Option("-v", "--v", help="Log level: 6 shows requests.", show_default=False)],
        0,
    ),
}
_ALL_NAMESPACES = (_switch("--all-namespaces", "All namespaces.", "-A", panel=_SCOPE), False)
_FILES = (
    _several("--filename", "Read files, folders or - instead of the cluster.", "-f", panel=_SCOPE, metavar="FILE"),
    None,
)
_RECURSIVE = (_switch("--recursive", "Also read folders below those of -f.", "-R", panel=_SCOPE), False)
_WATCH = (_switch("--watch", "Show it again whenever something changes, until ^C.", "-w", panel=_SCOPE), False)

Command = Callable[..., int | None]


def scoped(*, files: bool = True, all_namespaces: bool = True, watch: bool = False) -> Callable[[Command], Command]:
    """Give a command the shared flags; its first parameter, `scope`, gets what they say.

    The command returns its exit code (None means 0). With `watch` it has --watch, and an `output` of its own.
    """
    shared = {
        **_SHARED,
        **({"all_namespaces": _ALL_NAMESPACES} if all_namespaces else {}),
        **({"filename": _FILES, "recursive": _RECURSIVE} if files else {}),
        **({"watch": _WATCH} if watch else {}),
    }

    def decorate(command: Command) -> Command:
        own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]
        added = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
            for name, (annotation, default) in shared.items()
        ]

        def run(**given: Any) -> None:
            context = given.pop("context_")
            scope = _scope(context.obj, {name: given.pop(name) for name in shared})
            try:
                if scope.watch:
                    from kubectl_mtls.cli.watch import watch_answer  # needs the kubernetes package

                    watch_answer(scope, partial(command, **given), given["output"])
                code = command(scope, **given)
            finally:
                scope.tell_warnings()
            raise typer.Exit(code or 0)

        context_parameter = inspect.Parameter("context_", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
        keyword_only = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in own]
        parameters = [context_parameter, *keyword_only, *added]
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # what typer reads flags from
        run.__annotations__ = {one.name: one.annotation for one in parameters}
        run.__doc__, run.__name__ = command.__doc__, command.__name__
        return run

    return decorate


def _scope(session: Session, given: dict[str, Any]) -> Scope:
    session.verbosity = given.pop("verbosity")
    timeout = given.pop("request_timeout")
    seconds = 30.0 if timeout is None else parse_duration(timeout, "--request-timeout")
    scope = Scope(
        session=session,
        connection=ConnectionFlags(),
        all_namespaces=given.pop("all_namespaces", False),
        files=tuple(given.pop("filename", None) or ()),
        recursive=given.pop("recursive", False),
        istio_namespace=given.pop("istio_namespace"),
        watch=given.pop("watch", False),
    )
    for name in ("impersonate_groups", "impersonate_user_extra"):
        given[name] = tuple(given[name] or ())
    scope.connection = ConnectionFlags(**given, request_timeout=seconds or None)
    return scope
