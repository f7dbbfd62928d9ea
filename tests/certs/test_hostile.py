"""Whatever stands in a Secret: no crash, and nothing of the key in what comes out."""

import base64

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kubectl_mtls.certs.inspecting import inspect
from kubectl_mtls.certs.private_key import read_private_key
from tests.certs.pki import NOW, data, leaf, secret

_KEY = leaf().key_pem()
_DER = base64.b64decode(b"".join(_KEY.splitlines()[1:-1]))
_RUN = 24
_SETTINGS = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _runs(text: str) -> list[str]:
    return [text[at : at + _RUN] for at in range(len(text) - _RUN)]


# The public half is in the certificate as well: only the private scalar must not be seen.
_SCALAR = leaf().key.private_numbers().private_value.to_bytes(32)
_SECRETS = [*_runs(_SCALAR.hex()), *_runs(b"".join(_KEY.splitlines()[1:2]).decode()), *_runs(repr(_SCALAR)[2:-1])]


def _mutated(text: bytes) -> st.SearchStrategy[bytes]:
    place = st.integers(0, len(text))
    return st.one_of(
        st.builds(lambda at, junk: text[:at] + junk + text[at:], place, st.binary(max_size=8)),
        st.builds(lambda at, junk: text[:at] + junk + text[at + len(junk) :], place, st.binary(max_size=8)),
        st.builds(lambda start, end: text[:start] + text[end:], place, place),
        st.builds(lambda at: text[at:] + text[:at], place),
        st.sampled_from(
            [
                text.replace(b"\n", b"\r\n"),
                text * 2,
                text.swapcase(),
                text[::-1],
                text.decode("latin-1").encode("utf-16"),
            ]
        ),
    )


@_SETTINGS
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "tls.crt": _mutated(leaf().chain_pem),
            "tls.key": _mutated(_KEY),
            "ca.crt": st.one_of(_mutated(leaf().chain_pem), st.just(_KEY)),
            "ca.crl": st.binary(max_size=40),
            "cert": st.just(_KEY),
        },
    )
)
def test_a_mutated_secret_is_inspected_without_a_crash_or_a_leak(changes):
    found = secret(data() | changes)
    answer = inspect(found, None, NOW)
    shown = f"{found!r}\n{answer!r}\n{answer.problems}\n{answer.client.reason}"
    assert not any(run in shown for run in _SECRETS)


@_SETTINGS
@given(_mutated(_KEY))
def test_a_mutated_key_gives_facts_and_nothing_of_itself(text):
    facts = read_private_key(text)
    shown = f"{facts!r} {facts.description} {facts.stand_in()!r}"
    assert not any(run in shown for run in _SECRETS)
    assert read_private_key(facts.stand_in()) == facts


@_SETTINGS
@given(_mutated(_DER))
def test_a_mutated_key_inside_a_sound_block_is_only_unreadable(der):
    block = b"-----BEGIN PRIVATE KEY-----\n" + base64.b64encode(der) + b"\n-----END PRIVATE KEY-----\n"
    facts = read_private_key(block)
    assert not any(run in repr(facts) for run in _SECRETS)


@_SETTINGS
@given(_mutated(base64.b64decode(b"".join(leaf().pem.splitlines()[1:-1]))))
def test_a_mutated_certificate_is_read_or_is_a_problem(der):
    block = b"-----BEGIN CERTIFICATE-----\n" + base64.b64encode(der) + b"\n-----END CERTIFICATE-----\n"
    answer = inspect(secret(data(tls_crt=block)), None, NOW)
    assert answer.problems
