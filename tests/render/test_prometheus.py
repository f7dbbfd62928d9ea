"""What Prometheus' own parser makes of `status -o prometheus`."""

import io
import textwrap
from datetime import datetime, timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from kubectl_mtls.certs.issue import issue, issue_root
from kubectl_mtls.cli.main import main
from kubectl_mtls.cli.session import Session
from tests.rules.credentials import cart, gateway, leaf, root, rule, secret
from tests.rules.mesh import NOW, root_copy, service

HOSTILE = issue('ev"il\\CA\x1b[2J\nx', NOW, root(), sans=("DNS:x",), serial=0xABCDEF, lifetime=timedelta(days=300))
MESH = "".join(
    (
        root_copy(root().pem.decode()),
        rule(),
        cart(),
        service(),
        secret(leaf(12)),
        gateway("{mode: SIMPLE, credentialName: shop-tls}"),
        secret(HOSTILE, name="shop-tls", ca=None),
    )
)


def samples(tmp_path, text: str = MESH, *flags: str, now: datetime = NOW) -> dict[str, list]:
    path = tmp_path / "mesh.yaml"
    path.write_text(text)
    out, err = io.StringIO(), io.StringIO()
    session = Session(environ={}, stdin=io.BytesIO(), stdout=out, stderr=err, clock=lambda: now)
    assert main(["status", "-f", str(path), "-o", "prometheus", *flags], session) == 0, err.getvalue()
    assert all(line.isprintable() for line in out.getvalue().split("\n"))
    families = list(text_string_to_metric_families(out.getvalue()))
    assert all(family.type == "gauge" and family.documentation for family in families)
    return {family.name: family.samples for family in families}


def labels_of(found: list, **wanted: str) -> list[dict[str, str]]:
    return [one.labels for one in found if wanted.items() <= one.labels.items()]


def test_every_certificate_has_the_exporters_name_and_labels(tmp_path):
    found = samples(tmp_path)["x509_cert_not_after"]
    (own,) = labels_of(found, secret_name="partner-cert", secret_key="tls.crt")
    assert own == {
        "secret_namespace": "shop",
        "secret_name": "partner-cert",
        "secret_key": "tls.crt",
        "serial_number": str(leaf(12).certificate.serial_number),
        "subject_CN": "cart",
        "issuer_CN": "Example Root",
    }
    (value,) = [one.value for one in found if one.labels == own]
    assert value == (NOW + timedelta(days=12)).timestamp()
    (in_use,) = labels_of(found, configmap_name="istio-ca-root-cert", configmap_key="root-cert.pem")
    assert in_use["subject_CN"] == "Example Root"


def test_names_of_others_cannot_break_the_text(tmp_path):
    (labels,) = labels_of(samples(tmp_path)["x509_cert_not_before"], secret_name="shop-tls")
    assert labels["subject_CN"] == 'ev"il\\CA^[[2J\\nx'
    assert labels["serial_number"] == str(0xABCDEF)


@pytest.mark.parametrize(("days", "expired"), [(11.9, 0), (12, 1), (13, 1)])
def test_expired_from_the_very_end_on(tmp_path, days, expired):
    now = NOW + timedelta(days=days)
    found = samples(tmp_path, now=now)["x509_cert_expired"]
    own = labels_of(found, secret_name="partner-cert", secret_key="tls.crt")
    assert [one.value for one in found if one.labels in own] == [expired]


def test_states_of_credentials_are_one_of_all(tmp_path):
    states = samples(tmp_path)["kubectl_mtls_credential_state"]
    of_partner = {one.labels["state"]: one.value for one in states if one.labels["secret_name"] == "partner-cert"}
    assert of_partner == {"expired": 0, "missing": 0, "broken": 0, "expiring": 0, "unknown": 0, "ok": 1}


def test_connections_are_counted_by_verdict(tmp_path):
    found = samples(tmp_path)["kubectl_mtls_connections"]
    assert [(one.labels["service_name"], one.labels["service_port"], one.labels["verdict"]) for one in found] == [
        ("cart", "80", "mTLS")
    ]


def test_the_same_certificate_twice_is_one_sample(tmp_path):
    twice = issue_root(NOW, "Twice").pem
    text = rule() + cart() + secret(leaf(), ca=twice + twice)
    assert len(labels_of(samples(tmp_path, text)["x509_cert_not_after"], subject_CN="Twice")) == 1


def test_without_anything_there_are_still_numbers(tmp_path):
    found = samples(tmp_path, textwrap.dedent(service()))
    assert {one.labels["severity"]: one.value for one in found["kubectl_mtls_findings"]}["error"] == 0
    assert [one.value for one in found["x509_read_errors"]] == [0]
    assert "x509_cert_not_after" not in found
