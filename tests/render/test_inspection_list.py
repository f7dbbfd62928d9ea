"""A row for each of many Secrets."""

import codecs

import pytest

from kubectl_mtls.certs.inspecting import inspect
from kubectl_mtls.render.inspection_list import render_inspection_list
from tests.certs.pki import NOW, data, leaf, root, secret


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, "yes", id="sound"),
        pytest.param({"tls_key": root().key_pem()}, "no", id="the key of another certificate"),
        pytest.param({"tls_key": leaf().key_pem(b"secret")}, "no", id="a key that proxies cannot open"),
        pytest.param({"tls_crt": codecs.BOM_UTF8 + leaf().chain_pem}, "no", id="a chain that proxies miss"),
        pytest.param({"ca_crt": None}, "-", id="no CA to ask"),
        pytest.param({"tls_crt": None, "tls_key": None}, "-", id="a CA alone"),
    ],
)
def test_what_proxies_refuse_is_fit_for_no_role(changes: dict[str, bytes | None], expected: str):
    found = inspect(secret(data(**changes)), None, NOW)
    client, server = render_inspection_list([(found, ())], NOW, show_headers=False).split()[-4:-2]
    assert (client, server) == (expected, expected)
