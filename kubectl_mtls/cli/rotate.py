"""`kubectl mtls rotate`: another certificate into a Secret, checked before the write, the old version kept."""

from typing import Annotated

import typer

from kubectl_mtls.cli.change_flags import Accept, DryRunFlag, Undo, Yes
from kubectl_mtls.cli.options import Output, scoped
from kubectl_mtls.cli.scope import Scope


def _file(flag: str, help_text: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(flag, metavar="FILE", help=help_text, show_default=False)
    return option


@scoped(files=False, all_namespaces=False)
def rotate(
    scope: Scope,
    target: Annotated[str, typer.Argument(metavar="secret/NAME", show_default=False)],
    cert: Annotated[
        str | None, _file("--cert", "The certificate and its chain, leaf first (PEM, - for stdin).")
    ] = None,
    key: Annotated[str | None, _file("--key", "Its private key (PEM, not encrypted).")] = None,
    ca: Annotated[str | None, _file("--ca", "The CA of the peers; without it the one in place stays.")] = None,
    create: Annotated[bool, typer.Option("--create", help="Make the Secret when there is none.")] = False,
    output_file: Annotated[
        str | None, _file("--output-file", "Write the manifest, key included, to a new file (mode 0600); no cluster.")
    ] = None,
    undo: Undo = False,
    accept: Accept = None,
    yes: Yes = False,
    dry_run: DryRunFlag = "none",
    output: Output = "text",
) -> None:
    """Put another certificate into a Secret: pair and CA in one write, the old version kept for --undo.

    Key, chain, dates and names are checked first, old and new shown side by side. With -o yaml the manifest is printed
    without the key, with --output-file written with it; the cluster stays as it is.
    """
    from kubectl_mtls.cli.plan_rotation import RotationRequest, run_rotation

    request = RotationRequest(target, cert, key, ca, create, output_file, undo)
    run_rotation(scope, request, accept or [], yes, dry_run, output)
