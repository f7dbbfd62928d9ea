"""By which CA the API server trusts the sidecar injector: the caBundle of its webhooks."""

from dataclasses import dataclass

from kubectl_mtls.model import fields
from kubectl_mtls.model.metadata import Metadata, parse_metadata
from kubectl_mtls.model.reading import Document
from kubectl_mtls.model.secret import decode_base64


@dataclass(frozen=True, slots=True)
class WebhookBundle:
    """One webhook of an injector's configuration. `pem` is empty without a bundle, None where it is no base64."""

    field: str
    name: str
    service_namespace: str
    pem: bytes | None


@dataclass(frozen=True, slots=True)
class InjectorWebhooks:
    """One MutatingWebhookConfiguration of Istio's; `bundles` are those of its webhooks that call a Service."""

    metadata: Metadata
    bundles: tuple[WebhookBundle, ...]


def parse_injector_webhooks(document: Document) -> InjectorWebhooks | None:
    """None for the webhooks of others (pilot/pkg/bootstrap/webhook.go patches those with label app). Raises Malformed.

    istiod finds its own by their names: `*.sidecar-injector.istio.io` and older forms, all with `istio` in them.
    """
    bundles = []
    for index, hook in enumerate(fields.mappings(document.manifest, "webhooks")):
        with fields.below(f"webhooks.{index}"):
            name = fields.text(hook, "name")
            namespace = fields.text(hook, "clientConfig.service.namespace")
            written = fields.text(hook, "clientConfig.caBundle")
        if "istio" in name and namespace:
            field = f"webhooks.{index}.clientConfig.caBundle"
            bundles.append(WebhookBundle(field, name, namespace, decode_base64(written)))
    return InjectorWebhooks(parse_metadata(document), tuple(bundles)) if bundles else None
