"""Meshes as YAML, through the pipeline that the commands use."""

import re
import textwrap
from collections.abc import Iterable
from datetime import UTC, datetime

from kubectl_mtls.certs.certificate import parse_certificates
from kubectl_mtls.model.assembly import build_snapshot
from kubectl_mtls.model.document import parse_objects
from kubectl_mtls.model.finding import Finding
from kubectl_mtls.model.gap import Gap, GapReason
from kubectl_mtls.model.kind import Kind
from kubectl_mtls.model.origin import ApiOrigin
from kubectl_mtls.model.reading import Document, Reading
from kubectl_mtls.model.workload_entry import TLS_MODE_LABEL
from kubectl_mtls.posture.server.services import resolve_services
from kubectl_mtls.rules import differing_root_copies
from kubectl_mtls.rules.catalogue import CATALOGUE
from kubectl_mtls.rules.judgement import Check, Judgement, judge
from kubectl_mtls.rules.view import View

NOW = datetime(2026, 8, 1, tzinfo=UTC)


def view_of(
    text: str,
    *,
    live: bool = False,
    gaps: Iterable[Gap] = (),
    namespaces: Iterable[str] | None = None,
    now: datetime = NOW,
) -> View:
    """What rules see of these manifests; `live` as if the API server had given them."""
    documents = tuple(
        Document(value, ApiOrigin() if live else origin) for value, origin in parse_objects(text, "mesh.yaml")
    )
    snapshot = build_snapshot(Reading(documents, tuple(gaps)), live=live)
    return View(snapshot, resolve_services(snapshot), now, None if namespaces is None else frozenset(namespaces))


def judged(view: View) -> Judgement:
    return judge(view, CATALOGUE)


def codes(view: View) -> list[str]:
    return [finding.code for finding in judged(view).findings]


def forbidden(kind: Kind, namespace: str | None = None, name: str | None = None) -> Gap:
    return Gap(kind, namespace, name, GapReason.FORBIDDEN, f"{kind.plural}: forbidden", f"list {kind.resource}")


def policy(
    name: str = "default",
    mode: str | None = None,
    *,
    namespace: str = "shop",
    select: str = "",
    ports: str = "",
    created: str = "",
) -> str:
    """A PeerAuthentication; `select` and `ports` as YAML flow mappings, `created` as RFC 3339."""
    lines = [
        "---",
        "apiVersion: security.istio.io/v1",
        "kind: PeerAuthentication",
        f"metadata: {{name: {name}, namespace: {namespace}{f', creationTimestamp: {created}' if created else ''}}}",
        "spec:",
        f"  mtls: {{{f'mode: {mode}' if mode else ''}}}",
    ]
    if select:
        lines.append(f"  selector: {{matchLabels: {select}}}")
    if ports:
        lines.append(f"  portLevelMtls: {ports}")
    return "\n".join(lines) + "\n"


def destination_rule(
    policy: str = "", name: str = "ledger", *, host: str = "", namespace: str = "shop", select: str = "", more: str = ""
) -> str:
    """A DestinationRule; `policy` is its trafficPolicy, `select` its matchLabels, as YAML flow mappings."""
    lines = [
        "---",
        "apiVersion: networking.istio.io/v1",
        "kind: DestinationRule",
        f"metadata: {{name: {name}, namespace: {namespace}}}",
        "spec:",
        f"  host: {host or name!r}",
    ]
    if policy:
        lines.append(f"  trafficPolicy: {policy}")
    if select:
        lines.append(f"  workloadSelector: {{matchLabels: {select}}}")
    return "\n".join([*lines, *(["  " + more] if more else [])]) + "\n"


def tls(mode: str, more: str = "") -> str:
    """A trafficPolicy with a tls block."""
    return f"{{tls: {{mode: {mode}{', ' + more if more else ''}}}}}"


def workload(
    name: str = "cart", *, namespace: str = "shop", labels: str = "", annotations: str = "", port: int = 8080
) -> str:
    """A Deployment with label app=NAME whose pods get a sidecar, unless `labels` say otherwise."""
    every = ", ".join(part for part in (f"app: {name}", labels or 'sidecar.istio.io/inject: "true"') if part)
    return f"""---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, namespace: {namespace}}}
spec:
  template:
    metadata:
      labels: {{{every}}}
      annotations: {{{annotations}}}
    spec:
      containers: [{{name: app, image: app, ports: [{{containerPort: {port}, name: web}}]}}]
"""


def service(
    name: str = "cart",
    *,
    namespace: str = "shop",
    select: str = "",
    ports: str = "{port: 80, targetPort: 8080}",
    spec: str = "",
) -> str:
    return f"""---
apiVersion: v1
kind: Service
metadata: {{name: {name}, namespace: {namespace}}}
spec:
  selector: {select or f"{{app: {name}}}"}
  ports: [{ports}]
  {spec}
"""


def pod(
    name: str = "cart-0",
    *,
    namespace: str = "shop",
    labels: str = "app: cart",
    annotations: str = "",
    proxy: bool = False,
    spec: str = "",
    owner: str = "",
    address: str = "",
) -> str:
    """A running pod, with a sidecar (and the label that the injector sets, unless `labels` have it) or without."""
    sidecar = ", {name: istio-proxy, image: proxyv2, args: [proxy, sidecar]}" if proxy else ""
    if proxy and TLS_MODE_LABEL not in labels:
        labels += f", {TLS_MODE_LABEL}: istio"
    owners = (
        f"ownerReferences: [{{kind: {owner.partition('/')[0]}, name: {owner.partition('/')[2]}, controller: true}}]"
    )
    return f"""---
apiVersion: v1
kind: Pod
metadata:
  name: {name}
  namespace: {namespace}
  labels: {{{labels}}}
  annotations: {{{annotations}}}
  {owners if owner else ""}
spec:
  containers: [{{name: app, image: app, ports: [{{containerPort: 8080}}]}}{sidecar}]
  {spec}
{f"status: {{podIP: {address}}}" if address else ""}
"""


def namespace(name: str = "shop", labels: str = "") -> str:
    return f"---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}, labels: {{{labels}}}}}\n"


def mesh_config(
    root_namespace: str = "istio-system", *, namespace: str = "istio-system", revision: str = "", more: str = ""
) -> str:
    """A MeshConfig; `more` is one more line of it."""
    name = f"istio-{revision}" if revision else "istio"
    return f"""---
apiVersion: v1
kind: ConfigMap
metadata: {{name: {name}, namespace: {namespace}}}
data:
  mesh: |
    rootNamespace: {root_namespace}
    {more}
"""


def authorization(source: str, *, action: str = "ALLOW", select: str = "", more: str = "") -> str:
    """An AuthorizationPolicy of one rule; `source` as a YAML flow mapping, `more` is what else the rule says."""
    selector = f"  selector: {{matchLabels: {select}}}\n" if select else ""
    return f"""---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {{name: cart, namespace: shop}}
spec:
{selector}  action: {action}
  rules: [{{from: [{{source: {source}}}]{", " + more if more else ""}}}]
"""


def sidecar(hosts: str, *, namespace: str = "front") -> str:
    """A Sidecar that imports these hosts, a YAML flow sequence."""
    return f"""---
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {{name: default, namespace: {namespace}}}
spec: {{egress: [{{hosts: {hosts}}}]}}
"""


def found(check: Check, view: View) -> list[tuple[str, str]]:
    """Object and field of every finding of one rule, in order."""
    return sorted((one.object.full if one.object else "mesh", one.field) for one in check(view))


def only(check: Check, view: View) -> Finding:
    """The one finding that there is."""
    (finding,) = check(view)
    return finding


def root_copy(*certificates: str, namespace: str = "istio-system") -> str:
    """ConfigMap istio-ca-root-cert with these PEM texts."""
    lines = "".join(f"    {line}\n" for line in "\n".join(certificates).splitlines())
    return f"""---
apiVersion: v1
kind: ConfigMap
metadata: {{name: istio-ca-root-cert, namespace: {namespace}}}
data:
  root-cert.pem: |
{lines or "    no certificate"}
"""


OLD_ROOT, NEW_ROOT = sorted(
    {
        textwrap.dedent(pem)
        for pem in re.findall(r" +-----BEGIN [^-]+-----[^-]+-----END [^-]+-----\n", differing_root_copies.RULE.doc)
    },
    key=lambda pem: parse_certificates(pem.encode())[0][0].not_after,
)
"""Self-signed; they end on 2026-10-01 and on 2046-01-01."""
