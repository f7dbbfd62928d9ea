"""A policy file is read, or refused in one sentence with file, line and field; the schema refuses the same."""

import json
from datetime import timedelta
from pathlib import Path

import jsonschema
import pytest
import yaml

from kubectl_mtls.errors import InvalidInput
from kubectl_mtls.files.policy_file import parse_policy, read_policy_file

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs" / "policy.schema.json").read_text())
HEAD = "apiVersion: kubectl-mtls/v1alpha1\nkind: CertificatePolicy\n"
EXAMPLES = sorted((ROOT / "examples").glob("policy-*.yaml"))


def is_valid(text: str) -> bool:
    return not list(jsonschema.Draft202012Validator(SCHEMA).iter_errors(yaml.safe_load(text)))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_are_read_and_fit_the_schema(path):
    assert read_policy_file(str(path), bytes).rules
    assert is_valid(path.read_text())


def test_every_field_is_read():
    text = (
        HEAD
        + """rules:
- name: all
  match: {namespaces: [shop], names: [a, b], purposes: [client, signing]}
  issuers: {names: [X], rootFingerprints: ["AA:"""
        + ":".join(["0f"] * 31)
        + """"]}
  maximumLifetime: 90d
  minimumLeft: 36h
  warningLeft: 1d12h
  keys: [RSA 3072, ECDSA]
  signatures: [ECDSA with SHA-*]
  requiredNames: ["DNS:*.example"]
  forbiddenNames: ["IP:*"]
- keys: [Ed25519]
"""
    )
    first, second = parse_policy(text, "p.yaml").rules
    assert (first.name, first.namespaces, first.names, first.purposes) == (
        "all",
        ("shop",),
        ("a", "b"),
        ("client", "signing"),
    )
    assert (first.issuer_names, first.root_fingerprints) == (("X",), ("aa" + "0f" * 31,))
    assert first.maximum_lifetime == timedelta(days=90)
    assert (first.minimum_left, first.warning_left) == (timedelta(hours=36), timedelta(days=1.5))
    assert (first.keys, first.signatures) == (("RSA 3072", "ECDSA"), ("ECDSA with SHA-*",))
    assert (first.required_names, first.forbidden_names) == (("DNS:*.example",), ("IP:*",))
    assert (second.name, second.field) == ("rules.1", "rules.1")
    assert is_valid(text)


BAD = {
    "no list of rules": ("", 1, "rules", "should be a list of rules"),
    "an empty list": ("rules: []", 3, "rules", "should be a list of rules"),
    "another top key": ("spec: {}\nrules: [{keys: [RSA]}]", 3, "spec", "is unknown"),
    "a rule that is a word": ("rules:\n- RSA", 4, "rules.0", "should be a mapping"),
}
BAD_RULES = {
    "a misspelt demand": ("name: a\n  key: [RSA]", 5, ".key", "is unknown: known are name, match"),
    "a misspelt selector": ("match: {namespace: [a]}\n  keys: [RSA]", 4, ".match.namespace", "is unknown"),
    "nothing demanded": ("name: a", 4, "", "demands nothing"),
    "a name that is a number": ("name: 7\n  keys: [RSA]", 4, ".name", "should be a string"),
    "a list that is a word": ("keys: RSA", 4, ".keys", "should be a list"),
    "an empty list of keys": ("keys: []", 4, ".keys", "should be a list with something in it"),
    "no issuers in it": ("issuers: {}", 4, ".issuers", "allows nobody"),
    "an unknown key type": ("keys:\n  - RSA\n  - DSA 1024", 6, ".keys.1", "should be a key such as"),
    "an unknown signature": ("signatures: [SHA256withRSA]", 4, ".signatures.0", "should be one of"),
    "a name without kind": ("requiredNames: [shop.example]", 4, ".requiredNames.0", "should be DNS:"),
    "a lifetime without unit": ("maximumLifetime: 90", 4, ".maximumLifetime", "should be a duration"),
    "a lifetime of nothing": ("maximumLifetime: 0d", 4, ".maximumLifetime", "should be a duration"),
    "an unknown purpose": (
        "match: {purposes: [mtls]}\n  keys: [RSA]",
        4,
        ".match.purposes.0",
        "should be client,",
    ),
    "half a fingerprint": ("issuers: {rootFingerprints: [abcd]}", 4, ".issuers.rootFingerprints.0", "should be the 64"),
}
BAD |= {name: (f"rules:\n- {text}", line, f"rules.0{at}", why) for name, (text, line, at, why) in BAD_RULES.items()}


@pytest.mark.parametrize(("text", "line", "field", "words"), BAD.values(), ids=BAD)
def test_what_is_malformed_is_named_by_line_and_field(text, line, field, words):
    with pytest.raises(InvalidInput) as refused:
        parse_policy(f"{HEAD}{text}\n", "p.yaml")
    assert refused.value.message.startswith(f"p.yaml:{line}: {field}: {words}")
    assert refused.value.exit_code == 2
    assert not is_valid(HEAD + text)


def test_another_kind_is_no_policy():
    with pytest.raises(InvalidInput, match=r"^p\.yaml:2: kind: should be apiVersion kubectl-mtls/v1alpha1"):
        parse_policy("apiVersion: v1\nkind: ConfigMap\nrules: [{keys: [RSA]}]\n", "p.yaml")


@pytest.mark.parametrize("text", ["", "- a\n", "a: [\n", HEAD + "---\n" + HEAD, "\x00", "5\n"])
def test_what_is_no_policy_at_all(text):
    with pytest.raises(InvalidInput, match=r"^p\.yaml"):
        parse_policy(text, "p.yaml")
