"""Which pods would a workload have? For files: repositories hold Deployments, not Pods (never used on a cluster)."""

from collections.abc import Mapping
from typing import Any

from kubectl_mtls.model import fields
from kubectl_mtls.model.kind import POD
from kubectl_mtls.model.metadata import Metadata, parse_metadata
from kubectl_mtls.model.namespace import NEVER_INJECTED, Namespace
from kubectl_mtls.model.pod import Pod, Workload, parse_ports
from kubectl_mtls.model.proxy import Proxy, detect_proxy, parse_interception
from kubectl_mtls.model.reading import Document
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.selector import Labels

_TEMPLATE_PATH = {"CronJob": "spec.jobTemplate.spec.template"}


def derive_pod(document: Document, namespace: Namespace | None) -> Pod:
    """The pod that a workload's template describes, named like the workload, marked `assumed`. Raises Malformed."""
    owner = parse_metadata(document)
    template = fields.mapping(document.manifest, _TEMPLATE_PATH.get(owner.ref.kind.name, "spec.template"))
    labels = fields.strings(template, "metadata.labels")
    annotations = fields.strings(template, "metadata.annotations")
    spec = fields.mapping(template, "spec")
    return Pod(
        metadata=Metadata(
            ref=Ref(POD, owner.namespace, owner.name),
            created_at=owner.created_at,
            labels=labels,
            annotations=annotations,
            owner=None,
            uid="",
            resource_version="",
            origin=owner.origin,
        ),
        workload=Workload(owner.ref.kind.name, owner.name),
        service_account=fields.text(spec, "serviceAccountName") or "default",
        proxy=_expected_proxy(spec, labels, annotations, owner.namespace, namespace),
        interception=parse_interception(annotations),
        ports=parse_ports(spec),
        revision=labels.get("istio.io/rev") or (namespace.revision if namespace else None),
        host_network=bool(fields.flag(spec, "hostNetwork")),
        address="",
        finished=False,
        assumed=True,
    )


def _expected_proxy(
    spec: Mapping[str, Any], labels: Labels, annotations: Labels, name: str, namespace: Namespace | None
) -> Proxy:
    """What the injector would do (pkg/kube/inject injectRequired): pod before namespace, label before annotation."""
    written = detect_proxy(spec, labels, annotations)
    if written is not Proxy.NONE:
        return written
    if fields.flag(spec, "hostNetwork") or name in NEVER_INJECTED:
        return Proxy.NONE
    asked = labels.get("sidecar.istio.io/inject", annotations.get("sidecar.istio.io/inject"))
    injected = asked == "true" if asked in ("true", "false") else _asked_by_namespace(labels, namespace)
    if injected is None:
        return _ambient(labels, namespace) or Proxy.UNKNOWN
    if not injected:
        return _ambient(labels, namespace) or Proxy.NONE
    templates = annotations.get("inject.istio.io/templates", "")
    if templates.startswith("gateway"):
        return Proxy.GATEWAY
    return Proxy.PROXYLESS if templates.startswith("grpc-") else Proxy.SIDECAR


def _asked_by_namespace(labels: Labels, namespace: Namespace | None) -> bool | None:
    """None where the files don't hold the Namespace: its labels could say either."""
    if "istio.io/rev" in labels:
        return True
    return None if namespace is None else bool(namespace.injection)


def _ambient(labels: Labels, namespace: Namespace | None) -> Proxy | None:
    mode = labels.get("istio.io/dataplane-mode")
    captured = mode == "ambient" or (mode != "none" and namespace is not None and namespace.ambient)
    return Proxy.AMBIENT if captured else None
