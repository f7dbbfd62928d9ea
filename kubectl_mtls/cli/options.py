"""The flags that commands share, written as kubectl writes them (cli-runtime genericclioptions/config_flags.go)."""

from typing import Annotated

import typer

Files = Annotated[
    list[str] | None,
    typer.Option(
        "-f",
        "--filename",
        metavar="FILENAME",
        help="Read these files, folders or - (standard input) instead of the cluster. Repeatable.",
        show_default=False,
    ),
]
Recursive = Annotated[bool, typer.Option("-R", "--recursive", help="Also read the folders below those of -f.")]
NamespaceName = Annotated[
    str | None, typer.Option("-n", "--namespace", metavar="NAMESPACE", help="Namespace (default: the context's).")
]
AllNamespaces = Annotated[bool, typer.Option("-A", "--all-namespaces", help="All namespaces.")]
Output = Annotated[str, typer.Option("-o", "--output", metavar="FORMAT", help="table, wide, json or yaml.")]
NoHeaders = Annotated[bool, typer.Option("--no-headers", help="Leave the column heads out.")]
Selector = Annotated[str | None, typer.Option("-l", "--selector", metavar="SELECTOR", help="Labels to filter by.")]
At = Annotated[str | None, typer.Option("--at", metavar="TIME", help="Judge dates as of this time (RFC 3339).")]
FailOn = Annotated[
    str | None,
    typer.Option("--fail-on", metavar="SEVERITY", help="Exit 1 at a finding of error, warning or info (or worse)."),
]
IstioNamespace = Annotated[
    str | None,
    typer.Option("--istio-namespace", metavar="NAMESPACE", help="Where istiod lives (default: found by its webhooks)."),
]
