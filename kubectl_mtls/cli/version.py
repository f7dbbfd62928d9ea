"""`kubectl mtls version`: which release this is, and which Istio it talks to."""

from collections.abc import Sequence
from typing import Annotated

import typer

from kubectl_mtls.cli.formats import check_format
from kubectl_mtls.cli.options import Output, scoped
from kubectl_mtls.cli.scope import Scope
from kubectl_mtls.model.gap import Gap
from kubectl_mtls.model.kind import DEPLOYMENT
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
    istiods, gaps = ((), ()) if client else _istiods(scope)
    if output in ("json", "yaml"):
        found = [{"revision": revision, "version": number or None} for revision, number in istiods]
        from kubectl_mtls.render.object_json import gap_object

        seen = {} if client else {"istiods": found, "gaps": [gap_object(gap) for gap in gaps]}
        answer = {"clientVersion": VERSION, **seen}
        scope.session.answer(render_structured("Version", answer, output))
        return
    lines = [f"kubectl-mtls: v{VERSION}"]
    lines += [f"istiod ({revision}): {number or 'unknown version'}" for revision, number in istiods]
    if not client and not istiods:
        lines.append(f"istiod: not readable ({gaps[0].detail})" if gaps else "istiod: none found")
    scope.session.answer("".join(f"{line}\n" for line in lines))


def _istiods(scope: Scope) -> tuple[Sequence[tuple[str, str]], Sequence[Gap]]:
    """Revision and version of each, and the gaps behind which further ones may hide."""
    from kubectl_mtls.cli.gather import read_control_planes

    snapshot = read_control_planes(scope.source(), scope.istio_namespace)
    gaps = [gap for gap in snapshot.gaps if gap.kind == DEPLOYMENT]
    return [(one.revision, one.version) for one in snapshot.istiods], gaps
