"""What an answer other than success, or no answer, means for the user: an error to raise, or a gap in the snapshot.

The API server's Status object says it in its own words (apimachinery `meta/v1/types.go`); they are bounded here and
escaped where they are printed.
"""

import re
import ssl
from typing import Any

import urllib3

from kubectl_mtls.errors import Conflict, Forbidden, MtlsError, Rejected, Unauthorized, Unreachable
from kubectl_mtls.kube.response import Response, json_object
from kubectl_mtls.model.gap import Gap, GapReason
from kubectl_mtls.model.kind import SECRET, Kind

MAX_TEXT = 1000
_READING = frozenset({"get", "list", "watch"})
_RBAC = re.compile(r'User "(?P<user>.*)" cannot (?P<verb>\S+) resource "(?P<resource>[^"]*)"')
_PRIVATE = re.compile(r"-----BEGIN.*?(?:-----END[^\n]*|$)|[A-Za-z0-9+/_=-]{32,}", re.S)


def missing_rule(verb: str, kind: Kind, namespace: str | None, name: str | None = None) -> str:
    """The RBAC rule in words: `list peerauthentications.security.istio.io in namespace istio-system`.

    RBAC cannot narrow a create to a name, so that one has none.
    """
    what = f"{verb} {kind.resource}" + (f"/{name}" if name and verb != "create" else "")
    if not kind.namespaced:
        return what
    return f"{what} in namespace {namespace}" if namespace else f"{what} in all namespaces"


def failure(response: Response, verb: str, kind: Kind, namespace: str | None, name: str | None = None) -> MtlsError:
    """The error for an answer of status 300 or more to `verb` on that object or list.

    401 Unauthorized, 403 Forbidden (of a write only when RBAC said it, else Rejected), 404 and 409 Conflict, 5xx
    Unreachable, everything else Rejected.
    """
    status = _status_object(response.body)
    message = _message(status, kind, response)
    what = f"{kind.singular}/{name}" if name else kind.resource
    match response.status:
        case 401:
            return Unauthorized("the API server does not accept the credentials", "log in again, or check the context")
        case 403 if found := _RBAC.search(message):
            return _forbidden(found, verb, kind, namespace, name)
        case 403 if verb in _READING:
            rule = missing_rule(verb, kind, namespace, name)
            return Forbidden(f"may not {rule}: {message}", f"missing rule: {rule}")
        case 404:
            return Conflict(f"{what} is not there (any more): {message}")
        case 409 if status.get("reason") == "AlreadyExists":
            return Conflict(f"{what} is there already")
        case 409:
            return Conflict(f"{what} is not what it was when it was read: {message}")
        case code if code >= 500 or code == 429:
            return Unreachable(f"the API server could not {verb} {what}: {code}: {message}")
        case _:
            return Rejected(f"{what} was not accepted: {message}")


def is_absent(response: Response) -> bool:
    """Whether the API server itself says that there is no such object: anything on the way can answer a bare 404."""
    return response.status == 404 and _status_object(response.body).get("reason") == "NotFound"


def unreachable(server: str, method: str, error: urllib3.exceptions.HTTPError, timeout: float | None) -> Unreachable:
    """The error for a request that got no answer: host and reason in words, one sentence. `timeout` in seconds."""
    reason, hint = _transport_reason(error, timeout)
    if method != "GET" and not isinstance(error, (urllib3.exceptions.NewConnectionError, urllib3.exceptions.SSLError)):
        hint = "whether the change was written is not known: read the object before trying again"
    return Unreachable(f"the API server at {server} cannot be reached: {reason}", hint)


def is_cut(error: BaseException) -> bool:
    """Whether the peer left in the middle of TLS without a word: a lost connection, no refusal."""
    if isinstance(error, ssl.SSLEOFError):
        return True
    return isinstance(error, urllib3.exceptions.SSLError) and any(
        isinstance(arg, ssl.SSLEOFError) for arg in error.args
    )


def gap(error: MtlsError, verb: str, kind: Kind, namespace: str | None, name: str | None = None) -> Gap:
    """The hole that a failed read leaves; FORBIDDEN names the missing rule."""
    if isinstance(error, Forbidden):
        rule = missing_rule(verb, kind, namespace, name)
        return Gap(kind, namespace, name, GapReason.FORBIDDEN, f"may not {rule}", rule)
    return Gap(kind, namespace, name, GapReason.UNREADABLE, error.message)


def is_impersonation(error: MtlsError) -> bool:
    """Whether it is the impersonation itself that was refused: then no other read can work either."""
    return isinstance(error, Forbidden) and error.message.endswith(" may not impersonate")


def _forbidden(found: re.Match[str], verb: str, kind: Kind, namespace: str | None, name: str | None) -> Forbidden:
    user = found["user"]
    if found["verb"].startswith("impersonate"):
        return Forbidden(f"{user} may not impersonate", "leave out --as, or ask for the right to impersonate")
    rule = missing_rule(verb, kind, namespace, name)
    return Forbidden(f"{user} may not {rule}", f"missing RBAC rule: {rule}")


def _status_object(body: bytes) -> dict[str, Any]:
    status = json_object(body) or {}
    return status if status.get("kind") == "Status" else {}


def _message(status: dict[str, Any], kind: Kind, response: Response) -> str:
    """The server's sentence. Of a Secret's errors nothing is passed on that may be a value of the Secret."""
    message = status.get("message")
    text = message if isinstance(message, str) and message else _plain_text(response)
    if kind == SECRET:
        if response.status == 400 and not text.startswith("admission webhook"):
            return "the API server cannot read the Secret as it was sent"
        text = _PRIVATE.sub("<withheld>", text)
    return text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + " ..."


def _plain_text(response: Response) -> str:
    """What something that is no API server says (a proxy, a TLS port asked in plaintext): its first line."""
    line = response.body[:200].decode(errors="replace").strip().partition("\n")[0]
    if line and response.headers.get("Content-Type", "").startswith("text/plain"):
        return line
    return f"status {response.status} without a reason"


def _transport_reason(error: BaseException, timeout: float | None) -> tuple[str, str | None]:
    exceptions = urllib3.exceptions
    if isinstance(error, exceptions.ProxyError):
        return f"the proxy does not help: {_transport_reason(error.original_error, timeout)[0]}", None
    if isinstance(error, exceptions.NameResolutionError):
        return "the name is not known", None
    if isinstance(error, exceptions.NewConnectionError):
        return _socket_reason(error.__cause__ or error.__context__), None
    if isinstance(error, exceptions.TimeoutError):
        return "timed out" + (f" after {timeout:g}s" if timeout else ""), "--request-timeout sets how long to wait"
    if is_cut(error):
        return "the connection was lost", None
    if isinstance(error, (exceptions.SSLError, ssl.SSLError)):
        return _tls_reason(error)
    if isinstance(error, exceptions.ProtocolError):
        return "the connection was lost", None
    if isinstance(error, exceptions.LocationParseError):
        return "that is not a name that a host can have", None
    if isinstance(error, exceptions.DecodeError):
        return "its answer is packed in a way that cannot be unpacked", None
    return type(error).__name__, None


def _socket_reason(cause: BaseException | None) -> str:
    if isinstance(cause, ConnectionRefusedError):
        return "connection refused"
    strerror = cause.strerror if isinstance(cause, OSError) else None
    return strerror.lower() if strerror else "no connection"


def _tls_reason(error: BaseException) -> tuple[str, str | None]:
    inner = next((arg for arg in error.args if isinstance(arg, ssl.SSLError)), error)
    if isinstance(inner, ssl.SSLCertVerificationError):
        return (
            f"its certificate is not trusted: {inner.verify_message}",
            "check certificate-authority and tls-server-name of the kubeconfig",
        )
    reason = getattr(inner, "reason", None) or ""
    if reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"):
        return "it does not speak TLS", None
    if "ALERT" in reason:
        return f"it refuses the client's side of TLS: {reason.lower().replace('_', ' ')}", None
    return "TLS failed" + (f": {reason.lower().replace('_', ' ')}" if reason else ""), None
