"""Who else uses a Secret or ConfigMap: issuers that sign with it, Ingresses that Istio serves, BackendTLSPolicies.

istiod reads the Secrets of an Ingress beside its ingress gateway (K8S_INGRESS_NS, by default its own namespace), not
beside the Ingress (pilot/pkg/config/kube/ingress/conversion.go).
"""

from collections.abc import Iterator

from kubectl_mtls.model.ingress import Ingress
from kubectl_mtls.model.kind import CLUSTER_ISSUER, CONFIG_MAP
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.credential.usage import Purpose, Usage

CERT_MANAGER_NAMESPACE = "cert-manager"
"""Where ClusterIssuers find their Secrets, unless --cluster-resource-namespace says otherwise."""


def resolve_consumers(snapshot: Snapshot, ref: Ref, istio_namespace: str) -> tuple[Usage, ...]:
    """Issuers first, then Ingresses; of a ConfigMap the BackendTLSPolicies that verify servers by it."""
    if ref.kind == CONFIG_MAP:
        return tuple(_backend_policies(snapshot, ref))
    return (*_issuers(snapshot, ref), *_ingresses(snapshot, ref, istio_namespace))


def named_by_ingresses(snapshot: Snapshot, name: str) -> Iterator[tuple[Ingress, str, tuple[str, ...]]]:
    """Every Ingress of Istio's class that names a Secret of this name: with the field and the hosts."""
    for ingress in snapshot.ingresses:
        for entry in ingress.certificates:
            if ingress.is_istio and entry.secret == name:
                yield ingress, entry.field, entry.hosts


def _issuers(snapshot: Snapshot, ref: Ref) -> Iterator[Usage]:
    for issuer in snapshot.issuers:
        is_cluster = issuer.metadata.ref.kind == CLUSTER_ISSUER
        where = CERT_MANAGER_NAMESPACE if is_cluster else issuer.metadata.namespace
        if (issuer.ca_secret, where) == (ref.name, ref.namespace):
            yield Usage(issuer.metadata, "spec.ca.secretName", Purpose.SIGNER, ())


def _ingresses(snapshot: Snapshot, ref: Ref, istio_namespace: str) -> Iterator[Usage]:
    if ref.namespace == istio_namespace:
        for ingress, field, hosts in named_by_ingresses(snapshot, ref.name):
            yield Usage(ingress.metadata, field, Purpose.SERVER, hosts)


def _backend_policies(snapshot: Snapshot, ref: Ref) -> Iterator[Usage]:
    """Istio takes the first reference, a ConfigMap beside the policy."""
    field = "spec.validation.caCertificateRefs.0"
    for policy in snapshot.backend_tls_policies:
        named = [(one.kind, policy.metadata.namespace, one.name) for one in policy.certificates[:1]]
        if (ref.kind.name, ref.namespace, ref.name) in named and not policy.ignored:
            yield Usage(policy.metadata, field, Purpose.CLIENT_CA, (policy.hostname,))
