"""Which Services does the API server call? It has no identity of the mesh (P19).

As admission webhooks (admissionregistration.k8s.io/v1), as the conversion webhooks of custom resources
(apiextensions.k8s.io/v1) and as the backends of APIServices (apiregistration.k8s.io/v1).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kubectl_mtls.model import fields
from kubectl_mtls.model.metadata import Metadata, parse_metadata
from kubectl_mtls.model.reading import Document

_PORT = 443


@dataclass(frozen=True, slots=True)
class ApiServerCall:
    """One Service port that an object tells the API server to call. `service` is namespace and name.

    `is_vital`: where the call fails, so does what the API server was asked for.
    """

    metadata: Metadata
    field: str
    service: tuple[str, str]
    port: int
    is_vital: bool = True


def parse_webhook_calls(document: Document) -> tuple[ApiServerCall, ...]:
    """Those of a Validating- or MutatingWebhookConfiguration. Raises Malformed."""
    metadata = parse_metadata(document)
    found: list[ApiServerCall] = []
    for index, hook in enumerate(fields.mappings(document.manifest, "webhooks")):
        with fields.below(f"webhooks.{index}"):
            is_vital = fields.text(hook, "failurePolicy") != "Ignore"
            found += _call(metadata, f"webhooks.{index}.clientConfig.service", _service(hook, "clientConfig"), is_vital)
    return tuple(found)


def parse_conversion_call(document: Document) -> tuple[ApiServerCall, ...]:
    """That of a CustomResourceDefinition whose versions a webhook converts. Raises Malformed."""
    path = "spec.conversion.webhook.clientConfig"
    service = _service(document.manifest, path)
    return tuple(_call(parse_metadata(document), f"{path}.service", service))


def parse_api_service_call(document: Document) -> tuple[ApiServerCall, ...]:
    """That of an APIService which the API server does not serve itself. Raises Malformed."""
    return tuple(_call(parse_metadata(document), "spec.service", _service(document.manifest, "spec")))


def _service(owner: Mapping[str, Any], path: str) -> Mapping[str, Any]:
    return fields.mapping(owner, f"{path}.service")


def _call(metadata: Metadata, field: str, service: Mapping[str, Any], is_vital: bool = True) -> Iterator[ApiServerCall]:
    name = fields.text(service, "name")
    if name:
        port = fields.number(service, "port") or _PORT
        yield ApiServerCall(metadata, field, (fields.text(service, "namespace"), name), port, is_vital)
