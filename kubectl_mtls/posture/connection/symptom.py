"""What does a failing connection look like: to the caller, in the client's proxy and in the server's (4.3, 0.1 20-26)?

Texts are those of Envoy and curl, not ours; all but those of ambient were seen on the wire.
"""

import re
from dataclasses import dataclass, replace

from kubectl_mtls.posture.cluster.wire import Wire
from kubectl_mtls.posture.connection.fault import Fault

_RESET = "connection reset by peer"
_REMOTE = "upstream connect error or disconnect/reset before headers. retried and the latest reset reason: remote"
_WORDS = re.compile(r"[A-Za-z_]{2,}|\b[0-9]{3,}\b")
_COMMON = frozenset({"tls_error", "tls_error_end", "ssl_routines", "openssl_internal", "system_library"})
_STATUS = re.compile(r"(?<![\w:|.])(?:40[01348]|426|429|50[0234])(?![\w:|.])")
_NAMES = re.compile(r"[\w.:-]+")
_FLAGS = re.compile(r"\b(?:UF|UC|UR|URX|NR|UH|DPE)\b")


@dataclass(frozen=True, slots=True)
class Symptom:
    """What is seen where; empty where nothing is. `flags` are Envoy's response flags in the client's access log."""

    caller: str
    status: str = ""
    flags: str = ""
    client_log: str = ""
    server_log: str = ""

    @property
    def seen(self) -> str:
        """The shortest word for it: over HTTP the status and Envoy's flags, else what the caller reads."""
        return f"{self.status} {self.flags}".strip() if self.status else f'"{self.caller}"'

    @property
    def text(self) -> str:
        """All of it in one string, for comparing with what somebody saw."""
        return " ".join((self.caller, self.status, self.flags, self.client_log, self.server_log))


NO_ENDPOINTS = Symptom("no healthy upstream", "503", "UH")


def resolve_symptom(fault: Fault, wire: Wire, *, http: bool, proxied: bool, logged: bool = True) -> Symptom:
    """The symptom of a fault; `http` is the port's kind, `proxied` whether the client has a proxy.

    `logged` False: no sidecar of the server sees the connection, so none writes a line.
    """
    by_port = _over_http if http else _over_tcp
    symptom = by_port(fault, wire) if proxied else _without_proxy(fault)
    return symptom if logged else replace(symptom, server_log="")


def _without_proxy(fault: Fault) -> Symptom:
    if fault is Fault.IDENTITY_REQUIRED:
        return Symptom("RBAC: access denied", "403", server_log="rbac_access_denied_matched_policy[none]")
    if fault is Fault.NOTHING_LISTENS:
        return Symptom("curl: (7) connection refused")
    server = "NR filter_chain_not_found"
    if fault is Fault.AMBIENT_POLICY:
        server = "connection closed due to policy rejection: explicitly denied by"
    return Symptom("curl: (56) Recv failure: Connection reset by peer, or (52) Empty reply", server_log=server)


def _over_http(fault: Fault, wire: Wire) -> Symptom:
    match fault:
        case Fault.PLAINTEXT_REFUSED | Fault.TLS_DEMANDED:
            ended = "upstream connect error or disconnect/reset before headers. reset reason: connection termination"
            return Symptom(ended, "503", "UC", server_log="NR filter_chain_not_found")
        case Fault.FOREIGN_TLS_REFUSED | Fault.NAME_NOT_SERVED:
            log = "TLS_error:|33554536:system_library:OPENSSL_internal:Connection_reset_by_peer:TLS_error_end"
            return Symptom(f"{_REMOTE} connection failure", "503", "UF,URX", log, "NR filter_chain_not_found")
        case Fault.TLS_TO_PLAINTEXT | Fault.TLS_TO_APPLICATION:
            log = "TLS_error:|268435703:SSL_routines:OPENSSL_internal:WRONG_VERSION_NUMBER:TLS_error_end"
            return Symptom(f"{_REMOTE} connection failure", "503", "UF,URX", log, "DPE http1.codec_error")
        case Fault.SERVER_REFUSED:
            log = "TLS_error:|268435581:SSL_routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED"
            return Symptom(f"{_REMOTE} connection failure", "503", "UF,URX", log)
        case Fault.CLIENT_REFUSED:
            return Symptom("upstream connect error: connection termination", "503", "UC", server_log=_refusal(wire))
        case Fault.AMBIENT_POLICY:
            log = "connection closed due to policy rejection: explicitly denied by"
            return Symptom("upstream connect error: connection termination", "503", "UC", server_log=log)
        case Fault.IDENTITY_REQUIRED:
            return Symptom("RBAC: access denied", "403", server_log="rbac_access_denied_matched_policy[none]")
        case Fault.NOTHING_LISTENS:
            return Symptom("upstream connect error: connection refused", "503", "UF,URX")
        case Fault.BLOCKED:
            return Symptom("no route: BlackHoleCluster", "502", "NR,UH")


def _over_tcp(fault: Fault, wire: Wire) -> Symptom:
    match fault:
        case Fault.PLAINTEXT_REFUSED | Fault.TLS_DEMANDED | Fault.NAME_NOT_SERVED | Fault.AMBIENT_POLICY:
            server = "NR filter_chain_not_found"
            if fault is Fault.AMBIENT_POLICY:
                server = "connection closed due to policy rejection: explicitly denied by"
            return Symptom(_RESET, flags="UR", server_log=server)
        case Fault.TLS_TO_PLAINTEXT | Fault.TLS_TO_APPLICATION | Fault.FOREIGN_TLS_REFUSED:
            log = "TLS_error:|268435703:SSL_routines:OPENSSL_internal:WRONG_VERSION_NUMBER:TLS_error_end"
            return Symptom("connection closed", flags="UF,URX", client_log=log)
        case Fault.SERVER_REFUSED:
            log = "TLS_error:|268435581:SSL_routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED"
            return Symptom("connection closed", flags="UF,URX", client_log=log)
        case Fault.CLIENT_REFUSED:
            return Symptom("connection closed or reset, without any flag", server_log=_refusal(wire))
        case Fault.IDENTITY_REQUIRED:
            return Symptom("connection closed", server_log="rbac_access_denied_matched_policy[none]")
        case Fault.NOTHING_LISTENS:
            return Symptom("connection refused", flags="UF,URX")
        case Fault.BLOCKED:
            return Symptom("connection closed: BlackHoleCluster", flags="UH")


def _refusal(wire: Wire) -> str:
    """On TCP ports only; an HTTP port logs nothing (0.1 item 21)."""
    shown = "PEER_DID_NOT_RETURN_A_CERTIFICATE" if wire is Wire.SIMPLE else "CERTIFICATE_VERIFY_FAILED"
    return f"on TCP ports: {shown}"


def likeness(seen: str, symptom: Symptom) -> float:
    """How well a symptom explains what was seen: more for each telling word of it.

    0 where something contradicts, and for a single word of prose, which says nothing.
    """
    found = (_telling(seen) | _parts(seen)) & _telling(symptom.text)
    statuses = set(_STATUS.findall(seen))
    other_status = bool(statuses) and symptom.status not in statuses
    other_flags = set(_FLAGS.findall(seen)) - set(_FLAGS.findall(symptom.text))
    told = sum(map(_weight, found))
    return 0.0 if other_status or other_flags or told <= 1 else told


def named_in(seen: str) -> frozenset[str]:
    """The hosts, names and addresses that may stand in what was seen, addresses without their ports."""
    words = {word.strip(".:") for word in _NAMES.findall(seen)}
    return frozenset(words | {word.rpartition(":")[0] for word in words})


def _telling(text: str) -> set[str]:
    return {word.lower() for word in _WORDS.findall(text)} - {"or", "the", "and", "with", "without", "any", "on"}


def _parts(seen: str) -> set[str]:
    """Envoy's details write as one word what callers read as several (connection_termination)."""
    return {part for word in _WORDS.findall(seen) if word.islower() for part in word.split("_") if len(part) > 1}


def _weight(word: str) -> float:
    """Flags and OpenSSL's codes tell more than words of prose and what all of OpenSSL's errors share."""
    if word in _COMMON:
        return 1.0
    return 3.0 if word in ("uf", "uc", "ur", "urx", "nr", "uh", "dpe") or "_" in word or word.isdigit() else 1.0
