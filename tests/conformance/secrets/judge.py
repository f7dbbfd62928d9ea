"""Is an item of `inspect-secret -o json` equal to what istiod, OpenSSL and Envoy say of the same Secret.

`engines` is one Secret of an answer, `item` our answer for it. Where engines differ the answer holds all of them: any
engine's verdict counts, and the end of any engine's path. istiod's error must be its own words; what Go's crypto
packages say behind them may be missing. For a file that Envoy cannot load, false and null count as well.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Json = Mapping[str, Any]
Complain = Callable[[str], None]

_STANDARD = {"tls.crt", "ca.crt", "cert", "cacert", "ca-cert.pem", "root-cert.pem", "cert-chain.pem"}
_LENIENT = re.compile(
    "(der|double-base64|leading-blanks|escaped-newlines|no-header|four-dashes|newlines-to-blanks|cr-only|"
    "missing-end-line|glued|pem-header|bom)-(cert|key)|key-(der|openssh)|pkcs12"
)
_GO_SAYS_MORE_BEHIND = (
    " with error: ",
    "failed to parse private key PEM: ",
    "the cert does not match the key: ",
    "failed to parse the cert",
    "failed to parse CRL PEM",
)


def differences(case: Json, engines: Json, item: Json) -> list[str]:
    """What differs, in a few words each; empty when the answers are equal."""
    found: list[str] = []
    _compare_istiod(engines, item, found.append)
    _compare_certificates(case, engines, item, found.append)
    _compare_alarm(case, engines, item, found.append)
    if engines["istiod"]["certificate_key"]:  # else istiod takes no pair, and no engine was asked
        _compare_key(case, engines, item, found.append)
        _compare_verdicts(engines, item, found.append)
        _compare_end(engines, item, found.append)
    return found


def _compare_istiod(engines: Json, item: Json, complain: Complain) -> None:
    said, ours = engines["istiod"], item["istiod"]
    if said["accepted"] is not None:
        if ours["accepted"] is not said["accepted"]:
            complain("accepted")
        if said["accepted"]:
            if ours.get("error") and not _same_error(ours["error"], said["warning"], lenient=True):
                complain("error although accepted")
        elif not _same_error(ours.get("error"), said["error"], lenient=False):
            complain("error text")
    for field, name in (("certificate", "certificate_key"), ("privateKey", "private_key_key"), ("ca", "ca_key")):
        if item["keys"].get(field) != said[name]:
            complain(f"keys.{field}")


def _same_error(ours: str | None, said: str | None, *, lenient: bool) -> bool:
    if ours == said:
        return True
    if not ours or not said:
        return False
    if ours.split() and sorted(ours.split()) == sorted(said.split()):
        return True  # Go's maps have no order
    for cut in _GO_SAYS_MORE_BEHIND:
        if cut in said:
            return cut in ours and ours.split(cut)[0] == said.split(cut)[0]
    return lenient


def _compare_certificates(case: Json, engines: Json, item: Json, complain: Complain) -> None:
    said = engines["istiod"]
    of_ca = said["ca_key"] if said["ca_secret"] == engines["name"] else None
    demanded = _STANDARD | ({said["certificate_key"], of_ca} - {None})
    of_go = _places(engines["go_certificates"], "source") if "go_certificates" in engines else None
    of_openssl, ours = _places(engines["certificates"], "source"), _places(item["certificates"], "key")
    if any(place[0] in demanded and (of_go is None or place in of_go) and place not in ours for place in of_openssl):
        complain("certificate missing")
    if any(
        place not in of_openssl and (of_go is None or place not in of_go) and place[2] not in case["made"]
        for place in ours
    ):
        complain("certificate too many")
    for place in ours.keys() & of_openssl.keys():
        _compare_certificate(of_openssl[place], ours[place], complain)


def _places(certificates: list[Json], key: str) -> dict[tuple[str, int, str], Json]:
    return {(one[key], one["index"], one["sha256"]): one for one in certificates}


def _compare_certificate(said: Json, ours: Json, complain: Complain) -> None:
    if ours["serial"].lower().lstrip("0") != said["serial"].lstrip("0"):
        complain("serial")
    if (_instant(ours["notBefore"]), _instant(ours["notAfter"])) != (said["not_before"], said["not_after"]):
        complain("dates")
    for field in ("subject", "issuer"):
        if _plain(said[field]) and _attributes(ours[field]) != _attributes(said[field]):
            complain("names")


def _attributes(name: str) -> list[str]:
    return sorted(re.sub(r"[\s\"\\]|(?<=\\)[0-9a-f]{2}", "", name or "").casefold().split(","))


def _plain(name: str) -> bool:
    """Names are compared only when there is one way to write them."""
    return name.isascii() and name.isprintable() and not re.search(r'[\\"<>;#]', name)


def _instant(moment: str | None) -> str | None:
    return moment and re.sub(r"\+00:00$", "Z", re.sub(r"\.0+(?=Z|\+)", "", moment))


def _compare_alarm(case: Json, engines: Json, item: Json, complain: Complain) -> None:
    broken = is_broken(engines)
    if broken and not item["findings"]:
        complain("silent about something broken")
    errors = any(finding["severity"].lower() in ("error", "critical", "fail") for finding in item["findings"])
    if not broken and case["tags"] == ["good"] and errors:
        complain("false alarm")


def is_broken(engines: Json) -> bool:
    """Whether any engine refuses anything."""
    said, handshake = engines["istiod"], engines["handshake"] or {}
    return (
        bool(said["accepted"] is False and said["error"])
        or bool(said["warning"])
        or bool(said["ca_error"] and engines["role"] == "ca-credential")
        or engines["key_matches"] is False
        or any((handshake.get("load") or {}).values())
        or any(not one["ok"] for one in handshake.get("handshakes", {}).values())
        or (
            engines["role"] == "credential"
            and engines["openssl"] is not None
            and not (engines["verifies_client"] and engines["verifies_server"])
        )
    )


def _compare_key(case: Json, engines: Json, item: Json, complain: Complain) -> None:
    handshake = engines["handshake"] or {"asked": [], "load": {}}
    refused = handshake["load"].get("pair") or ""
    if engines["key_matches"] is not None:
        allowed = [engines["key_matches"]]
        if refused and "KEY_VALUES_MISMATCH" not in refused:
            allowed.append(None)  # OpenSSL read it, Envoy will not
        if "private key" in refused:
            allowed.append(False)
        if item["keyMatches"] not in allowed:
            complain("keyMatches")
        return
    loaded = "pair" in handshake["asked"] and not handshake["load"]["pair"]
    lenient = any(_LENIENT.match(tag) for tag in case["tags"])
    if item["keyMatches"] is True and not loaded and not lenient:
        complain("keyMatches true, no engine can tell")
    if item["keyMatches"] is False and (loaded or "PASSWORD" in refused):
        complain("keyMatches false, no engine says so")


def _compare_verdicts(engines: Json, item: Json, complain: Complain) -> None:
    if engines["role"] == "credential":
        for role in ("client", "server"):
            if item["verifies"][role] not in _verdicts(engines, role):
                complain(f"verifies.{role} {item['verifies'][role]}")


def _verdicts(engines: Json, role: str) -> set[bool | None]:
    """Every answer that an engine gives."""
    verdicts: set[bool | None] = {engines[f"verifies_{role}"]}
    handshake = engines["handshake"]
    if handshake:
        load, done = handshake["load"], handshake.get("handshakes", {})
        if role in done and not load["pair"] and not load["ca"]:
            verdicts.add(done[role]["ok"])
        if load["ca"] or (load["pair"] and "private key" not in load["pair"]):
            verdicts |= {False, None}
        if done.get("plain", {}).get("ok") is False:
            verdicts.add(False)
    return verdicts


def _compare_end(engines: Json, item: Json, complain: Complain) -> None:
    paths, until = list(_ends(engines)), (engines["handshake"] or {}).get("works_until")
    end, weakest = _instant(item.get("effectiveNotAfter")), (item.get("weakest") or {}).get("sha256")
    verifies = item["verifies"]["client"] or item["verifies"]["server"] or engines["role"] != "credential"
    if engines["effective_not_after"] and verifies:
        if end not in [moment for moment, _ in paths] + [until]:
            complain("effectiveNotAfter")
        elif not any(weakest in ending for _, ending in paths) and end != until:
            complain("weakest")
    elif (end or weakest) and not paths and not until:
        complain("end of a path that no engine finds")


def _ends(engines: Json) -> Iterator[tuple[str, set[str]]]:
    """The end of every path that OpenSSL found, and the certificates that end then."""
    for path in (engines["openssl"] or {}).values():
        if path["ok"]:
            end = min(path["ends"])
            yield end, {one for one, moment in zip(path["chain"], path["ends"], strict=True) if moment == end}
