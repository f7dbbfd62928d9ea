"""`kubectl mtls switch-mode`: what servers accept or clients send, changed where it is decided, with its effect."""

from typing import Annotated

import typer

from kubectl_mtls.cli.change_flags import Accept, DryRunFlag, Undo, Yes
from kubectl_mtls.cli.options import Output, scoped
from kubectl_mtls.cli.scope import Scope


@scoped(all_namespaces=False)
def switch_mode(
    scope: Scope,
    target: Annotated[str, typer.Argument(metavar="pa/NAME|ns/NAME|mesh|dr/NAME", show_default=False)],
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="MODE",
            help="Servers (pa, ns, mesh): UNSET, DISABLE, PERMISSIVE, STRICT. "
            "Clients (dr): DISABLE, SIMPLE, MUTUAL, ISTIO_MUTUAL.",
        ),
    ] = None,
    port: Annotated[
        int | None, typer.Option("--port", metavar="NUMBER", help="Only this port of the pods (pa with a selector).")
    ] = None,
    credential: Annotated[
        str | None, typer.Option("--credential", metavar="NAME", help="Secret for SIMPLE and MUTUAL (credentialName).")
    ] = None,
    sni: Annotated[str | None, typer.Option("--sni", metavar="HOST", help="Server name that clients ask for.")] = None,
    undo: Undo = False,
    accept: Accept = None,
    yes: Yes = False,
    dry_run: DryRunFlag = "none",
    write: Annotated[bool, typer.Option("--write", help="With -f: change the files instead of printing.")] = False,
    output: Output = "text",
) -> None:
    """Change a mode with the smallest patch to the object that decides it, after showing what follows.

    Refuses while objections are open: --accept takes them by their code. With -f or -o yaml the changed manifests are
    printed and nothing is written; with -f and --write the files are changed. -o plan-json prints what follows from the
    change: which connections become what, and what speaks against it.
    """
    from kubectl_mtls.cli.plan_switch import SwitchRequest, run_switch

    run_switch(scope, SwitchRequest(target, to, port, credential, sni, undo), accept or [], yes, dry_run, output, write)
