import pytest

from kubectl_mtls.rules.probe_refused import check
from tests.rules.mesh import found, pod, policy, view_of, workload

STRICT = policy(mode="STRICT")
KEY = "sidecar.istio.io/rewriteAppHTTPProbers"


def probed(text: str, probe: str) -> str:
    return text.replace("image: app,", f"image: app, {probe},", 1)


HTTP = "readinessProbe: {httpGet: {path: /, port: 8080}}"
REWRITTEN = "readinessProbe: {httpGet: {path: /app-health/app/readyz, port: 15020}}"
POD, OFF = pod(proxy=True), pod(proxy=True, annotations=f'{KEY}: "false"')
OF_POD = [("pod/cart-0 -n shop", "spec.containers")]
CASES = {
    "HTTP to the application": (STRICT + probed(POD, HTTP), OF_POD),
    "gRPC to the application": (STRICT + probed(POD, "livenessProbe: {grpc: {port: 8080}}"), OF_POD),
    "rewriting is switched off": (STRICT + probed(OFF, HTTP), [("pod/cart-0 -n shop", f"metadata.annotations.{KEY}")]),
    "a template that switches it off": (
        STRICT + probed(workload(annotations=f'{KEY}: "false"'), HTTP),
        [("deployment/cart -n shop", f"metadata.annotations.{KEY}")],
    ),
    "no finding: a template, which the injector will rewrite": (STRICT + probed(workload(), HTTP), []),
    "no finding: rewritten": (STRICT + probed(POD, REWRITTEN), []),
    "no finding: TCP, which the proxy answers": (STRICT + probed(POD, "livenessProbe: {tcpSocket: {port: 8080}}"), []),
    "no finding: plaintext is let in": (probed(POD, HTTP), []),
    "no finding: the port is PERMISSIVE": (
        policy("cart", "STRICT", select="{app: cart}", ports="{8080: {mode: PERMISSIVE}}") + probed(POD, HTTP),
        [],
    ),
    "no finding: no sidecar": (STRICT + probed(pod(), HTTP), []),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_probes_that_the_sidecar_resets(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(check, view_of(text)) == expected
