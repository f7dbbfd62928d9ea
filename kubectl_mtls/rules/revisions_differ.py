"""Two revisions of the control plane are set to different trust domains, root namespaces or auto mTLS.

What it checks

The MeshConfigs of all revisions: `rootNamespace`, `enableAutoMtls`, and `trustDomain` with its aliases. Trust domains
that name each other as aliases, as in a migration, are no finding. An error where clients of one revision fail at
servers of the other because of it.

Why it matters

Each proxy lives by the settings of its own revision. With another root namespace the mesh-wide policies of one half of
the mesh do not hold for the other; with another trust domain each half refuses the certificates of the other; and
which half a workload is in depends on a label of its namespace and on when its pods were last restarted.

Example

    apiVersion: v1
    kind: ConfigMap
    metadata: {name: istio, namespace: istio-system}
    data:
      mesh: |
        trustDomain: cluster.local
    ---
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: istio-canary, namespace: istio-system}
    data:
      mesh: |
        trustDomain: shop.example

Better

    apiVersion: v1
    kind: ConfigMap
    metadata: {name: istio, namespace: istio-system}
    data:
      mesh: |
        trustDomain: cluster.local
    ---
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: istio-canary, namespace: istio-system}
    data:
      mesh: |
        trustDomain: cluster.local

Fix

Give both revisions the same values where they are installed from. A trust domain is changed by naming the old one in
`trustDomainAliases` of both first.
"""

from collections.abc import Iterator

from kubectl_mtls.model.control_plane import DEFAULT_REVISION, MeshConfig
from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.posture.failure.obstacle import Obstacle
from kubectl_mtls.rules.mesh_settings import mesh_finding
from kubectl_mtls.rules.obstructed import clients, rows_of
from kubectl_mtls.rules.rule import CONNECTIONS, Rule
from kubectl_mtls.rules.view import View
from kubectl_mtls.rules.words import listed, service_ports

RULE = Rule(
    code="MTLS121",
    name="revisions-differ",
    severity=Severity.WARNING,
    summary="Revisions with different trust domains, root namespaces or auto mTLS",
    reads=CONNECTIONS,
    doc=__doc__,
)

_FIX = "give both MeshConfigs the same values, where the revisions are installed from"


def check(view: View) -> Iterator[Finding]:
    """One finding for every revision that differs from one before it; the default one is the first."""
    configs = view.snapshot.mesh_configs
    revisions = sorted(configs, key=lambda revision: (revision != DEFAULT_REVISION, revision))
    failures = view.failures[Obstacle.TRUST_DOMAINS]
    for at, revision in enumerate(revisions):
        mesh = configs[revision]
        other = next((one for one in revisions[:at] if _differences(configs[one], mesh)), None)
        if other is None:
            continue
        differences = _differences(configs[other], mesh)
        message = f"revision {revision} differs from revision {other}: {listed(differences)}"
        breaks = bool(failures) and not _trust_each_other(configs[other], mesh)
        if breaks:
            message += f"; at {service_ports(rows_of(failures), '')} {clients(failures)}"
        yield mesh_finding(RULE, view, mesh, message, _FIX, Severity.ERROR if breaks else Severity.WARNING)


def _differences(one: MeshConfig, other: MeshConfig) -> list[str]:
    found = []
    if not _trust_each_other(one, other):
        found.append(f"trustDomain {other.trust_domain} instead of {one.trust_domain}")
    if one.root_namespace != other.root_namespace:
        found.append(f"rootNamespace {other.root_namespace} instead of {one.root_namespace}")
    if one.auto_mtls is not other.auto_mtls:
        found.append(f"enableAutoMtls {str(other.auto_mtls).lower()} instead of {str(one.auto_mtls).lower()}")
    return found


def _trust_each_other(one: MeshConfig, other: MeshConfig) -> bool:
    return one.trust_domain in _trusted(other) and other.trust_domain in _trusted(one)


def _trusted(mesh: MeshConfig) -> tuple[str, ...]:
    return (mesh.trust_domain, *mesh.trust_domain_aliases)
