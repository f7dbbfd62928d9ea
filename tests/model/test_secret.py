import base64
import json

import pytest

from kubectl_mtls.model.fields import Malformed
from kubectl_mtls.model.metadata import LAST_APPLIED
from kubectl_mtls.model.origin import ApiOrigin
from kubectl_mtls.model.reading import Document
from kubectl_mtls.model.secret import parse_secret

_KEY = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n"


def _parse(kind="Secret", annotations=None, **fields):
    metadata = {"name": "partner-cert", "namespace": "shop", "annotations": annotations or {}}
    manifest = {"apiVersion": "v1", "kind": kind, "metadata": metadata, **fields}
    return parse_secret(Document(manifest, ApiOrigin()))


def _b64(text):
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("fields", "data", "problems"),
    [
        pytest.param({"data": {"a": _b64("x")}}, {"a": b"x"}, {}, id="data is decoded"),
        pytest.param({"data": {"a": "eA\n=\r\n="}}, {"a": b"x"}, {}, id="line ends in base64 do not matter"),
        pytest.param({"data": {"a": _b64("x")}, "stringData": {"a": "y"}}, {"a": b"y"}, {}, id="stringData wins"),
        pytest.param({"data": {"a": "%"}, "stringData": {"a": "y"}}, {"a": b"y"}, {}, id="even over what is no base64"),
        pytest.param({"data": {"a": "-----BEGIN"}}, {}, {"a": "is not base64"}, id="no base64"),
        pytest.param({"data": {"a": 7}}, {}, {"a": "is not a string"}, id="no string"),
        pytest.param({"data": {"a": None}}, {"a": b""}, {}, id="null is empty"),
        pytest.param({"data": None}, {}, {}, id="no data"),
        pytest.param({"kind": "ConfigMap", "data": {"a": "x"}}, {"a": b"x"}, {}, id="a ConfigMap is plain text"),
        pytest.param({"kind": "ConfigMap", "binaryData": {"a": "eA=="}}, {}, {}, id="nobody reads binaryData"),
    ],
)
def test_values_are_read_as_the_api_server_reads_them(fields, data, problems):
    found = _parse(**fields)
    assert (found.data, found.problems) == (data, problems)


def test_no_value_is_shown():
    found = _parse(data={"tls.key": _b64(_KEY), "bad": "c2VjcmV0!"})
    assert "c2VjcmV0" not in repr(found)
    assert "secret'" not in repr(found)


def test_a_wrong_shape_is_malformed_and_shows_no_value():
    with pytest.raises(Malformed) as caught:
        _parse(data=["c2VjcmV0"])
    assert "c2VjcmV0" not in str(caught.value)


@pytest.mark.parametrize(
    ("applied", "repeats"),
    [
        ({"data": {"tls.key": _b64(_KEY)}}, True),
        ({"stringData": {"tls.key": _KEY}}, True),
        ({"data": {"ca.crt": _b64("-----BEGIN CERTIFICATE-----")}}, False),
        ({}, False),
    ],
)
def test_kubectls_annotation_may_repeat_the_key_and_is_never_kept(applied, repeats):
    found = _parse(annotations={LAST_APPLIED: json.dumps(applied), "a": "b"})
    assert found.last_applied_has_key is repeats
    assert found.metadata.annotations == {"a": "b"}


@pytest.mark.parametrize(
    ("annotations", "kept_by"),
    [({"cert-manager.io/certificate-name": "partner"}, "certificate/partner (cert-manager)"), ({}, None)],
)
def test_who_keeps_it_is_read_from_its_annotation(annotations, kept_by):
    assert _parse(annotations=annotations).kept_by == kept_by
