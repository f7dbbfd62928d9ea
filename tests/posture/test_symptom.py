"""How failures look, and which failure somebody saw."""

import pytest

from kubectl_mtls.posture.fault import Fault
from kubectl_mtls.posture.symptom import likeness, resolve_symptom
from kubectl_mtls.posture.wire import Wire


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


@pytest.mark.parametrize("seen", ["200 OK", "404", "", "hello"])
def test_what_is_no_symptom_is_like_none(seen: str) -> None:
    assert not any(likeness(seen, symptom(fault)) for fault in Fault)


@pytest.mark.parametrize("fault", list(Fault))
def test_no_line_is_foretold_of_a_sidecar_that_does_not_see_the_connection(fault: Fault) -> None:
    assert resolve_symptom(fault, Wire.ISTIO_MUTUAL, http=True, proxied=True, logged=False).server_log == ""
