"""What is wrong with the certificates in the Secrets of files."""

from collections.abc import Iterator

from kubectl_mtls.certs.inspection import inspect
from kubectl_mtls.model.control_plane import DEFAULT_NAMESPACE
from kubectl_mtls.model.credential import CA_SUFFIX
from kubectl_mtls.model.finding import Finding
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.rules.certificate_problem import check_inspection
from kubectl_mtls.rules.rule import View

_OF_TLS = frozenset({"tls.crt", "tls.key", "cert", "key", "cacert", "ca.crt", "ca-cert.pem", "cert-chain.pem"})


def secret_findings(view: View) -> Iterator[Finding]:
    """What is found in every Secret that is asked about and holds certificates; companions as part of theirs."""
    by_ref = {secret.ref: secret for secret in view.snapshot.secrets}
    istio = next(iter(sorted(view.snapshot.istiods, key=lambda one: one.metadata.age_order)), None)
    namespace = istio.metadata.namespace if istio else DEFAULT_NAMESPACE
    for ref, secret in by_ref.items():
        is_companion = ref.name.endswith(CA_SUFFIX) and _named(ref, ref.name.removesuffix(CA_SUFFIX)) in by_ref
        if view.covers(ref.namespace) and not is_companion and _OF_TLS & set(secret.data):
            companion = by_ref.get(_named(ref, ref.name + CA_SUFFIX))
            yield from check_inspection(inspect(secret, companion, view.now, namespace))


def _named(ref: Ref, name: str) -> Ref:
    return Ref(ref.kind, ref.namespace, name)
