"""Plans for Secrets: which data keys change, what is kept, what speaks against it, the way back."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubectl_mtls.certs.issue import Issued, issue
from kubectl_mtls.errors import InvalidInput, Refused
from kubectl_mtls.model.kind import SECRET
from kubectl_mtls.model.metadata import LAST_APPLIED
from kubectl_mtls.model.reading import Manifest
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.plan.certificate_effect import CertificateEffect
from kubectl_mtls.plan.change import Change, Plan, Verb
from kubectl_mtls.plan.given_files import parse_given_files
from kubectl_mtls.plan.manifest import printable_manifests
from kubectl_mtls.plan.rotation import plan_rotation
from kubectl_mtls.plan.secrets_in_place import SecretsInPlace
from kubectl_mtls.plan.undo_secret import plan_rotation_undo
from kubectl_mtls.render.certificate_effect import render_certificates
from tests.certs.pki import DAY, HOST, NOW, data, intermediate, leaf, other_root, root
from tests.plan.meshes import codes

REF = Ref(SECRET, "shop", "partner")
NEW = issue("cart", NOW, intermediate(), sans=(HOST,))
GENERIC = {"tls.crt": "cert", "tls.key": "key", "ca.crt": "cacert"}


def manifest(values: dict[str, bytes], name: str = "partner", **metadata: Any) -> Manifest:
    encoded = {key: base64.b64encode(value).decode() for key, value in values.items()}
    identity = {"name": name, "namespace": "shop", "uid": f"uid-{name}", **metadata}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": identity, "type": "Opaque", "data": encoded}


def there(secret: Manifest | None, companion: Manifest | None = None, undo: Manifest | None = None) -> SecretsInPlace:
    return SecretsInPlace(REF, secret, companion, undo)


def rotated(place: SecretsInPlace, new: Issued = NEW, ca: bytes | None = None, *, create: bool = False) -> Plan:
    return plan_rotation(place, parse_given_files(new.chain_pem, new.key_pem(), ca), NOW, create=create)


def change_of(plan: Plan) -> Change:
    return next(change for change in plan.changes if not change.bookkeeping)


def values(secret: Manifest | None) -> dict[str, bytes]:
    return {key: base64.b64decode(value) for key, value in (secret or {})["data"].items()}


def carried_out(place: SecretsInPlace, plan: Plan) -> SecretsInPlace:
    by_name = {"partner": place.secret, "partner-mtls-undo": place.undo}
    by_name |= {change.ref.name: change.after for change in plan.changes}
    return there(by_name["partner"], place.companion, by_name["partner-mtls-undo"])


@pytest.mark.parametrize(
    ("before", "keys"),
    [
        pytest.param(data(), ("tls.crt", "tls.key", "ca.crt"), id="kubernetes.io/tls"),
        pytest.param({GENERIC[k]: v for k, v in data().items()}, ("cert", "key", "cacert"), id="generic"),
        pytest.param(
            data() | {GENERIC[k]: v for k, v in data().items()}, ("cert", "key", "cacert"), id="both: generic wins"
        ),
        pytest.param({}, ("tls.crt", "tls.key", "ca.crt"), id="empty"),
        pytest.param({"cert": b"", "other": b"x"}, ("cert", "key", "cacert"), id="half a generic pair"),
        pytest.param(data(ca_crt=None), ("tls.crt", "tls.key", "ca.crt"), id="no CA"),
        pytest.param({"cacert": b"x"}, ("tls.crt", "tls.key", "cacert"), id="a generic CA alone"),
    ],
)
def test_data_keys_are_those_that_istiod_takes(before: dict[str, bytes], keys: tuple[str, str, str]):
    after = values(change_of(rotated(there(manifest(before)), ca=other_root().pem)).after)
    assert after == before | dict(zip(keys, (NEW.chain_pem, NEW.key_pem(), other_root().pem), strict=True))


NAMES = st.sampled_from(["tls.crt", "tls.key", "ca.crt", "cert", "key", "cacert", "note"])
CONTENT = st.sampled_from([b"", b"x", leaf().chain_pem, leaf().key_pem(), root().pem])


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(NAMES, CONTENT), st.booleans(), st.booleans())
def test_undo_restores_every_byte_and_plan_after_apply_is_empty(
    before: dict[str, bytes], with_ca: bool, labelled: bool
):
    place = there(manifest(before, **({"labels": {"a": "b"}} if labelled else {})))
    ca = root().pem if with_ca else None
    plan = rotated(place, ca=ca)
    later = carried_out(place, plan)
    assert rotated(later, ca=ca).is_nothing
    undo = plan_rotation_undo(later, NOW)
    assert change_of(undo).after == place.secret
    assert [change.verb for change in undo.changes] == [Verb.PATCHED, Verb.DELETED]


def test_undo_secret_keeps_only_what_changes():
    plan = rotated(there(manifest(data())), ca=root().pem)
    undo, change = plan.changes
    assert (undo.bookkeeping, undo.ref.name, change.ref.name) == (True, "partner-mtls-undo", "partner")
    assert values(undo.after) == {"tls.crt": leaf().chain_pem, "tls.key": leaf().key_pem()}


def test_labels_and_type_stay_and_the_annotation_with_the_key_goes():
    applied = json.dumps({"data": {"tls.key": "x"}})
    before = manifest(data(), labels={"a": "b"}, annotations={LAST_APPLIED: applied, "mine": "1"})
    after = change_of(rotated(there(before))).after or {}
    assert after["metadata"]["labels"] == {"a": "b"}
    assert after["metadata"]["annotations"] == {"mine": "1"}
    assert after["type"] == "Opaque"


def test_missing_secret_is_made_only_on_request_and_undo_deletes_it():
    with pytest.raises(InvalidInput, match="does not exist"):
        rotated(there(None))
    plan = rotated(there(None), create=True, ca=root().pem)
    assert (change_of(plan).after or {})["type"] == "kubernetes.io/tls"
    undo = plan_rotation_undo(carried_out(there(None), plan), NOW)
    assert [change.verb for change in undo.changes] == [Verb.DELETED]


def test_companion_supplies_the_ca():
    companion = manifest({"cacert": other_root().pem}, "partner-cacert")
    plan = rotated(there(manifest(data()), companion))
    assert codes(plan) == ["MTLS705"]
    with pytest.raises(InvalidInput, match="istiod takes the CA from secret/partner-cacert"):
        rotated(there(manifest(data()), companion), ca=root().pem)


def leaf_with(**fields: Any) -> Issued:
    return issue("cart", NOW, intermediate(), **({"sans": (HOST,)} | fields))


@pytest.mark.parametrize(
    ("new", "ca", "raised"),
    [
        pytest.param(NEW, None, [], id="sound"),
        pytest.param(leaf_with(age=timedelta(days=100), lifetime=90 * DAY), None, ["MTLS704"], id="expired"),
        pytest.param(leaf_with(age=-DAY), None, ["MTLS704"], id="not yet valid"),
        pytest.param(NEW, other_root().pem, ["MTLS705", "MTLS712"], id="another CA"),
        pytest.param(NEW, other_root().pem + root().pem, [], id="another CA beside the old one"),
        pytest.param(leaf_with(lifetime=2 * DAY), None, ["MTLS711"], id="ends earlier"),
        pytest.param(leaf_with(extended_usages=("serverAuth",)), None, ["MTLS705"], id="loses the client's role"),
        pytest.param(leaf_with(sans=("DNS:other.example",)), None, ["MTLS706"], id="loses a name"),
        pytest.param(leaf_with(sans=(HOST, "DNS:more.example")), None, [], id="gains a name"),
    ],
)
def test_what_speaks_against_a_certificate(new: Issued, ca: bytes | None, raised: list[str]):
    assert codes(rotated(there(manifest(data())), new, ca)) == raised


def test_foreign_owner_is_an_objection():
    owned = manifest(data(), annotations={"cert-manager.io/certificate-name": "partner"})
    assert codes(rotated(there(owned))) == ["MTLS707"]


def test_secret_without_ca_is_shown_as_not_verified():
    effect = rotated(there(manifest(data(ca_crt=None)))).effect
    assert isinstance(effect, CertificateEffect)
    assert effect.new
    assert (effect.new.verified_by, effect.new.refusal) == (None, None)


@pytest.mark.parametrize(
    ("patch", "words"),
    [
        pytest.param({"data": {"tls.crt": "eA=="}}, "somebody changed tls.crt, tls.key", id="edited later"),
        pytest.param({"metadata": {"uid": "other"}}, "deleted and made anew", id="another Secret of that name"),
    ],
)
def test_undo_is_refused_when_it_would_lose_something(patch: dict[str, Any], words: str):
    place = there(manifest(data()))
    later = carried_out(place, rotated(place))
    assert later.secret
    for section, fields in patch.items():
        later.secret[section] = later.secret[section] | fields
    with pytest.raises(Refused, match=words):
        plan_rotation_undo(later, NOW)


def test_undo_after_a_run_that_was_killed_before_the_second_write_changes_nothing():
    place = there(manifest(data()))
    halfway = there(place.secret, None, rotated(place).changes[0].after)
    assert plan_rotation_undo(halfway, NOW).is_nothing
    assert codes(rotated(halfway)) == []


def test_foreign_secret_of_the_undo_name_is_left_alone():
    with pytest.raises(Refused, match="is not an undo Secret of this program"):
        rotated(there(manifest(data()), None, manifest({"a": b"b"}, "partner-mtls-undo")))


def test_undo_says_what_speaks_against_it_and_is_not_stopped():
    old = leaf_with(age=timedelta(days=100), lifetime=90 * DAY)
    owned = {"annotations": {"cert-manager.io/certificate-name": "partner"}}
    place = there(manifest(data(tls_crt=old.chain_pem, tls_key=old.key_pem()), **owned))
    undo = plan_rotation_undo(carried_out(place, rotated(place)), NOW)
    assert codes(undo) == []
    assert [note[-10:] for note in undo.notes] == [" (MTLS707)", " (MTLS704)"]


def test_sentences_of_an_undo_fit_it():
    old = leaf_with(extended_usages=("clientAuth",), sans=("DNS:other.example",), lifetime=2 * DAY)
    place = there(manifest(data(tls_crt=old.chain_pem, tls_key=old.key_pem())))
    notes = plan_rotation_undo(carried_out(place, rotated(place)), NOW).notes
    assert any("the certificate in place serves as server, the previous one does not (MTLS705)" in one for one in notes)
    assert any("names of the certificate in place that the previous one lacks" in one for one in notes)
    assert not [one for one in notes if "--cert" in one or "the old certificate" in one]


def without_ca(issued: Issued, chain: bytes | None = None) -> SecretsInPlace:
    return there(manifest(data(tls_crt=chain or issued.chain_pem, tls_key=issued.key_pem(), ca_crt=None)))


@pytest.mark.parametrize(
    ("place", "chain", "raised"),
    [
        pytest.param(without_ca(leaf()), NEW.pem, ["MTLS710"], id="comes alone"),
        pytest.param(without_ca(leaf()), NEW.chain_pem, [], id="comes with it"),
        pytest.param(without_ca(leaf(), leaf().pem), NEW.pem, [], id="had none before"),
        pytest.param(there(manifest(data())), NEW.pem, ["MTLS705"], id="with a CA the chain is verified"),
    ],
)
def test_lost_intermediate_is_an_objection_where_no_ca_can_tell(place: SecretsInPlace, chain: bytes, raised: list[str]):
    assert codes(plan_rotation(place, parse_given_files(chain, NEW.key_pem(), None), NOW)) == raised


def test_ca_is_said_to_stay_only_where_there_is_one():
    said = "the CA in place stays"
    assert said in rotated(there(manifest(data()))).notes
    assert said not in rotated(without_ca(leaf())).notes


def test_one_of_two_cas_that_goes_is_a_note():
    plan = rotated(there(manifest(data(ca_crt=root().pem + other_root().pem))), ca=root().pem)
    assert codes(plan) == []
    assert any(note.startswith("no longer trusted: Other Root") for note in plan.notes)


def test_key_of_another_certificate_is_not_called_the_same_key():
    same = issue("cart", NOW, intermediate(), sans=(HOST,), key=leaf().key)
    mismatched = there(manifest(data(tls_key=NEW.key_pem())))
    text = render_certificates(rotated(mismatched, same).effect, NOW)
    assert "(of another certificate)" in text
    assert "(a new key)" in text
    assert any("does not belong to the certificate in place" in note for note in rotated(mismatched, same).notes)
    assert "(the same key)" in render_certificates(rotated(there(manifest(data())), same).effect, NOW)


def test_undo_secret_without_a_value_has_no_empty_data():
    undo, _ = rotated(there(manifest({"foo": b"bar"}))).changes
    assert "data" not in (undo.after or {})


def test_stale_undo_secret_is_deleted_when_the_secret_is_made_anew():
    place = there(manifest(data()))
    stale = carried_out(place, rotated(place)).undo
    plan = rotated(there(None, None, stale), create=True, ca=root().pem)
    assert [change.verb for change in plan.changes] == [Verb.DELETED, Verb.CREATED]
    assert any("secret/partner-mtls-undo holds a version, with its key" in note for note in plan.notes)
    later = carried_out(there(None, None, stale), plan)
    assert [change.verb for change in plan_rotation_undo(later, NOW).changes] == [Verb.DELETED]


def test_file_of_kubectl_apply_is_said_to_revert_the_rotation():
    applied = json.dumps({"data": {"tls.key": "x"}})
    notes = rotated(there(manifest(data(), annotations={LAST_APPLIED: applied}))).notes
    assert any("the next apply of its file reverts this" in note for note in notes)


def test_immutable_secret_is_refused():
    with pytest.raises(Refused, match="immutable"):
        rotated(there(manifest(data()) | {"immutable": True}))


def test_printed_manifest_shows_certificates_and_no_other_value():
    secret = manifest(data(note=b"hidden", **{"both.pem": leaf().chain_pem + leaf().key_pem()}))
    (printed,) = printable_manifests(rotated(there(secret), ca=root().pem).changes)
    shown = {key for key, value in printed["data"].items() if value != "<withheld>"}
    assert shown == {"tls.crt", "ca.crt"}
    assert set(printed["metadata"]) == {"name", "namespace"}


def test_nothing_of_a_key_is_in_the_repr_of_a_plan():
    plan = rotated(there(manifest(data())), ca=root().pem)
    text = repr((plan, plan.changes, [change.fields for change in plan.changes], there(manifest(data()))))
    for issued in (leaf(), NEW):
        assert base64.b64encode(issued.key_pem()).decode()[60:100] not in text
        assert issued.key_pem().decode().splitlines()[1][:20] not in text
