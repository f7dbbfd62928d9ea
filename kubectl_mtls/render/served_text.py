"""What a server showed, beside what is stored."""

from typing import Any

from kubectl_mtls.certs.served import Served, ServedVerdict
from kubectl_mtls.render.text import escape

_WORDS = {True: "yes", False: "NO", None: "cannot be told"}


def render_served(judged: ServedVerdict) -> str:
    """A few lines, the answer first."""
    served = judged.served
    same = {True: "the stored certificate", False: "ANOTHER certificate than the stored one", None: "a certificate"}
    asked = f" for {served.server_name}" if served.server_name else ""
    reason = f" ({judged.reason})" if judged.reason else ""
    lines = [f"SERVED  by {served.address}{asked}: {same[judged.same]} of {judged.stored}"]
    if judged.same is None:
        lines = [f"SERVED  by {served.address}{asked}, beside {judged.stored}"]
    lines.append(f"        verifies with its CA: {_WORDS[judged.verifies]}{reason}")
    return "".join(f"{escape(line)}\n" for line in (*lines, *_more(judged.named, served)))


def render_handshake(served: Served, named: bool | None) -> str:
    """The same where nothing is stored beside it."""
    version = f", {served.version}" if served.version else ""
    lines = [f"SERVED  by {served.address}{version}", *_more(named, served)]
    return "".join(f"{escape(line)}\n" for line in lines)


def _more(named: bool | None, served: Served) -> list[str]:
    lines = [] if named is None else [f"        is for {served.server_name}: {_WORDS[named]}"]
    if served.asks_for_client:
        said = f", and says without one: {served.refusal}" if served.refusal else ""
        lines.append(f"        the server asks for a client certificate{said}")
    return lines


def served_object(served: Served) -> dict[str, Any]:
    """The same for machines, before any comparison."""
    return {
        "address": escape(served.address),
        "serverName": escape(served.server_name) if served.server_name else None,
        "version": served.version or None,
        "asksForClientCertificate": served.asks_for_client,
        "refusal": escape(served.refusal) if served.refusal else None,
        "certificates": [certificate.sha256 for certificate in served.certificates],
    }


def verdict_object(judged: ServedVerdict) -> dict[str, Any]:
    """Beside one Secret."""
    return {
        "stored": escape(judged.stored),
        "same": judged.same,
        "verifies": judged.verifies,
        "reason": escape(judged.reason) or None,
        "named": judged.named,
    }
