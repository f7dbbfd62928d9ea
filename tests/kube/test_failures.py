"""What a bad answer means: the right error, in the server's words, without a Secret's values."""

import orjson
import pytest

from kubectl_mtls.errors import Conflict, Forbidden, MtlsError, Rejected, Unauthorized, Unreachable
from kubectl_mtls.kube.failures import MAX_TEXT, failure, gap, is_impersonation, missing_rule
from kubectl_mtls.kube.response import Response
from kubectl_mtls.model.gap import Gap, GapReason
from kubectl_mtls.model.kind import NAMESPACE, PEER_AUTHENTICATION, POD, SECRET


def answer(code: int, message: str, reason: str = "") -> Response:
    status = {"kind": "Status", "apiVersion": "v1", "message": message, "reason": reason, "code": code}
    return Response(code, orjson.dumps(status), {})


def rbac(verb: str = "list") -> str:
    return f'pods is forbidden: User "ann" cannot {verb} resource "pods" in API group "" at the cluster scope'


WEBHOOK = 'admission webhook "rev.validation.istio.io" denied the request: configuration is invalid: x'

CASES = {
    "401": (answer(401, "Unauthorized"), Unauthorized, "does not accept the credentials"),
    "403 of RBAC": (answer(403, rbac()), Forbidden, "ann may not patch pods/web in namespace shop"),
    "403 of a webhook": (answer(403, WEBHOOK), Rejected, WEBHOOK),
    "403 of a quota": (answer(403, "exceeded quota: q"), Rejected, "exceeded quota"),
    "400 of a webhook": (answer(400, WEBHOOK), Rejected, WEBHOOK),
    "422": (answer(422, 'Pod "web" is invalid: spec: Required value'), Rejected, "spec: Required value"),
    "404": (answer(404, 'pods "web" not found'), Conflict, "is not there"),
    "409": (answer(409, "the object has been modified"), Conflict, "the object has been modified"),
    "409 of a create": (answer(409, "x", "AlreadyExists"), Conflict, "pod/web is there already"),
    "429": (answer(429, "too many requests"), Unreachable, "429: too many requests"),
    "503": (answer(503, "etcd is away"), Unreachable, "503: etcd is away"),
    "no JSON": (Response(502, b"<html>", {}), Unreachable, "status 502 without a reason"),
    "plain text": (
        Response(400, b"Client sent HTTP\nmore", {"Content-Type": "text/plain"}),
        Rejected,
        "Client sent HTTP$",
    ),
    "JSON that is no Status": (Response(418, b"[1]", {}), Rejected, "status 418 without a reason"),
}


@pytest.mark.parametrize("name", CASES)
def test_each_answer_has_its_error(name: str) -> None:
    response, error_type, text = CASES[name]
    error = failure(response, "patch", POD, "shop", "web")
    assert type(error) is error_type
    with pytest.raises(MtlsError, match=text.replace("(", r"\(")):
        raise error


def test_the_text_is_bounded() -> None:
    assert len(failure(answer(422, "x" * 10_000), "patch", POD, "shop", "web").message) < MAX_TEXT + 100


def test_a_refused_impersonation_is_told_from_a_refused_list() -> None:
    assert is_impersonation(failure(answer(403, rbac("impersonate")), "list", POD, None))
    assert is_impersonation(failure(answer(403, rbac("impersonate-on:user-info:list")), "list", POD, None))
    assert not is_impersonation(failure(answer(403, rbac()), "list", POD, None))


KEY = "-----BEGIN PRIVATE KEY-----\nTUlJRXZRSUJBREFO\n-----END PRIVATE KEY-----"


@pytest.mark.parametrize(
    "response",
    [
        answer(
            400, 'Secret in version "v1" cannot be handled: error found in ...|"data":{"tls.key":"TUlJRXZRSUJBREFO"|'
        ),
        answer(400, f"{WEBHOOK} {KEY}"),
        answer(422, f"data[tls.key]: Invalid value: {KEY}"),
        answer(422, "data[tls.key]: Invalid value: " + "TUlJRXZRSUJBREFO" * 4),
    ],
)
def test_a_value_of_a_secret_never_reaches_the_error(response: Response) -> None:
    error = failure(response, "create", SECRET, "shop", "partner")
    assert "TUlJRXZRSUJBREFO" not in error.message
    assert "PRIVATE KEY" not in error.message
    assert "TUlJRXZRSUJBREFO" not in repr(response)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (
            ("list", PEER_AUTHENTICATION, "istio-system"),
            "list peerauthentications.security.istio.io in namespace istio-system",
        ),
        (("list", PEER_AUTHENTICATION, None), "list peerauthentications.security.istio.io in all namespaces"),
        (("list", NAMESPACE, None), "list namespaces"),
        (("get", SECRET, "shop", "partner"), "get secrets/partner in namespace shop"),
        (("create", SECRET, "shop", "partner"), "create secrets in namespace shop"),
    ],
)
def test_the_missing_rule_in_words(rule, expected: str) -> None:
    assert missing_rule(*rule) == expected


def test_a_forbidden_read_is_a_gap_with_its_rule() -> None:
    hole = gap(failure(answer(403, rbac()), "list", POD, "shop"), "list", POD, "shop")
    assert hole == Gap(
        POD, "shop", None, GapReason.FORBIDDEN, "may not list pods in namespace shop", "list pods in namespace shop"
    )


def test_a_broken_read_is_a_gap_with_its_reason() -> None:
    hole = gap(failure(answer(500, "boom"), "list", POD, None), "list", POD, None)
    assert (hole.reason, hole.missing_rule) == (GapReason.UNREADABLE, None)
    assert "boom" in hole.detail


def test_nothing_hides_in_namespaces_that_could_be_read() -> None:
    hole = Gap(POD, None, None, GapReason.FORBIDDEN, "", except_namespaces=frozenset({"shop"}))
    assert not hole.hides(POD, "shop")
    assert hole.hides(POD, "pay")
