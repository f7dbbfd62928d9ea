# ruff: noqa: E741  # dense tables of faults and of foreign functions, kept in one piece
"""Certificates and CRLs as raw DER: every field can be wrong. make(cn, by=..., field=...) has a default for each."""

import datetime as dt
import functools
import hashlib
import ipaddress

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization as ser
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

T0 = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def tlv(tag, *parts):
    b = b"".join(parts)
    n = len(b)
    if n < 128:
        return bytes([tag, n]) + b
    l = n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([tag, 128 + len(l)]) + l + b


seq = functools.partial(tlv, 0x30)
octets = functools.partial(tlv, 4)


def integer(n):
    return tlv(2, n.to_bytes((n if n >= 0 else ~n).bit_length() // 8 + 1, "big", signed=True))


def bits(b, unused=0):
    return tlv(3, bytes([unused]), b)


def oid(s):
    a = [int(x) for x in s.split(".")]
    r = bytes([40 * a[0] + a[1]])
    for x in a[2:]:
        y = [x & 127]
        while x := x >> 7:
            y.append(x & 127 | 128)
        r += bytes(reversed(y))
    return tlv(6, r)


def when(t):
    if 1950 <= t.year < 2050:
        return tlv(0x17, t.strftime("%y%m%d%H%M%SZ").encode())
    return tlv(0x18, (f"{t.year:04}" + t.strftime("%m%d%H%M%SZ")).encode())


ATTR = {"CN": "2.5.4.3", "O": "2.5.4.10", "OU": "2.5.4.11", "C": "2.5.4.6", "L": "2.5.4.7"}
STRING = {
    "utf8": (0x0C, "utf-8"),
    "printable": (0x13, "ascii"),
    "bmp": (0x1E, "utf-16-be"),
    "t61": (0x14, "latin-1"),
    "ia5": (0x16, "ascii"),
}


def name(attrs):
    r = []
    for a in attrs:
        tag, enc = STRING[a[2] if len(a) > 2 else "printable" if a[0] == "C" else "utf8"]
        r.append(tlv(0x31, seq(oid(ATTR[a[0]]), tlv(tag, a[1].encode(enc)))))
    return seq(*r)


HASH = {
    "md5": hashes.MD5,
    "sha1": hashes.SHA1,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
RSA = {"md5": 4, "sha1": 5, "sha256": 11, "sha384": 12, "sha512": 13}
ECDSA = {"sha1": "1", "sha256": "3.2", "sha384": "3.3", "sha512": "3.4"}


def algorithm(key, h):
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return seq(oid("1.3.101.112"))
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return seq(oid("1.2.840.10045.4." + ECDSA[h]))
    if h == "pss":
        s = seq(oid("2.16.840.1.101.3.4.2.1"), tlv(5))
        return seq(
            oid("1.2.840.113549.1.1.10"),
            seq(tlv(0xA0, s), tlv(0xA1, seq(oid("1.2.840.113549.1.1.8"), s)), tlv(0xA2, integer(32))),
        )
    return seq(oid(f"1.2.840.113549.1.1.{RSA[h]}"), tlv(5))


def sign(key, h, data):
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(data)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(data, ec.ECDSA(HASH[h]()))
    if h == "pss":
        return key.sign(data, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    return key.sign(data, padding.PKCS1v15(), HASH[h]())


def new_key(kind):
    if kind.startswith("rsa"):
        return rsa.generate_private_key(65537, int(kind[3:]))
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    return ec.generate_private_key(
        {"p256": ec.SECP256R1, "p384": ec.SECP384R1, "p521": ec.SECP521R1, "p224": ec.SECP224R1, "k256": ec.SECP256K1}[
            kind
        ]()
    )


KU = [
    "digitalSignature",
    "nonRepudiation",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "keyCertSign",
    "cRLSign",
]
EKU = {"server": "1.3.6.1.5.5.7.3.1", "client": "1.3.6.1.5.5.7.3.2", "code": "1.3.6.1.5.5.7.3.3", "any": "2.5.29.37.0"}


def ku(names):
    n = sum(0x80 >> KU.index(x) for x in names)
    return bits(bytes([n]), (n & -n).bit_length() - 1 if n else 0)


def general(g):
    k, v = g.split(":", 1)
    if k == "ip":
        return tlv(0x87, ipaddress.ip_address(v).packed)
    return tlv({"email": 0x81, "dns": 0x82, "uri": 0x86}[k], v.encode())


def constraint(g):
    k, v = g.split(":", 1)
    if k == "ip":
        n = ipaddress.ip_network(v)
        return seq(tlv(0x87, n.network_address.packed + n.netmask.packed))
    return seq(general(g))


def ext(o, value, critical=False):
    return seq(oid(o), *([tlv(1, b"\xff")] if critical else []), octets(value))


class Cert:
    def __init__(self, der, key, subject, ski):
        self.der, self.key, self.subject, self.ski = der, key, subject, ski

    @property
    def sha256(self):
        return hashlib.sha256(self.der).hexdigest()


def spki(key):
    return key.public_key().public_bytes(ser.Encoding.DER, ser.PublicFormat.SubjectPublicKeyInfo)


def make(
    cn,
    key,
    rng,
    by=None,
    *,
    subject=None,
    issuer=None,
    ca=False,
    pathlen=None,
    bc="default",
    bc_critical=True,
    usage="default",
    eku=None,
    san=(),
    san_critical=None,
    start=-10,
    days=90,
    not_before=None,
    not_after=None,
    h="sha256",
    serial=None,
    ski=True,
    aki=True,
    permit=(),
    exclude=(),
    nc_critical=True,
    extra=(),
    version=3,
    bad_signature=False,
    **_,
):
    """by: the issuing Cert (None: self-signed). start and days count from T0."""
    subject = name(subject if subject is not None else [("CN", cn)])
    signer, issuer = (by.key if by else key), (name(issuer) if issuer is not None else by.subject if by else subject)
    nb = not_before or T0 + start * DAY
    na = not_after or nb + days * DAY
    kid = hashlib.sha1(spki(key)).digest()
    e = []
    if bc == "default":
        bc = True if ca else None
    if bc is not None:
        e.append(
            ext(
                "2.5.29.19",
                seq(*([tlv(1, b"\xff")] if ca else []), *([integer(pathlen)] if pathlen is not None else [])),
                bc_critical,
            )
        )
    if usage == "default":
        usage = (
            ["keyCertSign", "cRLSign"]
            if ca
            else ["digitalSignature", "keyEncipherment"]
            if isinstance(key, rsa.RSAPrivateKey)
            else ["digitalSignature"]
        )
    if usage:
        e.append(ext("2.5.29.15", ku(usage), True))
    if eku:
        e.append(ext("2.5.29.37", seq(*(oid(EKU[x]) for x in eku))))
    if ski:
        e.append(ext("2.5.29.14", octets(ski if isinstance(ski, bytes) else kid)))
    if aki and by:
        e.append(ext("2.5.29.35", seq(tlv(0x80, aki if isinstance(aki, bytes) else by.ski))))
    if san:
        e.append(
            ext(
                "2.5.29.17",
                seq(*(general(g) for g in san)),
                len(subject) == 2 if san_critical is None else san_critical,
            )
        )
    if permit or exclude:
        e.append(
            ext(
                "2.5.29.30",
                seq(
                    *([tlv(0xA0, *(constraint(g) for g in permit))] if permit else []),
                    *([tlv(0xA1, *(constraint(g) for g in exclude))] if exclude else []),
                ),
                nc_critical,
            )
        )
    e += extra
    alg = algorithm(signer, h)
    tbs = seq(
        *([tlv(0xA0, integer(2))] if version == 3 else []),
        integer(rng.getrandbits(120) | 1 << 119 if serial is None else serial),
        alg,
        issuer,
        seq(when(nb), when(na)),
        subject,
        spki(key),
        *([tlv(0xA3, seq(*e))] if version == 3 and e else []),
    )
    sig = sign(signer, h, tbs)
    if bad_signature:
        sig = sig[:-1] + bytes([sig[-1] ^ 1])
    return Cert(seq(tbs, alg, bits(sig)), key, subject, ski if isinstance(ski, bytes) else kid)


def serial_of(der):
    from cryptography import x509

    return x509.load_der_x509_certificate(der).serial_number


def crl(by, revoked=(), start=-1, days=30, h="sha256"):
    alg = algorithm(by.key, h)
    nb = T0 + start * DAY
    ids = [seq(integer(serial_of(c.der)), when(nb)) for c in revoked]
    tbs = seq(
        integer(1),
        alg,
        by.subject,
        when(nb),
        when(nb + days * DAY),
        *([seq(*ids)] if ids else []),
        tlv(0xA0, seq(ext("2.5.29.35", seq(tlv(0x80, by.ski))), ext("2.5.29.20", integer(7)))),
    )
    return seq(tbs, alg, bits(sign(by.key, h, tbs)))
