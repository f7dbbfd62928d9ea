"""What machines get to see of a Secret."""

import json
from datetime import timedelta

from kubectl_mtls.certs.inspecting import inspect
from kubectl_mtls.certs.issue import issue, issue_intermediate
from kubectl_mtls.model.metadata import parse_metadata
from kubectl_mtls.model.origin import ApiOrigin
from kubectl_mtls.model.reading import Document
from kubectl_mtls.posture.credential.dossier import Dossier
from kubectl_mtls.posture.credential.usage import Purpose, Usage
from kubectl_mtls.render.inspection_json import inspection_object
from kubectl_mtls.rules.certificate_problem import check_inspection
from tests.certs.pki import NOW, data, root, secret

_SHORT = issue_intermediate(NOW, root(), "Short CA", lifetime=timedelta(days=12))
_CART = issue("cart\x1b[2J", NOW, _SHORT, sans=("DNS:x",), extended_usages=("clientAuth",))
_SECRET = secret(data(tls_crt=_CART.chain_pem, tls_key=_CART.key_pem()))
_RULE = Document(
    {
        "apiVersion": "networking.istio.io/v1",
        "kind": "DestinationRule",
        "metadata": {"name": "partner", "namespace": "shop"},
    },
    ApiOrigin(),
)
_USAGE = Usage(parse_metadata(_RULE), "spec.trafficPolicy.tls.credentialName", Purpose.CLIENT, ("api.partner.example",))


def test_the_keys_for_machines_are_these():
    found = inspect(_SECRET, None, NOW)
    item = inspection_object(Dossier(found, usages=(_USAGE,)), tuple(check_inspection(found)))
    leaf = found.certificates[0].certificate
    assert {key: item[key] for key in ("namespace", "name", "kind", "keyMatches", "verifies", "effectiveNotAfter")} == {
        "namespace": "shop",
        "name": "partner-cert",
        "kind": "Secret",
        "keyMatches": True,
        "verifies": {"client": True, "server": False},
        "effectiveNotAfter": "2026-06-12T00:00:00Z",
    }
    assert item["keys"] == {
        "certificate": "tls.crt",
        "privateKey": "tls.key",
        "ca": "ca.crt",
        "caSecret": "partner-cert",
        "crl": None,
    }
    assert item["istiod"] == {"accepted": True, "error": None}
    first = item["certificates"][0]
    assert (first["sha256"], first["serial"], first["key"], first["index"]) == (leaf.sha256, leaf.serial, "tls.crt", 0)
    assert (first["subject"], first["notAfter"]) == ("CN=cart^[[2J", "2026-08-29T00:00:00Z")
    assert (first["nameConstraints"], first["publicSha256"]) == (None, item["privateKey"]["publicSha256"])
    assert item["weakest"]["subject"] == "CN=Short CA"
    assert [user["name"] for user in item["users"]] == ["partner"]
    assert {finding["name"] for finding in item["findings"]} == {"one-role-only", "ends-before-leaf"}
    assert json.loads(json.dumps(item)) == item


def test_what_is_not_known_is_null():
    item = inspection_object(Dossier(inspect(secret({"ca.crt": root().pem}, "trust", kind="ConfigMap"), None, NOW)))
    assert (item["keyMatches"], item["verifies"]) == (None, {"client": None, "server": None})
    assert (item["weakest"], item["effectiveNotAfter"], item["owner"], item["users"]) == (None, None, None, [])
