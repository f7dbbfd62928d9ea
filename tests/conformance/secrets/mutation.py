"""Certificates, keys, Secrets and files with something broken at random: the program answers or refuses in a sentence.

Everything follows from the seed. `python -m tests.conformance.secrets.mutation --count 100000` is the long run.
"""

import argparse
import base64
import functools
import io
import multiprocessing
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12

from kubectl_mtls.certs.issue import Issued, issue, issue_intermediate, issue_root
from kubectl_mtls.certs.pem import write_block
from kubectl_mtls.cli.main import main
from kubectl_mtls.cli.session import Session
from tests.conformance.secrets.key_bytes import hidden_runs, leaks

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SECONDS = 20.0
_FORMATS = (("-o", "json"), ("-o", "wide"), ("-o", "yaml"), ("-o", "pem"), ("-o", "name"), ("--chain",), ())
_LAYOUTS = (
    ("Secret", "partner", ("tls.crt", "tls.key", "ca.crt")),
    ("Secret", "partner", ("cert", "key", "cacert")),
    ("Secret", "cacerts", ("ca-cert.pem", "ca-key.pem", "root-cert.pem")),
    ("Secret", "istio-ca-secret", ("ca-cert.pem", "ca-key.pem", "root-cert.pem")),
    ("Secret", "partner-cacert", ("tls.crt", "tls.key", "ca.crt")),
    ("ConfigMap", "bundle", ("ca.crt", "other", "bundle.pem")),
)


@dataclass(frozen=True)
class Material:
    """What a draw starts from: sound files of one kind of key."""

    chain: bytes
    key: bytes
    ca: bytes
    leaf: bytes
    key_der: bytes
    archive: bytes


@functools.cache
def materials() -> tuple[tuple[Material, ...], frozenset[str]]:
    """Two sets of sound files, and the runs of their keys that must never be seen."""
    root = issue_root(NOW)
    intermediate = issue_intermediate(NOW, root)
    leaves = [issue("cart", NOW, intermediate, sans=("DNS:cart.example",), key=kind) for kind in ("P-256", "RSA 2048")]
    made = tuple(_material(leaf, root) for leaf in leaves)
    manifests = "---\n".join(
        yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": "x"},
                "data": {
                    "tls.crt": base64.b64encode(one.chain + one.ca).decode(),
                    "tls.key": base64.b64encode(one.key).decode(),
                },
            }
        )
        for one in made
    )
    return made, frozenset(hidden_runs(manifests))


def _material(leaf: Issued, root: Issued) -> Material:
    der = leaf.certificate.public_bytes(serialization.Encoding.DER)
    key = leaf.key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    archive = pkcs12.serialize_key_and_certificates(
        b"cart", leaf.key, leaf.certificate, list(leaf.chain), serialization.NoEncryption()
    )
    return Material(leaf.chain_pem, leaf.key_pem(), root.pem, der, key, archive)


def draw(seed: int) -> tuple[bytes, tuple[str, ...]]:
    """The content of one file, and the flags to inspect it with."""
    rng = random.Random(seed)
    material = rng.choice(materials()[0])
    content = rng.choice((_manifest, _manifest, _manifest, _bare))(rng, material)
    at = NOW + timedelta(days=rng.choice((0, 0, 0, 100, -100, 20_000)))
    return content, (*rng.choice(_FORMATS), "--at", f"{at:%Y-%m-%dT%H:%M:%SZ}")


def _manifest(rng: random.Random, material: Material) -> bytes:
    kind, name, data_keys = rng.choice(_LAYOUTS)
    values = [material.chain, material.key, material.ca]
    for _ in range(rng.choice((0, 1, 1, 1, 2))):
        which = rng.randrange(3)
        values[which] = _broken_value(rng, material, values[which], which)
    if rng.random() < 0.1:
        rng.shuffle(values)
    is_text = kind == "ConfigMap"
    data = {
        data_key: value.decode("utf-8", "replace") if is_text else base64.b64encode(value).decode()
        for data_key, value in zip(data_keys, values, strict=True)
        if rng.random() > 0.05 and not (is_text and value == material.key)
    }
    namespace = "istio-system" if name in ("cacerts", "istio-ca-secret") else "shop"
    written = {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": namespace}, "data": data}
    text = yaml.safe_dump(written).encode()
    return _mutated(rng, text) if rng.random() < 0.15 else text


def _broken_value(rng: random.Random, material: Material, value: bytes, which: int) -> bytes:
    """Broken in its encoding, in its text, or of another kind altogether."""
    label, der = (("CERTIFICATE", material.leaf), ("PRIVATE KEY", material.key_der))[which == 1]
    rest = material.chain.split(b"-----END CERTIFICATE-----\n", 1)[1] if which == 0 else b""
    choices = (
        lambda: write_block(label, _mutated(rng, der)) + rest,
        lambda: write_block(label, _mutated(rng, der)) + rest,
        lambda: _mutated(rng, value),
        lambda: rng.choice((der, material.archive, base64.b64encode(value), b"", rng.randbytes(rng.randrange(300)))),
        lambda: value * rng.choice((2, 30)),
        lambda: rng.choice((value.replace(b"\n", b"\\n"), value.replace(b"\n", b"\r\n"), value.replace(b"\n", b""))),
    )
    return rng.choice(choices)()


def _bare(rng: random.Random, material: Material) -> bytes:
    pem = material.chain + material.key + material.ca
    return _mutated(rng, rng.choice((pem, material.leaf, material.archive, material.key, material.key_der)))


def _mutated(rng: random.Random, content: bytes) -> bytes:
    """Octets changed, taken out, put in, repeated or cut off."""
    changed = bytearray(content)
    for _ in range(rng.choice((0, 1, 1, 1, 2, 5))):
        at = rng.randrange(len(changed) + 1)
        match rng.randrange(6):
            case 0 | 1 if at < len(changed):
                changed[at] ^= 1 << rng.randrange(8)
            case 2:
                del changed[at : at + rng.choice((1, 1, 3, 40))]
            case 3:
                changed[at:at] = rng.randbytes(rng.choice((1, 1, 4)))
            case 4:
                changed[at:at] = changed[at : at + rng.randrange(80)]
            case _:
                del changed[at:]
    return bytes(changed)


def complaints(seed: int) -> list[str]:
    """What is wrong with how the program took this draw; empty when it answered or refused in a sentence."""
    content, flags = draw(seed)
    out, err = io.StringIO(), io.StringIO()
    session = Session(environ={}, stdin=io.BytesIO(content), stdout=out, stderr=err, clock=lambda: NOW)
    started_at = time.process_time()
    code = main(["inspect-secret", "-f", "-", "-v", "6", *flags], session)
    said = f"{out.getvalue()}\n{err.getvalue()}"
    wrong = {
        f"exit code {code}": code not in (0, 1, 2),
        "a traceback": "Traceback" in said,
        "no answer and no error": not said.strip() and "pem" not in flags,
        "key bytes": leaks(said, materials()[1]),
        "a control character": any(ord(character) < 32 and character != "\n" for character in said),
        "too slow": time.process_time() - started_at > SECONDS,
    }
    return [word for word, so in wrong.items() if so]


def _play(seed: int) -> tuple[int, list[str]]:
    return seed, complaints(seed)


def run() -> int:
    """The long run; prints the seeds of draws that were not taken well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    kinds: Counter[str] = Counter()
    materials()  # before the processes part: all of them watch for the same keys
    with multiprocessing.get_context("fork").Pool(given.processes) as pool:
        for seed, wrong in pool.imap_unordered(_play, range(given.seed, given.seed + given.count), chunksize=50):
            kinds.update(wrong)
            if wrong:
                print(seed, *wrong, sep=" | ", flush=True)
    print(f"{given.count} draws, {sum(kinds.values())} complaints")
    return 1 if kinds else 0


if __name__ == "__main__":
    sys.exit(run())
