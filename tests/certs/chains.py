"""Chains, sound and broken, with what a proxy says about each as client and as server; `other_engines` says what
OpenSSL says where that differs. All begin before and end after `now` unless their name says otherwise.
"""

import functools
from dataclasses import dataclass
from datetime import datetime, timedelta

from kubectl_mtls.certs.issue import Issued, issue, issue_intermediate, issue_root, new_key

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Case:
    """Files as they stand in a Secret."""

    name: str
    leaf: Issued
    chain: bytes
    ca: bytes
    client: bool
    server: bool
    openssl_differs: bool = False


@functools.cache
def cases(now: datetime) -> tuple[Case, ...]:
    root, other = issue_root(now), issue_root(now, "Other Root")
    middle = issue_intermediate(now, root)
    host = ("DNS:cart.shop.example",)

    def leaf(**fields) -> Issued:
        return issue("cart", now, fields.pop("issuer", middle), sans=fields.pop("sans", host), **fields)

    def ca(**fields) -> Issued:
        return issue("Odd CA", now, root, is_ca=True, lifetime=fields.pop("lifetime", 700 * _DAY), **fields)

    good = leaf()
    deep_top = ca(path_length=1)
    deep_middle = issue("Deep CA", now, deep_top, is_ca=True)
    deep = leaf(issuer=deep_middle)
    too_deep = leaf(issuer=issue("Deeper CA", now, deep_middle, is_ca=True))
    renewed = issue("Example Root", now, is_ca=True, key=root.key, lifetime=4000 * _DAY)
    expired_root = issue("Example Root", now, is_ca=True, key=root.key, age=20 * _DAY, lifetime=19 * _DAY)
    self_signed = issue("cart", now, sans=host)
    self_signed_ca = issue("cart", now, sans=host, is_ca=True, usages=("digitalSignature", "keyCertSign"))
    without_ids = issue("Example Root", now, is_ca=True, has_key_ids=False)
    by_nameless = leaf(issuer=without_ids, has_key_ids=False)

    def plain(name: str, made: Issued, client: bool = True, server: bool = True, differs: bool = False) -> Case:
        return Case(name, made, made.chain_pem, root.pem, client, server, differs)

    def files(name: str, chain: bytes, anchors: bytes, works: bool, made: Issued = good, differs: bool = False) -> Case:
        return Case(name, made, chain, anchors, works, works, differs)

    return (
        plain("sound", good),
        plain("directly under the root", leaf(issuer=root)),
        plain("RSA leaf", leaf(key=new_key("RSA 2048"))),
        plain("under an Ed25519 CA", leaf(issuer=ca(key=new_key("Ed25519")))),
        plain("under an RSA 1024 CA", leaf(issuer=ca(key=new_key("RSA 1024")))),
        plain("for clients only", leaf(extended_usages=("clientAuth",)), server=False),
        plain("for servers only", leaf(extended_usages=("serverAuth",)), client=False),
        plain("for no named use", leaf(extended_usages=())),
        plain("anyExtendedKeyUsage stands for nothing", leaf(extended_usages=("anyExtendedKeyUsage",)), False, False),
        plain("code signing", leaf(extended_usages=("codeSigning",)), False, False),
        plain("CA for servers only", leaf(issuer=ca(extended_usages=("serverAuth",))), client=False),
        plain("without key usage", leaf(usages=())),
        plain("key usage of a CA", leaf(usages=("keyCertSign",)), False, False),
        plain("expired", leaf(age=20 * _DAY, lifetime=19 * _DAY), False, False),
        plain("not yet valid", leaf(age=-1 * _DAY), False, False),
        plain("expired intermediate", leaf(issuer=ca(age=20 * _DAY, lifetime=19 * _DAY)), False, False),
        plain("intermediate without keyCertSign", leaf(issuer=ca(usages=("digitalSignature",))), False, False),
        plain("a leaf as issuer", leaf(issuer=issue("Odd", now, root, usages=())), False, False),
        plain("three CAs deep", deep),
        plain("deeper than the path length allows", too_deep, False, False),
        files("intermediate missing", good.pem, root.pem, False),
        files("intermediate among the CAs", good.pem, root.pem + middle.pem, True),
        files("wrong order above the leaf", deep.pem + deep_top.pem + deep_middle.pem, root.pem, True, deep),
        files("root sent along", good.chain_pem + root.pem, root.pem, True),
        files("leaf twice", good.pem + good.chain_pem, root.pem, True),
        files("another root", good.chain_pem, other.pem, False),
        files("another root first", good.chain_pem, other.pem + root.pem, True),
        files("root with the same name and another key", good.chain_pem, issue_root(now).pem, False),
        files("root renewed with its key", good.chain_pem, renewed.pem, True),
        files("old expired root behind the new one", good.chain_pem, renewed.pem + expired_root.pem, True),
        files("old expired root first", good.chain_pem, expired_root.pem + renewed.pem, False, differs=True),
        files("intermediate as anchor", good.chain_pem, middle.pem, True, differs=True),
        files("leaf as anchor", good.pem, good.pem, True, differs=True),
        files("self-signed leaf in the CA", self_signed_ca.pem, self_signed_ca.pem, True, self_signed_ca),
        files("self-signed leaf, no CA by usage", self_signed.pem, self_signed.pem, True, self_signed),
        files("self-signed leaf and another CA", self_signed_ca.pem, root.pem, False, self_signed_ca),
        files("no key identifiers at all", by_nameless.pem, without_ids.pem, True, by_nameless),
        files(
            "same name, no key identifiers, wrong one first",
            by_nameless.pem,
            root.pem + without_ids.pem,
            False,
            by_nameless,
        ),
    )
