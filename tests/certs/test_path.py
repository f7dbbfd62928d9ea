from datetime import timedelta

import pytest

from kubectl_mtls.certs.certificate import Certificate, parse_certificates
from kubectl_mtls.certs.chain import resolve_chain, weakest_link
from kubectl_mtls.certs.issue import issue
from kubectl_mtls.certs.path import TlsRole, verify_path
from kubectl_mtls.certs.problem import ProblemCode
from tests.certs.chains import Case, cases
from tests.certs.pki import DAY, NOW, intermediate, leaf, other_root, root


def read(*pems: bytes) -> tuple[Certificate, ...]:
    certificates, problems = parse_certificates(b"".join(pems))
    assert not problems
    return certificates


def verdict(case: Case, role: TlsRole, at=NOW):
    chain = read(case.chain)
    return verify_path(chain[0], chain, read(case.ca), at, role)


@pytest.mark.parametrize("case", cases(NOW), ids=lambda case: case.name)
def test_a_path_is_accepted_as_proxies_accept_it(case):
    assert (verdict(case, TlsRole.CLIENT).ok, verdict(case, TlsRole.SERVER).ok) == (case.client, case.server)


@pytest.mark.parametrize("case", cases(NOW), ids=lambda case: case.name)
def test_a_no_has_its_reason_and_a_yes_its_path(case):
    for role in TlsRole:
        found = verdict(case, role)
        assert bool(found.reason) is not found.ok
        assert not found.ok or found.path[-1].sha256 in {anchor.sha256 for anchor in read(case.ca)}


def test_the_last_second_is_valid_and_the_end_is_not():
    chain, anchors = read(leaf().chain_pem), read(root().pem)
    end = chain[0].not_after
    assert verify_path(chain[0], chain, anchors, end - timedelta(seconds=1), TlsRole.CLIENT).ok
    late = verify_path(chain[0], chain, anchors, end, TlsRole.CLIENT)
    assert late.fault
    assert (late.fault.code, late.fault.place) == (ProblemCode.EXPIRED, 0)


def test_the_missing_issuer_is_named():
    chain = read(leaf().pem)
    found = verify_path(chain[0], chain, read(root().pem), NOW, TlsRole.CLIENT)
    assert found.reason == 'issuer "Example Issuing CA" of "cart" is missing'


def test_a_changed_signature_is_noticed():
    good = read(leaf().chain_pem)
    der = bytearray(good[0].der)
    der[-1] ^= 1
    (changed,) = read(_pem(bytes(der)))
    assert not verify_path(changed, good[1:], read(root().pem), NOW, TlsRole.CLIENT).ok


def _pem(der: bytes) -> bytes:
    from kubectl_mtls.certs.pem import write_block

    return write_block("CERTIFICATE", der)


def test_an_empty_crl_refuses_every_path():
    chain = read(leaf().chain_pem)
    found = verify_path(chain[0], chain, read(root().pem), NOW, TlsRole.CLIENT, crls=())
    assert found.fault
    assert found.fault.code is ProblemCode.REVOKED


def test_the_weakest_link_ends_first_and_on_a_tie_is_nearest_to_the_leaf():
    top = issue("Top", NOW, is_ca=True, lifetime=40 * DAY)
    short = issue("Short CA", NOW, top, is_ca=True, lifetime=40 * DAY)
    path = read(issue("x", NOW, short).pem, short.pem, top.pem)
    weakest = weakest_link(path)
    assert weakest
    assert weakest.subject.short == "Short CA"
    assert weakest_link(()) is None


def _chain(*pems: bytes, anchors: bytes = b"", at: int | None = None):
    return resolve_chain(read(*pems), read(anchors), at)


_DEEP = issue("Deep CA", NOW, intermediate(), is_ca=True)
_DEEP_LEAF = issue("deep", NOW, _DEEP)


def test_a_sound_chain_has_nothing_to_say():
    chain = _chain(leaf().chain_pem, anchors=root().pem)
    assert (chain.order, chain.in_order, chain.order_problems()) == ((0, 1), True, ())
    assert (chain.missing(), chain.extras, chain.duplicates, chain.roots) == (None, (), (), ())


def test_the_wrong_order_is_told_in_plain_words():
    chain = _chain(_DEEP_LEAF.pem, intermediate().pem, _DEEP.pem, anchors=root().pem)
    assert chain.order == (0, 2, 1)
    assert chain.order_problems() == (
        "the certificate that signs index 0 is at index 2",
        "the certificate that signs index 2 is at index 1",
    )


def test_a_leaf_behind_its_issuer_is_told():
    chain = _chain(intermediate().pem, leaf().pem, anchors=root().pem, at=1)
    assert chain.order_problems()[0] == "the leaf is at index 1, proxies take index 0 for it"


def test_a_gap_names_the_missing_issuer():
    assert _chain(leaf().pem).missing() == 'issuer "Example Issuing CA" of certificate 0 is not in the Secret'
    chain = _chain(leaf().chain_pem, anchors=other_root().pem)
    assert chain.missing() == 'issuer "Example Root" of certificate 1 is not in the Secret or its CA'


def test_what_is_too_much_is_told():
    chain = _chain(leaf().chain_pem, leaf().pem, other_root().pem, root().pem, anchors=root().pem)
    assert (chain.duplicates, chain.extras, chain.roots) == ((2,), (3,), (3, 4))


def test_no_certificate_is_no_chain():
    chain = _chain()
    assert (chain.leaf, chain.order_problems(), chain.missing()) == (None, (), None)
