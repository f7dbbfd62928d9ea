"""A fix that is pasted takes its finding away: on a real API server, by a real kubectl, and its CRDs take it."""

import json
from pathlib import Path

from tests.live.paste import paste
from tests.live.program import run_as
from tests.rules.mesh import destination_rule, namespace, pod, policy, service, tls
from tests.servers.api import ApiServer

TCP = "{name: tcp, port: 5432, targetPort: 5432}"
HTTP = "{name: http, port: 80, targetPort: 8080}"
GHOST = "subjectAltNames: [spiffe://cluster.local/ns/shop/sa/ghost]"


def server(name: str, port: str, rule: str, *, proxy: bool = True) -> str:
    """A Service with one pod and a rule for it."""
    address = f"10.0.1.{len(name)}"
    return service(name, ports=port) + pod(f"{name}-0", labels=f"app: {name}", proxy=proxy, address=address) + rule


def outside(name: str, protocol: str, policy_of_rule: str) -> str:
    return f"""---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {{name: {name}, namespace: shop}}
spec:
  hosts: [{name}.example]
  location: MESH_EXTERNAL
  resolution: DNS
  ports: [{{number: 443, name: out, protocol: {protocol}}}]
""" + destination_rule(policy_of_rule, name, host=f"{name}.example")


GATEWAY = """---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  selector: {istio: ingress}
  servers:
    - port: {number: 443, name: https, protocol: HTTPS}
      hosts: [web.example]
      tls: {mode: SIMPLE, credentialName: web}
    - {port: {number: 80, name: http, protocol: HTTP}, hosts: [web.example]}
"""
PORT = "{portLevelSettings: [{port: {number: 5432}, tls: {mode: DISABLE}}]}"
NAMED = "tls: {mode: SIMPLE, sni: d, subjectAltNames: [d]}"
ENTRY = f"{{{NAMED}, portLevelSettings: [{{port: {{number: 443}}, connectionPool: {{}}}}]}}"
WRONG = (
    namespace("shop", "istio-injection: enabled")
    + policy("default", "STRICT")
    + server("a", TCP, destination_rule(PORT, "a"))
    + server("bb", TCP, destination_rule(tls("SIMPLE"), "bb"))
    + server("ccc", HTTP, destination_rule(tls("ISTIO_MUTUAL"), "ccc"), proxy=False)
    + server("dddd", HTTP, destination_rule(tls("ISTIO_MUTUAL", GHOST), "dddd"))
    + outside("lax", "HTTP", tls("SIMPLE", "sni: lax.example"))
    + outside("mute", "TCP", tls("SIMPLE", "subjectAltNames: [mute.example]"))
    + outside("bare", "HTTP", tls("SIMPLE", "insecureSkipVerify: true"))
    + outside("taken", "HTTP", ENTRY)
    + GATEWAY
)
MENDED = {"MTLS203", "MTLS205", "MTLS206", "MTLS207", "MTLS215", "MTLS216", "MTLS217", "MTLS219", "MTLS607"}


def findings(server: ApiServer) -> dict[tuple[str, str], str]:
    ran = run_as(server, "admin", "shop", "check", "-n", "shop", "-o", "json")
    found = json.loads(ran.out)["findings"]
    return {(one["code"], one["object"]["name"]): one["fix"] for one in found if one["code"] in MENDED}


def test_pasted_fixes_take_their_findings_away(mesh, kubectl: Path, tmp_path: Path) -> None:
    cluster = mesh(WRONG)
    before = findings(cluster)
    assert {code for code, _ in before} == MENDED
    paste(cluster, kubectl, before.values(), tmp_path)
    assert findings(cluster) == {}
