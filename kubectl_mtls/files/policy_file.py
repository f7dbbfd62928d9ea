"""Which certificates does a policy file allow? docs/policy.md describes it, docs/policy.schema.json for editors."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from kubectl_mtls.certs.certificate import SIGNATURE_ALGORITHMS
from kubectl_mtls.certs.policy import PURPOSES, Demand, Policy, PolicyRule, fits
from kubectl_mtls.errors import InvalidInput
from kubectl_mtls.files.read import read_texts
from kubectl_mtls.model.duration import parse_span
from kubectl_mtls.model.yaml_text import YamlDocument, parse_yaml

API_VERSION, KIND = "kubectl-mtls/v1alpha1", "CertificatePolicy"
_TOP = ("apiVersion", "kind", "rules")
_MATCH = ("namespaces", "names", "purposes")
_ISSUERS = ("names", "rootFingerprints")
_RULE = ("name", "match", *(demand.value for demand in Demand))
_KEY = re.compile(r"RSA( [1-9]\d{2,4})?|ECDSA( P-(224|256|384|521))?|Ed25519|Ed448")
_NAME = re.compile(r"(DNS|URI|IP|email):.+", re.DOTALL)
_SHA256 = re.compile(r"[0-9a-f]{64}")


def read_policy_file(path: str, read_stdin: Callable[[], bytes]) -> Policy:
    """The policy in a file, or in `-`. Raises InvalidInput naming file, line and field."""
    (text,) = read_texts([path], recursive=False, read_stdin=read_stdin)
    return parse_policy(text.text, text.path)


def parse_policy(text: str, path: str) -> Policy:
    """The one document of a text. Raises InvalidInput."""
    documents = list(parse_yaml(text, path))
    if len(documents) != 1:
        raise InvalidInput(f"{path}: should hold one {KIND}, holds {len(documents)} documents")
    place = _Place(path, documents[0], documents[0].lines.flat(documents[0].value))
    whole = place.mapping(documents[0].value, "", _TOP)
    if (whole.get("apiVersion"), whole.get("kind")) != (API_VERSION, KIND):
        raise place.error("kind", f"should be apiVersion {API_VERSION}, kind {KIND}")
    rules = whole.get("rules")
    if not isinstance(rules, list) or not rules:
        raise place.error("rules", "should be a list of rules")
    return Policy(path, tuple(_rule(place, rule, f"rules.{index}") for index, rule in enumerate(rules)))


def _rule(place: "_Place", value: Any, field: str) -> PolicyRule:
    rule = place.mapping(value, field, _RULE)
    match = place.mapping(rule.get("match") or {}, f"{field}.match", _MATCH)
    issuers = place.mapping(rule.get("issuers") or {}, f"{field}.issuers", _ISSUERS)
    if "issuers" in rule and not issuers:
        raise place.error(f"{field}.issuers", f"allows nobody: it needs {' or '.join(_ISSUERS)}")
    name = rule.get("name", field)
    if not isinstance(name, str):
        raise place.error(f"{field}.name", "should be a string")
    if not set(rule) & {demand.value for demand in Demand}:
        raise place.error(field, f"demands nothing: it needs one of {', '.join(Demand)}")
    return PolicyRule(
        field=field,
        name=name,
        namespaces=place.strings(match, f"{field}.match", "namespaces"),
        names=place.strings(match, f"{field}.match", "names"),
        purposes=place.strings(match, f"{field}.match", "purposes", PURPOSES.__contains__, ", ".join(PURPOSES)),
        issuer_names=place.strings(issuers, f"{field}.issuers", "names"),
        root_fingerprints=place.strings(
            {key: _plain(one) for key, one in issuers.items()},
            f"{field}.issuers",
            "rootFingerprints",
            _SHA256.fullmatch,
            "the 64 hexadecimal digits of a SHA-256",
        ),
        maximum_lifetime=place.span(rule, field, Demand.MAXIMUM_LIFETIME),
        minimum_left=place.span(rule, field, Demand.MINIMUM_LEFT),
        warning_left=place.span(rule, field, Demand.WARNING_LEFT),
        keys=place.strings(rule, field, Demand.KEYS, _KEY.fullmatch, "a key such as RSA 3072 or ECDSA P-256"),
        signatures=place.strings(
            rule, field, Demand.SIGNATURES, _is_signature, f"one of {', '.join(SIGNATURE_ALGORITHMS)}"
        ),
        required_names=place.strings(rule, field, Demand.REQUIRED_NAMES, _NAME.fullmatch, "DNS:, URI:, IP: or email:"),
        forbidden_names=place.strings(
            rule, field, Demand.FORBIDDEN_NAMES, _NAME.fullmatch, "DNS:, URI:, IP: or email:"
        ),
    )


def _is_signature(written: str) -> bool:
    return any(fits(written, known) for known in SIGNATURE_ALGORITHMS)


def _plain(fingerprints: Any) -> Any:
    """As `openssl x509 -fingerprint` writes them, or as `inspect-secret -o json` does."""
    if not isinstance(fingerprints, list):
        return fingerprints
    return [one.replace(":", "").lower() if isinstance(one, str) else one for one in fingerprints]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the fields of one document stand."""

    path: str
    document: YamlDocument
    lines: Mapping[str, int]

    def error(self, field: str, problem: str) -> InvalidInput:
        """One sentence with file, line and field; a field that is not there has the line of what holds it."""
        known, line = field, None
        while known and line is None:
            line = self.lines.get(known)
            known = known.rpartition(".")[0]
        return InvalidInput(f"{self.path}:{line or self.document.line}: {field or KIND}: {problem}")

    def mapping(self, value: Any, field: str, known: tuple[str, ...]) -> Mapping[str, Any]:
        """A mapping with no other keys than these: a misspelt demand would be one that nobody checks."""
        if not isinstance(value, Mapping):
            raise self.error(field, "should be a mapping")
        for key in value:
            if key not in known:
                raise self.error(f"{field}.{key}".lstrip("."), f"is unknown: known are {', '.join(known)}")
        return value

    def strings(
        self,
        parent: Mapping[str, Any],
        field: str,
        key: str,
        is_good: Callable[[str], object] = bool,
        wanted: str = "a string",
    ) -> tuple[str, ...]:
        """A list of strings, each of which is good; empty when absent, but not when written so."""
        value = parent.get(key)
        if value is None and key not in parent:
            return ()
        if not isinstance(value, list) or not value:
            raise self.error(f"{field}.{key}", "should be a list with something in it")
        for index, one in enumerate(value):
            if not isinstance(one, str) or not is_good(one):
                raise self.error(f"{field}.{key}.{index}", f"should be {wanted}, is {str(one)[:60]!r}")
        return tuple(value)

    def span(self, parent: Mapping[str, Any], field: str, key: str) -> timedelta | None:
        """A duration; None when absent."""
        if key not in parent:
            return None
        value = parent[key]
        span = parse_span(value) if isinstance(value, str) else None
        if not span:
            raise self.error(f"{field}.{key}", f"should be a duration such as 90d or 12h, is {str(value)[:60]!r}")
        return span
