"""The proxy that Go would take."""

import pytest

from kubectl_mtls.errors import InvalidInput
from kubectl_mtls.kube.proxy import proxy_headers, resolve_proxy

PROXY = {"HTTPS_PROXY": "http://proxy:3128"}

CASES = {
    "none": ("https://api", None, {}, None),
    "the environment": ("https://api", None, PROXY, "http://proxy:3128"),
    "a lower-case name": ("https://api", None, {"https_proxy": "proxy:3128"}, "http://proxy:3128"),
    "http has its own": ("http://api", None, PROXY, None),
    "loopback is never proxied": ("https://127.0.0.1:6443", None, PROXY, None),
    "localhost is never proxied": ("https://localhost:6443", None, PROXY, None),
    "NO_PROXY by name": ("https://api", None, {**PROXY, "NO_PROXY": "x, api"}, None),
    "NO_PROXY by domain": ("https://api.corp", None, {**PROXY, "NO_PROXY": "corp"}, None),
    "NO_PROXY with a dot is subdomains only": (
        "https://corp",
        None,
        {**PROXY, "NO_PROXY": ".corp"},
        "http://proxy:3128",
    ),
    "NO_PROXY by network": ("https://10.1.2.3", None, {**PROXY, "no_proxy": "10.0.0.0/8"}, None),
    "NO_PROXY with another port": ("https://api:6443", None, {**PROXY, "NO_PROXY": "api:443"}, "http://proxy:3128"),
    "NO_PROXY with the port": ("https://api", None, {**PROXY, "NO_PROXY": "api:443"}, None),
    "NO_PROXY everything": ("https://api", None, {**PROXY, "NO_PROXY": "*"}, None),
    "NO_PROXY other name": ("https://api", None, {**PROXY, "NO_PROXY": "pi"}, "http://proxy:3128"),
    "proxy-url wins over NO_PROXY": ("https://api", "socks5://p:1", {"NO_PROXY": "*"}, "socks5://p:1"),
}


@pytest.mark.parametrize("name", CASES)
def test_proxy_as_in_go(name: str) -> None:
    server, proxy_url, environ, expected = CASES[name]
    assert resolve_proxy(server, proxy_url, environ) == expected


def test_an_unknown_kind_of_proxy_is_refused() -> None:
    with pytest.raises(InvalidInput, match="scheme ftp is not known"):
        resolve_proxy("https://api", "ftp://x", {})


def test_user_and_password_of_the_proxy_are_sent_to_it() -> None:
    assert proxy_headers("http://a:b%40@p") == {"Proxy-Authorization": "Basic YTpiQA=="}
    assert proxy_headers("http://p") is None
    assert proxy_headers(None) is None
