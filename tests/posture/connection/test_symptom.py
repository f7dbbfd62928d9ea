"""How failures look, and which failure somebody saw."""

import pytest

from kubectl_mtls.posture.cluster.wire import Wire
from kubectl_mtls.posture.connection.fault import Fault
from kubectl_mtls.posture.connection.symptom import likeness, named_in, resolve_symptom


def symptom(fault: Fault, wire: Wire = Wire.PLAINTEXT, http: bool = True, proxied: bool = True):  # type: ignore[no-untyped-def]
    return resolve_symptom(fault, wire, http=http, proxied=proxied)


@pytest.mark.parametrize("fault", list(Fault))
@pytest.mark.parametrize("http", [True, False])
@pytest.mark.parametrize("proxied", [True, False])
def test_every_fault_looks_like_something(fault: Fault, http: bool, proxied: bool) -> None:
    assert symptom(fault, http=http, proxied=proxied).caller


@pytest.mark.parametrize(
    ("seen", "fault"),
    [
        ("503 UC", Fault.PLAINTEXT_REFUSED),
        ("reset reason: connection termination", Fault.PLAINTEXT_REFUSED),
        ("503 UF", Fault.TLS_TO_PLAINTEXT),
        (
            "SSL_routines:OPENSSL_internal:WRONG_VERSION_NUMBER:TLS_error_end",
            Fault.TLS_TO_PLAINTEXT,
        ),
        ("503 UF,URX CERTIFICATE_VERIFY_FAILED", Fault.SERVER_REFUSED),
        ("Connection_reset_by_peer:TLS_error_end 503 UF,URX", Fault.FOREIGN_TLS_REFUSED),
        ("RBAC: access denied", Fault.IDENTITY_REQUIRED),
        ("502", Fault.BLOCKED),
    ],
)
def test_what_was_seen_is_likeliest_its_own_fault(seen: str, fault: Fault) -> None:
    scores = {one: likeness(seen, symptom(one)) for one in Fault}
    assert scores[fault] == max(scores.values()) > 0, scores


HTTP_LINE = (
    '[2026-07-31T23:20:00.000Z] "GET / HTTP/1.1" {} - "{}" 0 95 503 - "-" "curl/8" "f3" "ledger:443" "10.1.0.3:443" '
    "outbound|443||ledger.shop - 10.96.0.50:443 10.1.0.1:40112 - default"
)
TCP_LINE = (
    '[2026-07-31T23:20:00.000Z] "- - -" 0 {} - "{}" 517 0 12 - "-" "-" "-" "-" "10.1.0.3:443" '
    "outbound|443||ledger.shop 10.1.0.1:40112 10.96.0.50:443 10.1.0.1:40110 - -"
)
DETAILS = "upstream_reset_before_response_started"


@pytest.mark.parametrize(
    ("seen", "fault", "http", "proxied"),
    [
        pytest.param(
            HTTP_LINE.format(f"503 UC {DETAILS}{{connection_termination}}", "-"),
            Fault.PLAINTEXT_REFUSED, True, True, id="the client's sidecar, plaintext to STRICT",
        ),
        pytest.param(
            HTTP_LINE.format(
                f"503 UF,URX {DETAILS}{{remote_connection_failure}}",
                "TLS_error:|268435703:SSL_routines:OPENSSL_internal:WRONG_VERSION_NUMBER:TLS_error_end",
            ),
            Fault.TLS_TO_PLAINTEXT, True, True, id="the client's sidecar, TLS to plaintext",
        ),
        pytest.param(
            HTTP_LINE.format(
                f"503 UF,URX {DETAILS}{{remote_connection_failure}}",
                "TLS_error:|268435581:SSL_routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED:verify_cert_failed:"
                "_SAN_matcher,_certificate_SANs_are_[spiffe://a/ns/b/sa/c]",
            ),
            Fault.SERVER_REFUSED, True, True, id="the client's sidecar, another certificate",
        ),
        pytest.param(
            HTTP_LINE.format(
                "503 UF,URX",
                "TLS_error:|33554536:system_library:OPENSSL_internal:Connection_reset_by_peer",
            ),
            Fault.FOREIGN_TLS_REFUSED, True, True, id="the client's sidecar, foreign TLS to PERMISSIVE",
        ),
        pytest.param(TCP_LINE.format("UR", "-"), Fault.PLAINTEXT_REFUSED, False, True, id="the same for TCP"),
        pytest.param(
            TCP_LINE.format("UF,URX", "TLS_error:|268435703:SSL_routines:OPENSSL_internal:WRONG_VERSION_NUMBER"),
            Fault.TLS_TO_PLAINTEXT, False, True, id="TLS to plaintext on TCP",
        ),
        pytest.param(
            '"- - -" 0 NR filter_chain_not_found - "-" 0 0 0 - "-" "-" "-" "-" "-" - - 10.1.0.3:443 10.1.0.1:40112 - -',
            Fault.PLAINTEXT_REFUSED, True, False, id="the server's sidecar",
        ),
        pytest.param(
            '"- - -" 0 - - "TLS_error:|268435655:SSL_routines:OPENSSL_internal:PEER_DID_NOT_RETURN_A_CERTIFICATE" 0',
            Fault.CLIENT_REFUSED, False, True, id="the server's sidecar, no certificate",
        ),
        pytest.param(
            "curl: (56) Recv failure: Connection reset by peer", Fault.PLAINTEXT_REFUSED, True, False, id="curl, reset"
        ),
        pytest.param("curl: (52) Empty reply from server", Fault.PLAINTEXT_REFUSED, True, False, id="curl, nothing"),
        pytest.param(
            "HTTP/1.1 403 Forbidden RBAC: access denied", Fault.IDENTITY_REQUIRED, True, False, id="curl, forbidden"
        ),
        pytest.param(
            "error access connection complete connection closed due to policy rejection: explicitly denied by: "
            "istio-system/istio_converted_static_strict",
            Fault.AMBIENT_POLICY, True, False, id="ztunnel",
        ),
    ],
)  # fmt: skip
def test_a_line_that_was_copied_leads_to_its_fault(seen: str, fault: Fault, http: bool, proxied: bool) -> None:
    wire = Wire.SIMPLE if fault is Fault.CLIENT_REFUSED else Wire.PLAINTEXT
    scores = {one: likeness(seen, symptom(one, wire, http=http, proxied=proxied)) for one in Fault}
    assert scores[fault] == max(scores.values()) > 0, scores


@pytest.mark.parametrize(
    ("seen", "names"),
    [
        ("10.1.0.3:5432 10.1.0.12:40112", {"10.1.0.3", "10.1.0.12"}),
        ("[2001:db8::1]:8080", {"2001:db8::1"}),
        ("outbound|443||ledger.shop.svc.cluster.local", {"ledger.shop.svc.cluster.local"}),
        ("calling ledger, twice.", {"ledger", "twice"}),
    ],
)
def test_what_a_line_names(seen: str, names: set[str]) -> None:
    assert names <= named_in(seen)
    assert "10.1.0.1" not in named_in(seen)


@pytest.mark.parametrize("seen", ["200 OK", "404", "", "hello"])
def test_what_is_no_symptom_is_like_none(seen: str) -> None:
    assert not any(likeness(seen, symptom(fault)) for fault in Fault)


@pytest.mark.parametrize("fault", list(Fault))
def test_no_line_is_foretold_of_a_sidecar_that_does_not_see_the_connection(fault: Fault) -> None:
    assert resolve_symptom(fault, Wire.ISTIO_MUTUAL, http=True, proxied=True, logged=False).server_log == ""
