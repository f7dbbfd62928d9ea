"""Which pods would a workload have? For files: repositories hold Deployments, not Pods (never used on a cluster)."""

from collections.abc import Mapping
from typing import Any

from kubectl_mtls.model import fields
from kubectl_mtls.model.kind import POD
from kubectl_mtls.model.metadata import Metadata, parse_metadata
from kubectl_mtls.model.namespace import NEVER_INJECTED, Namespace
from kubectl_mtls.model.pod import Pod, Workload, parse_ports
from kubectl_mtls.model.probe import parse_probes
from kubectl_mtls.model.proxy import Proxy, detect_proxy, parse_interception, proxy_of_templates
from kubectl_mtls.model.proxy_files import annotated_files
from kubectl_mtls.model.reading import Document
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.selector import Labels
from kubectl_mtls.model.workload_entry import ISTIO, TLS_MODE_LABEL

_INJECT = "sidecar.istio.io/inject"
_YES = ("y", "yes", "true", "on")
_TEMPLATE_PATH = {"CronJob": "spec.jobTemplate.spec.template"}


def derive_pod(document: Document, namespace: Namespace | None) -> Pod:
    """The pod that a workload's template describes, named like the workload, marked `assumed`. Raises Malformed."""
    owner = parse_metadata(document)
    path = _TEMPLATE_PATH.get(owner.ref.kind.name, "spec.template")
    labels = fields.strings(document.manifest, f"{path}.metadata.labels")
    annotations = fields.strings(document.manifest, f"{path}.metadata.annotations")
    spec = fields.mapping(document.manifest, f"{path}.spec")
    with fields.below(f"{path}.spec"):
        proxy = _expected_proxy(spec, labels, annotations, owner.namespace, namespace)
        ports, host_network = parse_ports(spec), bool(fields.flag(spec, "hostNetwork"))
        probes = parse_probes(spec)
    if proxy.is_sidecar:
        labels = {TLS_MODE_LABEL: ISTIO, **labels}  # as the injector does, where the template does not say
    return Pod(
        metadata=Metadata(
            ref=Ref(POD, owner.namespace, owner.name),
            created_at=owner.created_at,
            labels=labels,
            annotations=annotations,
            owner=None,
            uid="",
            origin=owner.origin,
        ),
        workload=Workload(owner.ref.kind.name, owner.name),
        service_account=fields.text(document.manifest, f"{path}.spec.serviceAccountName") or "default",
        proxy=proxy,
        interception=parse_interception(annotations),
        ports=ports,
        revision=labels.get("istio.io/rev") or (namespace.revision if namespace else None),
        host_network=host_network,
        address="",
        finished=False,
        assumed=True,
        probes=probes,
        proxy_files=annotated_files(annotations),
    )


def _expected_proxy(
    spec: Mapping[str, Any], labels: Labels, annotations: Labels, name: str, namespace: Namespace | None
) -> Proxy:
    written = detect_proxy(spec, labels, annotations)
    if written is not Proxy.NONE:
        return written
    if fields.flag(spec, "hostNetwork") or name in NEVER_INJECTED:
        return Proxy.NONE
    injected = _injected(labels, annotations, namespace)
    if injected:
        return proxy_of_templates(annotations) or Proxy.SIDECAR
    return _ambient(labels, namespace) or (Proxy.UNKNOWN if injected is None else Proxy.NONE)


def _injected(labels: Labels, annotations: Labels, namespace: Namespace | None) -> bool | None:
    """Whether a webhook is called for the pod (charts/istio-discovery mutatingwebhook.yaml) and says yes.

    The injector itself (pkg/kube/inject injectRequired) hears the pod's label before its annotation. None where the
    files don't hold the Namespace: its labels could say either.
    """
    asked = labels.get(_INJECT, annotations.get(_INJECT, ""))
    if asked and asked.lower() not in _YES:
        return False
    named = labels.get(_INJECT) == "true" or "istio.io/rev" in labels
    if namespace is None:
        return True if named else None
    return named if namespace.injection is None else namespace.injection


def _ambient(labels: Labels, namespace: Namespace | None) -> Proxy | None:
    mode = labels.get("istio.io/dataplane-mode")
    captured = mode == "ambient" or (mode != "none" and namespace is not None and namespace.ambient)
    return Proxy.AMBIENT if captured else None
