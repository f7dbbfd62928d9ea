"""`kubectl mtls version`: which release this is, and which Istio it talks to."""

from typing import Annotated

import typer

from kubectl_mtls.cli.formats import check_format
from kubectl_mtls.cli.options import Output, scoped
from kubectl_mtls.cli.scope import Scope
from kubectl_mtls.render.structured import render_structured
from kubectl_mtls.version import VERSION


@scoped(files=False, all_namespaces=False)
def version(
    scope: Scope,
    client: Annotated[bool, typer.Option("--client", help="Only this program; ask no cluster.")] = False,
    output: Output = "table",
) -> None:
    """Print the versions of this program and of the mesh's control planes."""
    check_format(output, "table", "json", "yaml")
    istiods = () if client else _istiods(scope)
    if output in ("json", "yaml"):
        found = [{"revision": revision, "version": number or None} for revision, number in istiods]
        answer = {"clientVersion": VERSION, **({} if client else {"istiods": found})}
        scope.session.answer(render_structured("Version", answer, output))
        return
    lines = [f"kubectl-mtls: v{VERSION}"]
    lines += [f"istiod ({revision}): {number or 'unknown version'}" for revision, number in istiods]
    if not client and not istiods:
        lines.append("istiod: none found")
    scope.session.answer("".join(f"{line}\n" for line in lines))


def _istiods(scope: Scope) -> list[tuple[str, str]]:
    from kubectl_mtls.cli.gather import read_control_planes

    snapshot = read_control_planes(scope.source(), scope.istio_namespace)
    return [(one.revision, one.version) for one in snapshot.istiods]
