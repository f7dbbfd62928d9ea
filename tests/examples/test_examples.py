"""The example meshes are what examples/README.md says: whole, consistent, and in the trouble that they claim."""

import io
import json
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from kubectl_mtls.cli.main import main
from kubectl_mtls.cli.session import Session
from kubectl_mtls.files.read import read_files
from kubectl_mtls.model.assembly import build_snapshot
from kubectl_mtls.model.kind import SECRET
from kubectl_mtls.model.proxy import Proxy
from kubectl_mtls.model.secret import parse_secret
from kubectl_mtls.model.snapshot import Snapshot
from tests.examples.conftest import NOW

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = ("shop", "shop-in-trouble", "comparison")


def read(name: str, certificates: Path) -> Snapshot:
    paths = [str(EXAMPLES / name), str(certificates / name)]
    source = read_files(paths, recursive=False, namespace="default", read_stdin=lambda: b"")
    return build_snapshot(source.reading, live=False)


def status(name: str, certificates: Path) -> dict[str, Any]:
    out, err = io.StringIO(), io.StringIO()
    session = Session(environ={}, stdin=io.BytesIO(), stdout=out, stderr=err, clock=lambda: NOW)  # type: ignore[arg-type]
    files = ["-f", str(EXAMPLES / name), "-f", str(certificates / name)]
    assert main(["status", "-A", "--read-ca", "-o", "json", *files], session) == 0, err.getvalue()
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer


def modes(answer: dict[str, Any]) -> dict[str, str]:
    return {f"{row['service']}:{row['port']}": row["mode"] for row in answer["services"]}


def codes(answer: dict[str, Any]) -> set[str]:
    return {finding["code"] for finding in answer["findings"]}


@pytest.mark.parametrize("name", NAMES)
def test_everything_in_it_can_be_read(name: str, certificates: Path):
    snapshot = read(name, certificates)
    assert not snapshot.gaps
    assert not snapshot.duplicates
    rejected = [(one.metadata.name, one.field, one.value) for one in snapshot.rejects]
    assert rejected == ([("default", "spec.mtls.mode", "ISTIO_MUTUAL")] if name == "comparison" else [])


@pytest.mark.parametrize("name", ["shop", "shop-in-trouble"])
def test_services_endpoints_and_pods_fit_together(name: str, certificates: Path):
    snapshot = read(name, certificates)
    assert not [pod.key for pod in snapshot.pods.values() if pod.assumed and pod.workload.name != "istiod"]
    for service in snapshot.services:
        (found,) = snapshot.endpoint_slices[service.key]
        behind = {endpoint.pod: endpoint.addresses for endpoint in found.endpoints}
        chosen = [
            pod
            for pod in snapshot.pods.values()
            if pod.metadata.namespace == service.metadata.namespace and service.selector.items() <= pod.labels.items()
        ]
        assert behind == {pod.key: (pod.address,) for pod in chosen}
        for port in service.ports:
            wanted = {pod.port_named(port.target) if isinstance(port.target, str) else port.target for pod in chosen}
            assert wanted == {found.ports[port.name]}


def test_shop_is_in_order(certificates: Path):
    answer = status("shop", certificates)
    assert answer["findings"] == []
    assert modes(answer) == {
        "istio-ingressgateway:443": "GATEWAY",
        "cart:80": "STRICT",
        "cart:9090": "STRICT",
        "ledger:5432": "STRICT",
        "redis:6379": "STRICT",
        "web:80": "STRICT",
    }


def test_shop_has_every_kind_of_pod(certificates: Path):
    proxies = {pod.proxy for pod in read("shop", certificates).pods.values()}
    assert proxies == {Proxy.SIDECAR, Proxy.NATIVE_SIDECAR, Proxy.GATEWAY, Proxy.NONE}


def test_shop_in_trouble_has_the_usual_troubles(certificates: Path):
    answer = status("shop-in-trouble", certificates)
    assert codes(answer) >= {
        "MTLS104",  # a second policy for the namespace
        "MTLS106",  # a selector in the root namespace
        "MTLS108",  # the Service's port in portLevelMtls
        "MTLS111",  # a pod without proxy behind a STRICT Service
        "MTLS401",  # another root in one namespace
        "MTLS502",  # a port that the sidecar does not see
    }
    found = modes(answer)
    assert (found["cart:80"], found["cart:9090"], found["redis:6379"]) == ("STRICT", "NONE", "MIXED")


def test_partners_intermediate_ends_before_its_leaf(certificates: Path):
    assert [left(one) for one in chain("shop-in-trouble", "partner-cert", certificates)] == [37, 12]
    assert [left(one) for one in chain("shop", "partner-cert", certificates)] == [60, 700]


def test_what_is_the_same_in_both_shops_is_one_file():
    shared = {path.name for path in (EXAMPLES / "shop").iterdir()}
    links = {path.name for path in (EXAMPLES / "shop-in-trouble").iterdir() if path.is_symlink()}
    assert links < shared
    for name in shared - links:
        assert (EXAMPLES / "shop-in-trouble" / name).read_text().startswith("# Trouble: ")


def test_comparison_is_explained_instead_of_echoed(certificates: Path):
    answer = status("comparison", certificates)
    (policy,) = (finding for finding in answer["findings"] if finding["code"] == "MTLS101")
    assert "STRICT" in policy["fix"]
    (rule,) = (finding for finding in answer["findings"] if finding["code"] == "MTLS202")
    assert "no workloadSelector" in rule["message"]
    assert modes(answer) == {"httpbin:8000": "PERMISSIVE"}


@pytest.mark.parametrize("name", NAMES)
def test_certificates_are_readable_by_their_owner_only(name: str, certificates: Path):
    assert stat.S_IMODE((certificates / name / "certificates.yaml").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("name", "secret"), [(name, "partner-cert") for name in NAMES[:2]] + [(NAMES[2], "httpbin-credential")]
)
def test_secrets_verify_against_their_own_ca(name: str, secret: str, certificates: Path, tmp_path: Path):
    for key, value in secret_of(name, secret, certificates).items():
        (tmp_path / key).write_bytes(value)
    at = str(int(NOW.timestamp()))
    command = ["openssl", "verify", "-attime", at, "-CAfile", "ca.crt", "-untrusted", "tls.crt", "tls.crt"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "tls.crt: OK\n"), done.stderr


def secret_of(name: str, secret: str, certificates: Path) -> dict[str, bytes]:
    documents = read(name, certificates).documents
    (document,) = (document for ref, document in documents.items() if ref.kind == SECRET and ref.name == secret)
    return dict(parse_secret(document).data)


def chain(name: str, secret: str, certificates: Path) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(secret_of(name, secret, certificates)["tls.crt"])


def left(certificate: x509.Certificate) -> int:
    return (certificate.not_valid_after_utc - NOW).days
