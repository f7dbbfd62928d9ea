"""Who else uses a Secret: issuers that sign with it, and Ingresses that Istio serves.

istiod reads the Secrets of an Ingress beside its ingress gateway (K8S_INGRESS_NS, by default its own namespace), not
beside the Ingress (pilot/pkg/config/kube/ingress/conversion.go).
"""

from collections.abc import Iterator

from kubectl_mtls.model.ingress import Ingress
from kubectl_mtls.model.kind import CLUSTER_ISSUER
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.usage import Purpose, Usage

CERT_MANAGER_NAMESPACE = "cert-manager"
"""Where ClusterIssuers find their Secrets, unless --cluster-resource-namespace says otherwise."""


def resolve_consumers(snapshot: Snapshot, namespace: str, name: str, istio_namespace: str) -> tuple[Usage, ...]:
    """Issuers first, then Ingresses."""
    return (*_issuers(snapshot, namespace, name), *_ingresses(snapshot, namespace, name, istio_namespace))


def named_by_ingresses(snapshot: Snapshot, name: str) -> Iterator[tuple[Ingress, str, tuple[str, ...]]]:
    """Every Ingress of Istio's class that names a Secret of this name: with the field and the hosts."""
    for ingress in snapshot.ingresses:
        for entry in ingress.certificates:
            if ingress.is_istio and entry.secret == name:
                yield ingress, entry.field, entry.hosts


def _issuers(snapshot: Snapshot, namespace: str, name: str) -> Iterator[Usage]:
    for issuer in snapshot.issuers:
        is_cluster = issuer.metadata.ref.kind == CLUSTER_ISSUER
        where = CERT_MANAGER_NAMESPACE if is_cluster else issuer.metadata.namespace
        if (issuer.ca_secret, where) == (name, namespace):
            yield Usage(issuer.metadata, "spec.ca.secretName", Purpose.SIGNER, ())


def _ingresses(snapshot: Snapshot, namespace: str, name: str, istio_namespace: str) -> Iterator[Usage]:
    if namespace == istio_namespace:
        for ingress, field, hosts in named_by_ingresses(snapshot, name):
            yield Usage(ingress.metadata, field, Purpose.SERVER, hosts)
