"""Meshes around one Secret that a DestinationRule or Gateway names, with certificates made once."""

import functools
import textwrap
from datetime import timedelta

from kubectl_mtls.certs.issue import Issued, issue, issue_root
from tests.rules.mesh import NOW, pod, workload

DAY = timedelta(days=1)


@functools.cache
def root() -> Issued:
    return issue_root(NOW)


@functools.cache
def leaf(days: float = 300, names: tuple[str, ...] = ("DNS:cart.shop.example",), **fields) -> Issued:
    """It began a day ago and ends `days` from now."""
    return issue("cart", NOW, root(), sans=names, lifetime=(days + 1) * DAY, **fields)


@functools.cache
def intermediate(days: float) -> Issued:
    """It began a year ago and ends `days` from now."""
    return issue("Example Issuing CA", NOW, root(), is_ca=True, age=365 * DAY, lifetime=(days + 365) * DAY)


def secret(
    pair: Issued | None = None,
    *,
    name: str = "partner-cert",
    namespace: str = "shop",
    ca: bytes | None = b"root",
    annotations: str = "",
    **values: bytes,
) -> str:
    """A Secret as YAML: pair and CA in the tls form, further data keys with `_` for `.`."""
    data = {"tls.crt": pair.chain_pem, "tls.key": pair.key_pem()} if pair else {}
    if ca:
        data["ca.crt"] = root().pem if ca == b"root" else ca
    data |= {key.replace("_", "."): value for key, value in values.items()}
    lines = "".join(f"  {key}: |\n{textwrap.indent(value.decode(), '    ')}" for key, value in data.items())
    return f"""---
apiVersion: v1
kind: Secret
metadata: {{name: {name}, namespace: {namespace}, annotations: {{{annotations}}}}}
stringData:
{lines}"""


def rule(
    *, mode: str = "MUTUAL", credential: str = "partner-cert", selector: str = "{matchLabels: {app: cart}}"
) -> str:
    """A DestinationRule for a host outside."""
    return f"""---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {{name: partner, namespace: shop}}
spec:
  host: api.partner.example
  {f"workloadSelector: {selector}" if selector else ""}
  trafficPolicy: {{tls: {{mode: {mode}, credentialName: {credential}}}}}
"""


def gateway(tls: str, *, host: str = "cart.shop.example", namespace: str = "shop") -> str:
    """A Gateway whose pods run in namespace shop, one of them here."""
    return f"""---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {{name: front, namespace: {namespace}}}
spec:
  selector: {{istio: front}}
  servers: [{{port: {{number: 443, name: https, protocol: HTTPS}}, hosts: [{host}], tls: {tls}}}]
---
apiVersion: v1
kind: Pod
metadata: {{name: front-0, namespace: shop, labels: {{istio: front}}}}
spec: {{containers: [{{name: istio-proxy, image: proxyv2, args: [proxy, router]}}]}}
"""


def cart(*, live: bool = False) -> str:
    """The client: in files a Deployment, on a cluster its pod."""
    return pod("cart-0", proxy=True) if live else workload("cart")
