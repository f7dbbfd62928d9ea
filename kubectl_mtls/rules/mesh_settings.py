"""How a finding points at the MeshConfig of a revision."""

from kubectl_mtls.model.control_plane import MeshConfig
from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.rules.rule import Rule
from kubectl_mtls.rules.view import View


def mesh_finding(rule: Rule, view: View, mesh: MeshConfig, message: str, fix: str, severity: Severity) -> Finding:
    """A finding about the ConfigMap that the settings were read from."""
    document = view.snapshot.documents.get(mesh.source) if mesh.source else None
    origin = document.origin if document else None
    return rule.finding(None, "data.mesh", message, fix, severity=severity, ref=mesh.source, origin=origin)
