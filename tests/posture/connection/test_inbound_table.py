"""Istio's own table of what a sidecar does with what comes in (4.4: TestInbound of sidecar_simulation_test.go).

There it says: ok (reaches the port), NFC (no filter chain), PE (protocol error) or ME (mTLS error).
"""

from typing import Any

import pytest

from kubectl_mtls.posture.connection.fault import Fault, UnknownBy
from tests.posture.clients import connect, mesh, rule
from tests.posture.meshes import policy

OWN_PAIR = {"mode": "MUTUAL", "clientCertificate": "/c", "privateKey": "/k"}
TLS_UNVERIFIED = {"mode": "SIMPLE", "insecureSkipVerify": True}
OK, UNTERMINATED = "PLAINTEXT", UnknownBy.APPLICATION
NFC, NFC_OF_TLS = Fault.PLAINTEXT_REFUSED, Fault.FOREIGN_TLS_REFUSED
PE, ME = Fault.TLS_TO_PLAINTEXT, Fault.CLIENT_REFUSED
MODES = ("DISABLE", "PERMISSIVE", "STRICT")


@pytest.mark.parametrize(
    ("tls", "port_name", "outcomes"),
    [
        pytest.param({"mode": "DISABLE"}, "tcp", (OK, OK, NFC), id="plaintext, tcp port"),
        pytest.param({"mode": "DISABLE"}, "http", (OK, OK, NFC), id="plaintext HTTP, http port"),
        pytest.param({"mode": "DISABLE"}, "", (OK, OK, NFC), id="plaintext, auto port"),
        pytest.param(TLS_UNVERIFIED, "tcp", (UNTERMINATED, UNTERMINATED, ME), id="TLS, tcp port"),
        pytest.param(TLS_UNVERIFIED, "http", (PE, NFC_OF_TLS, ME), id="TLS, http port"),
        pytest.param(TLS_UNVERIFIED, "", (UNTERMINATED, UNTERMINATED, ME), id="TLS, auto port"),
        pytest.param(OWN_PAIR, "http", (PE, NFC_OF_TLS, Fault.SERVER_REFUSED), id="TLS with another pair, http port"),
        pytest.param({"mode": "ISTIO_MUTUAL"}, "tcp", (Fault.TLS_TO_APPLICATION, "mTLS", "mTLS"), id="mTLS, tcp port"),
        pytest.param({"mode": "ISTIO_MUTUAL"}, "http", (PE, "mTLS", "mTLS"), id="mTLS, http port"),
        pytest.param({"mode": "ISTIO_MUTUAL"}, "", (Fault.TLS_TO_APPLICATION, "mTLS", "mTLS"), id="mTLS, auto port"),
    ],
)
def test_the_ports_protocol_and_the_servers_mode_decide_what_comes_in(
    tls: dict[str, Any], port_name: str, outcomes: tuple[Any, ...]
) -> None:
    for mode, expected in zip(MODES, outcomes, strict=True):
        found = connect(*mesh(rule(tls=tls), policy(mode=mode), port_name=port_name)).outcome
        assert expected in (found.fault, found.unknown, found.verdict.value), (mode, found)
