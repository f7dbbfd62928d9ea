# ruff: noqa: ARG005, BLE001, E501, E741, N802, N803, N806  # dense tables of faults and of foreign functions, kept in one piece
"""Certificate Secrets with one or two things wrong: generate.py --seed S --count N > cases.jsonl (needs cryptography, PyYAML).
A case starts as a sound one (root, intermediate, leaf; every field has a default in x509der.make); a fault names only what it changes."""

import argparse
import base64
import datetime as dt
import json
import random
import re
import sys

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import serialization as ser
from cryptography.hazmat.primitives.serialization import pkcs7, pkcs12

from tests.conformance.secrets.oracle.x509der import DAY, T0, crl, ext, make, new_key, octets, oid

POOL = {}


def key(kind, n):
    """The n-th key of that kind of this run."""
    p = POOL.setdefault(kind, [])
    while len(p) <= n:
        p.append(new_key(kind))
    return p[n]


def pem(label, der, width=64):
    b = base64.b64encode(der).decode()
    return (
        f"-----BEGIN {label}-----\n"
        + "".join(b[i : i + width] + "\n" for i in range(0, len(b), width))
        + f"-----END {label}-----\n"
    )


def key_pem(k, form="pkcs8", password=None):
    f = {"pkcs8": ser.PrivateFormat.PKCS8, "old": ser.PrivateFormat.TraditionalOpenSSL}[form]
    if form == "old" and type(k).__name__.startswith("Ed"):
        f = ser.PrivateFormat.PKCS8
    return k.private_bytes(
        ser.Encoding.PEM, f, ser.BestAvailableEncryption(password) if password else ser.NoEncryption()
    ).decode()


NAMES = {
    "tls": {"cert": "tls.crt", "key": "tls.key", "ca": "ca.crt", "crl": "ca.crl"},
    "generic": {"cert": "cert", "key": "key", "ca": "cacert", "crl": "crl"},
    "plug-a": {
        "cert": "ca-cert.pem",
        "key": "ca-key.pem",
        "ca": "root-cert.pem",
        "crl": "ca-crl.pem",
        "chain": "cert-chain.pem",
    },
    "plug-b": {"cert": "tls.crt", "key": "tls.key", "ca": "ca.crt", "crl": "ca.crl"},
    "self": {
        "cert": "ca-cert.pem",
        "key": "ca-key.pem",
        "ca": "root-cert.pem",
        "crl": "ca-crl.pem",
        "chain": "cert-chain.pem",
    },
}


class State:
    def __init__(self, rng):
        self.rng = rng
        self.kind = rng.choice(["p256", "p256", "p256", "rsa2048", "rsa2048", "p384"])
        self.layout = rng.choice(["tls", "tls", "generic"])
        host = rng.choice(["partner.example.com", "api.shop.test", "db-0.db.prod.svc.cluster.local"])
        self.p = {
            "root": {"cn": "Test Root", "ca": True, "start": -400, "days": 3650},
            "inter": {
                "cn": "Test Intermediate",
                "by": "root",
                "ca": True,
                "pathlen": rng.choice([0, None]),
                "start": -200,
                "days": 1500,
            },
            "leaf": {
                "cn": host,
                "by": "inter",
                "eku": ["server", "client"],
                "san": ["dns:" + host, "uri:spiffe://cluster.local/ns/default/sa/client"],
            },
            "root2": {"cn": "Other Root", "ca": True, "start": -300, "days": 3000},
            "inter2": {"cn": "Other Intermediate", "by": "root2", "ca": True, "start": -100, "days": 1000},
            "leaf2": {
                "cn": "other.example.com",
                "by": "inter2",
                "eku": ["server", "client"],
                "san": ["dns:other.example.com"],
            },
        }
        self.chain, self.ca, self.key, self.form, self.password = (
            ["leaf", "inter"],
            ["root"],
            "leaf",
            rng.choice(["pkcs8", "old"]),
            None,
        )
        self.crls, self.bytes, self.objects, self.at = [], [], [], "2026-06-01T00:00:00Z"
        self.name, self.ns, self.type, self.made, self.n = (
            rng.choice(["partner-cert", "gateway-tls", "client-credential"]),
            rng.choice(["default", "istio-ingress", "shop"]),
            None,
            {},
            0,
        )

    def get(self, n):
        """The certificate of that name, built on first use with what it hangs on."""
        if n not in self.made:
            a = dict(self.p[n])
            k = a.pop("key", None)
            by = a.pop("by", None)
            if isinstance(k, str) and k in self.p:
                k = self.get(k).key
            if k is None or isinstance(k, str):
                k = key(k or self.kind, self.n)
                self.n += 1
            self.made[n] = make(a.pop("cn"), k, self.rng, self.get(by) if by else None, **a)
        return self.made[n]

    def pem(self, names):
        return "".join(pem("CERTIFICATE", self.get(n).der) for n in names)

    def build(self):
        N = NAMES[self.layout]
        plug = "chain" in N or self.layout == "plug-b"
        if plug:
            self.name, self.ns = ("istio-ca-secret" if self.layout == "self" else "cacerts"), "istio-system"
            if self.key == "leaf":
                self.key = "inter"
            self.chain = [x for x in self.chain if x != "leaf"] or ["inter"]
            if self.layout == "self":
                self.chain, self.key = ["root"], ("root" if self.key == "inter" else self.key)
        d = {
            N["cert"]: self.pem(self.chain),
            N["key"]: key_pem(self.get(self.key).key, self.form, self.password)
            if isinstance(self.key, str)
            else self.key(self),
            N["ca"]: self.pem(self.ca),
        }
        if self.layout in ("plug-a", "self"):
            d[N["cert"]] = self.pem(self.chain[:1])
            d[N["chain"]] = self.pem(self.chain + (self.ca[:1] if self.rng.random() < 0.5 else []))
            if self.layout == "self":
                d.update({N["chain"]: "", "key.pem": ""})
        if self.crls:
            d[N["crl"]] = "".join(
                pem("X509 CRL", crl(self.get(by), [self.get(x) for x in rev], **o)) for by, rev, o in self.crls
            )
        d = {k: v.encode() if isinstance(v, str) else v for k, v in d.items()}
        for f in self.bytes:
            f(d, N)
        t = self.type or (
            "istio.io/ca-root"
            if self.layout == "self"
            else "kubernetes.io/tls"
            if self.layout in ("tls", "plug-b")
            else "Opaque"
        )
        docs = [
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": self.name, "namespace": self.ns},
                "type": t,
                "data": d,
            }
        ]
        for f in self.objects:
            docs = f(docs, N) or docs
        return docs


def encode(o):
    if isinstance(o, list):
        return [encode(x) for x in o]
    o = dict(o)
    if "items" in o:
        o["items"] = encode(o["items"])
        return o
    for f in ("data", "binaryData"):
        if o.get(f) is not None:
            o[f] = {
                k: base64.b64encode(v).decode()
                if isinstance(v, bytes) and (o["kind"] == "Secret" or f == "binaryData")
                else v.decode()
                if isinstance(v, bytes)
                else v
                for k, v in o[f].items()
            }
    return o


FAULTS = {}  # name -> (group, function of State)


def fault(group, name=None):
    def reg(f):
        FAULTS[name or f.__name__.replace("_", "-")] = (group, f)
        return f

    return reg


def params(group, name, who, **kw):
    FAULTS[name] = (group, lambda s: s.p[who].update({k: v(s) if callable(v) else v for k, v in kw.items()}))


def order(name, chain=None, ca=None, **kw):
    def f(s):
        for n, a in kw.items():
            s.p[n] = dict(s.p.get(n, {}), **a)
        s.chain, s.ca = chain or s.chain, ca or s.ca

    FAULTS[name] = ("chain", f)


def data(group, name, f):
    FAULTS[name] = (group, lambda s: s.bytes.append(f))


def objs(name, f):
    FAULTS[name] = ("layout", lambda s: s.objects.append(lambda docs, N: f(s, docs, N)))


# ---- layouts
def layout(name, l):
    FAULTS[name] = ("layout", lambda s: setattr(s, "layout", l))


layout("layout-tls", "tls")
layout("layout-generic", "generic")
layout("ca-plug-a", "plug-a")
layout("ca-plug-b", "plug-b")
layout("ca-self", "self")


def both(d, s, want):
    o = {
        "cert": s.pem(["leaf2", "inter2"]),
        "key": key_pem(s.get("leaf2").key),
        "cacert": s.pem(["root2"]),
        "tls.crt": s.pem(["leaf", "inter"]),
        "tls.key": key_pem(s.get("leaf").key),
        "ca.crt": s.pem(["root"]),
    }
    d.clear()
    d.update({k: o[k].encode() if v is None else v for k, v in want.items()})


for n, want in {
    "both-full": dict.fromkeys(["cert", "key", "cacert", "tls.crt", "tls.key", "ca.crt"]),
    "both-generic-no-key": dict.fromkeys(["cert", "cacert", "tls.crt", "tls.key", "ca.crt"]),
    "both-generic-empty": {"cert": b"", "key": b"", "cacert": b"", "tls.crt": None, "tls.key": None, "ca.crt": None},
    "both-generic-pair-only": dict.fromkeys(["cert", "key", "tls.crt", "tls.key", "ca.crt"]),
    "both-cacert-only": dict.fromkeys(["cacert", "tls.crt", "tls.key", "ca.crt"]),
    "both-tls-empty": {"cert": None, "key": None, "tls.crt": b"", "tls.key": b"", "ca.crt": b""},
    "mixed-forms": dict.fromkeys(["cert", "tls.key", "ca.crt"]),
    "mixed-forms-2": dict.fromkeys(["tls.crt", "key", "cacert"]),
    "both-all-empty": dict.fromkeys(["cert", "key", "tls.crt", "tls.key"], b""),
    "generic-key-empty-tls-cert-only": {"cert": None, "key": b"", "tls.crt": None},
}.items():
    FAULTS[n] = (
        "layout",
        lambda s, want=want: (setattr(s, "layout", "tls"), s.bytes.append(lambda d, N: both(d, s, want))),
    )


def drop(*ks):
    return lambda d, N: [d.pop(N.get(k, k), None) for k in ks]


def empty(*ks):
    return lambda d, N: d.update({N.get(k, k): b"" for k in ks})


def rename(m):
    return lambda d, N: [d.__setitem__(b, d.pop(N.get(a, a), b"")) for a, b in m.items()]


data("layout", "no-ca", drop("ca"))
data("layout", "no-key", drop("key"))
data("layout", "no-cert", drop("cert"))
data("layout", "only-ca", drop("cert", "key"))
data("layout", "empty-cert", empty("cert"))
data("layout", "empty-key", empty("key"))
data("layout", "empty-pair", empty("cert", "key"))
data("layout", "empty-ca", empty("ca"))
data("layout", "empty-all", empty("cert", "key", "ca"))
data("layout", "blank-cert", lambda d, N: d.update({N["cert"]: b"\n"}))
data("layout", "blank-ca", lambda d, N: d.update({N["ca"]: b" \n"}))
data("layout", "blank-key", lambda d, N: d.update({N["key"]: b"\n"}))
data(
    "layout",
    "wrong-names-2",
    lambda d, N: (rename({"cert": "server.crt", "key": "server.key"})(d, N), drop("ca")(d, N)),
)
data("layout", "wrong-names-3", rename({"cert": "server.crt", "key": "server.key", "ca": "ca.pem"}))
data(
    "layout",
    "wrong-names-5",
    lambda d, N: (
        rename({"cert": "client.pem", "key": "client-key.pem", "ca": "ca-bundle.crt"})(d, N),
        d.update({"README": b"see wiki", "z": b"1"}),
    ),
)
data("layout", "case-names", rename({"cert": "TLS.crt", "key": "TLS.key", "ca": "CA.crt"}))
data("layout", "no-data", lambda d, N: d.clear())
data("layout", "extra-keys", lambda d, N: d.update({"keystore.jks": bytes(range(256)), "notes": "grüße\n".encode()}))
for n, l, v in (
    ("ocsp-empty", "tls", b""),
    ("ocsp-garbage", "tls", b"no staple"),
    ("ocsp-garbage-generic", "generic", b"no staple"),
):
    FAULTS[n] = (
        "layout",
        lambda s, l=l, v=v: (setattr(s, "layout", l), s.bytes.append(lambda d, N: d.update({"tls.ocsp-staple": v}))),
    )
for t in [
    "kubernetes.io/tls",
    "Opaque",
    "helm.sh/release.v1",
    "kubernetes.io/service-account-token",
    "kubernetes.io/dockerconfigjson",
    "example.com/my type",
]:
    FAULTS["type-" + t.split("/")[-1].replace(" ", "-")] = ("layout", lambda s, t=t: setattr(s, "type", t))
FAULTS["type-missing"] = ("layout", lambda s: s.objects.append(lambda docs, N: docs[0].pop("type") and None))


def second(s, docs, suffix, d, **kw):
    return [
        *docs,
        dict(
            docs[0],
            metadata={"name": s.name + suffix, "namespace": kw.get("ns", s.ns)},
            type="Opaque",
            data={k: v.encode() if isinstance(v, str) else v for k, v in d.items()},
        ),
    ]


def without_ca(docs, N):
    docs[0]["data"].pop(N["ca"], None)


objs("companion", lambda s, docs, N: (without_ca(docs, N), second(s, docs, "-cacert", {"cacert": s.pem(s.ca)}))[1])
objs(
    "companion-ca.crt", lambda s, docs, N: (without_ca(docs, N), second(s, docs, "-cacert", {"ca.crt": s.pem(s.ca)}))[1]
)
objs(
    "companion-wins",
    lambda s, docs, N: (
        docs[0]["data"].update({N["ca"]: s.pem(["root2"]).encode()}),
        second(s, docs, "-cacert", {"cacert": s.pem(s.ca)}),
    )[1],
)
objs("companion-wrong-root", lambda s, docs, N: second(s, docs, "-cacert", {"cacert": s.pem(["root2"])}))
objs("companion-wrong-key", lambda s, docs, N: second(s, docs, "-cacert", {"ca.pem": s.pem(s.ca)}))
objs("companion-empty", lambda s, docs, N: second(s, docs, "-cacert", {"ca.crt": ""}))
objs(
    "companion-both-keys",
    lambda s, docs, N: second(s, docs, "-cacert", {"cacert": s.pem(["root2"]), "ca.crt": s.pem(["root"])}),
)
objs(
    "companion-with-pair",
    lambda s, docs, N: second(
        s, docs, "-cacert", {"tls.crt": s.pem(["leaf2"]), "tls.key": key_pem(s.get("leaf2").key), "ca.crt": s.pem(s.ca)}
    ),
)
objs(
    "companion-other-namespace",
    lambda s, docs, N: (without_ca(docs, N), second(s, docs, "-cacert", {"cacert": s.pem(s.ca)}, ns="elsewhere"))[1],
)
objs(
    "companion-crl",
    lambda s, docs, N: (
        without_ca(docs, N),
        second(
            s,
            docs,
            "-cacert",
            {
                "cacert": s.pem(s.ca),
                "crl": pem("X509 CRL", crl(s.get("root"))) + pem("X509 CRL", crl(s.get("inter"), [s.get("leaf")])),
            },
        ),
    )[1],
)
objs(
    "companion-crl-in-pair",
    lambda s, docs, N: (
        without_ca(docs, N),
        docs[0]["data"].update(
            {
                N["crl"]: (
                    pem("X509 CRL", crl(s.get("root"))) + pem("X509 CRL", crl(s.get("inter"), [s.get("leaf")]))
                ).encode()
            }
        ),
        second(s, docs, "-cacert", {"cacert": s.pem(s.ca)}),
    )[2],
)
objs(
    "companion-configmap",
    lambda s, docs, N: (
        without_ca(docs, N),
        [
            *docs,
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": s.name + "-cacert", "namespace": s.ns},
                "data": {"ca.crt": s.pem(s.ca)},
            },
        ],
    )[1],
)
objs("companion-alone", lambda s, docs, N: [dict(docs[0], metadata={"name": s.name + "-cacert", "namespace": s.ns})])
objs(
    "configmap",
    lambda s, docs, N: (
        [
            *docs,
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": "trust", "namespace": s.ns},
                "data": {"ca.crt": s.pem(s.ca)},
            },
        ]
    ),
)
objs(
    "configmap-cacert",
    lambda s, docs, N: [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "trust", "namespace": s.ns},
            "data": {"cacert": s.pem(["root2", "root"]), "ca.crt": s.pem(["root"])},
        }
    ],
)
objs(
    "configmap-root-cert",
    lambda s, docs, N: [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "trust", "namespace": s.ns},
            "data": {"root-cert.pem": s.pem(["root"])},
        }
    ],
)
objs(
    "configmap-binary",
    lambda s, docs, N: [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "trust", "namespace": s.ns},
            "binaryData": {"ca.crt": s.pem(["root"]).encode()},
        }
    ],
)
objs(
    "configmap-empty",
    lambda s, docs, N: [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "trust", "namespace": s.ns},
            "data": {"ca.crt": ""},
        }
    ],
)
objs("list", lambda s, docs, N: [{"apiVersion": "v1", "kind": "List", "items": docs}])
objs(
    "string-data",
    lambda s, docs, N: docs[0].update(
        stringData={k: v.decode("latin-1") for k, v in docs[0].pop("data").items() if max(v, default=0) < 128}
    ),
)
objs("string-data-wins", lambda s, docs, N: docs[0].update(stringData={N["ca"]: s.pem(["root2"])}))
objs(
    "two-secrets",
    lambda s, docs, N: (
        [
            *docs,
            dict(
                docs[0],
                metadata={"name": "another", "namespace": s.ns},
                data={
                    "tls.crt": s.pem(["leaf2", "inter2"]).encode(),
                    "tls.key": key_pem(s.get("leaf2").key).encode(),
                    "ca.crt": s.pem(["root2"]).encode(),
                },
            ),
        ]
    ),
)
objs(
    "last-applied",
    lambda s, docs, N: docs[0]["metadata"].update(
        annotations={"kubectl.kubernetes.io/last-applied-configuration": json.dumps(encode(docs[0]))}
    ),
)
objs("data-null", lambda s, docs, N: [dict(docs[0], data=None), *docs[1:]])
objs("not-base64", lambda s, docs, N: docs[0]["data"].update({N["cert"]: "-----BEGIN CERTIFICATE-----"}))
objs(
    "no-namespace",
    lambda s, docs, N: [dict(d, metadata={k: v for k, v in d["metadata"].items() if k != "namespace"}) for d in docs],
)

# ---- chains
order("reversed", ["inter", "leaf"])
order("missing-intermediate", ["leaf"])
order("intermediate-in-ca", ["leaf"], ["root", "inter"])
order("intermediate-in-ca-first", ["leaf"], ["inter", "root"])
order("extra-unrelated", ["leaf", "inter", "inter2"])
order("extra-unrelated-first", ["leaf", "inter2", "inter"])
order("duplicate-leaf", ["leaf", "leaf", "inter"])
order("duplicate-intermediate", ["leaf", "inter", "inter"])
order("root-included", ["leaf", "inter", "root"])
order("root-before-intermediate", ["leaf", "root", "inter"])
order("other-root-included", ["leaf", "inter", "root2"])
order("wrong-root", ca=["root2"])
order("several-roots", ca=["root2", "root"])
order("several-roots-last", ca=["root", "root2", "root2"])
order("intermediate-as-anchor", ca=["inter"])
order("intermediate-as-anchor-leaf-only", ["leaf"], ["inter"])
order("leaf-as-anchor", ["leaf"], ["leaf"])
order("leaf-in-ca-too", ca=["root", "leaf"])
order("ca-has-whole-chain", ca=["leaf", "inter", "root"])
order("chain-of-other", ["leaf", "inter2"])
order("self-signed-leaf", ["leaf"], ["leaf"], leaf={"by": None})
order(
    "self-signed-leaf-ca",
    ["leaf"],
    ["leaf"],
    leaf={"by": None, "ca": True, "usage": ["digitalSignature", "keyCertSign"]},
)
order("self-signed-leaf-other-ca", ["leaf"], leaf={"by": None})
order("no-intermediate-at-all", ["leaf"], leaf={"by": "root"})
order("same-name-root", ca=["root2"], root2={"cn": "Test Root"})
order("same-name-roots-both", ca=["root2", "root"], root2={"cn": "Test Root"})
order("same-name-same-kid-root", ca=["root2"], root2={"cn": "Test Root", "ski": b"k" * 20}, root={"ski": b"k" * 20})
order(
    "same-name-no-kid-roots-both",
    ca=["root2", "root"],
    root2={"cn": "Test Root", "ski": None},
    root={"ski": None},
    inter={"aki": None},
)
order(
    "renewed-root",
    ca=["root-new"],
    **{"root-new": {"cn": "Test Root", "ca": True, "key": "root", "start": -5, "days": 4000}},
)
order(
    "renewed-root-both",
    ca=["root", "root-new"],
    root={"days": 399},
    **{"root-new": {"cn": "Test Root", "ca": True, "key": "root", "start": -5, "days": 4000}},
)
order(
    "renewed-root-both-2",
    ca=["root-new", "root"],
    root={"days": 399},
    **{"root-new": {"cn": "Test Root", "ca": True, "key": "root", "start": -5, "days": 4000}},
)
order("other-root-expired-first", ca=["root2", "root"], root2={"days": 299})
order(
    "renewed-root-both-valid",
    ca=["root", "root-new"],
    root={"days": 420},
    **{"root-new": {"cn": "Test Root", "ca": True, "key": "root", "start": -5, "days": 4000}},
)
order(
    "renewed-root-both-valid-2",
    ca=["root-new", "root"],
    root={"days": 420},
    **{"root-new": {"cn": "Test Root", "ca": True, "key": "root", "start": -5, "days": 4000}},
)
X = {"inter-x": {"cn": "Test Intermediate", "by": "root2", "ca": True, "key": "inter", "start": -50, "days": 200}}
order("cross-signed", ["leaf", "inter", "inter-x"], **X)
order("cross-signed-other-anchor", ["leaf", "inter", "inter-x"], ["root2"], **X)
order("cross-signed-wrong-one", ["leaf", "inter"], ["root2"], **X)
order("cross-signed-both-anchors", ["leaf", "inter-x", "inter"], ["root", "root2"], **X)
order(
    "cross-signed-expired-first",
    ["leaf", "inter-x", "inter"],
    **{"inter-x": dict(X["inter-x"], days=20)},
    ca=["root2", "root"],
)
order(
    "renewed-intermediate-both",
    ["leaf", "inter-old", "inter"],
    **{"inter-old": {"cn": "Test Intermediate", "by": "root", "ca": True, "key": "inter", "start": -400, "days": 399}},
)
order(
    "renewed-intermediate-both-2",
    ["leaf", "inter", "inter-old"],
    **{"inter-old": {"cn": "Test Intermediate", "by": "root", "ca": True, "key": "inter", "start": -400, "days": 399}},
)
order(
    "root-cross-signed",
    ["leaf", "inter", "root-x"],
    ["root2"],
    **{"root-x": {"cn": "Test Root", "by": "root2", "ca": True, "key": "root", "start": -90, "days": 300}},
)
D = {
    "mid": {"cn": "Test Mid", "by": "root", "ca": True, "start": -150, "days": 900},
    "inter": {"by": "mid", "pathlen": None},
}
order("deep", ["leaf", "inter", "mid"], **D)
order("deep-wrong-order", ["leaf", "mid", "inter"], **D)
order("deep-gap", ["leaf", "inter"], **D)
order("deep-gap-in-ca", ["leaf", "inter"], ["mid", "root"], **D)
order("deep-all-in-ca", ["leaf"], ["root", "mid", "inter"], **D)


def long(n):
    def f(s):
        for i in range(n):
            s.p[f"m{i}"] = {
                "cn": f"Level {i}",
                "by": f"m{i - 1}" if i else "root",
                "ca": True,
                "start": -100,
                "days": 500 + i,
            }
        s.p["inter"].update(by=f"m{n - 1}", pathlen=None)
        s.chain = ["leaf", "inter"] + [f"m{i}" for i in reversed(range(n))]

    return f


for n in (6, 9, 30, 110):
    FAULTS[f"chain-of-{n + 3}"] = ("chain", long(n))


def many(n, where):
    def f(s):
        k = [key(s.kind, 50), key("p256", 51)]
        text = [
            pem("CERTIFICATE", make(f"Bulk CA {i}", k[1], s.rng, ca=True, start=-100, days=1000 + i).der).encode()
            for i in range(n)
        ]

        def g(d, N):
            if N["ca"] not in d:
                return
            own = [] if where == "absent" else [d[N["ca"]]]
            d[N["ca"]] = b"".join(own + text if where == "first" else text + own)

        s.bytes.append(g)

    return f


for n, w in ((500, "last"), (500, "first"), (500, "absent"), (40, "last")):
    FAULTS[f"many-{n}-{w}"] = ("many", many(n, w))
data("many", "many-in-chain", lambda d, N: d.update({N["cert"]: d.get(N["cert"], b"") * 60}))

# ---- validity
params("validity", "expired-leaf", "leaf", start=-100, days=99)
params("validity", "expired-intermediate", "inter", start=-300, days=299)
params("validity", "expired-root", "root", start=-400, days=399)
params("validity", "future-leaf", "leaf", start=1)
params("validity", "future-intermediate", "inter", start=2)
params("validity", "future-root", "root", start=3, days=2000)
params("validity", "intermediate-ends-first", "inter", days=230)
params("validity", "root-ends-first", "root", days=425)
params("validity", "ends-today", "leaf", start=-30, not_after=T0 + DAY / 2)
params("validity", "ends-now", "leaf", not_after=T0)
params("validity", "ended-a-second-ago", "leaf", not_after=T0 - dt.timedelta(seconds=1))
params("validity", "starts-now", "leaf", not_before=T0)
params("validity", "starts-in-a-second", "leaf", not_before=T0 + dt.timedelta(seconds=1))
params("validity", "year-9999", "leaf", not_after=dt.datetime(9999, 12, 31, 23, 59, 59, tzinfo=dt.UTC))
params("validity", "year-9999-all", "root", not_after=dt.datetime(9999, 12, 31, 23, 59, 59, tzinfo=dt.UTC))
params("validity", "year-1950", "leaf", not_before=dt.datetime(1950, 1, 1, tzinfo=dt.UTC), not_after=T0 + 60 * DAY)
params("validity", "year-2050", "leaf", not_after=dt.datetime(2050, 1, 1, tzinfo=dt.UTC))
params("validity", "ends-before-it-starts", "leaf", start=-10, days=-20)
params("validity", "long-leaf", "leaf", days=5000)
params("validity", "extra-expired-root", "root2", start=-400, days=100)
for t in (
    "2026-06-30T12:00:00Z",
    "2026-12-24T00:00:00Z",
    "2031-01-01T00:00:00Z",
    "2046-01-01T00:00:00Z",
    "2025-01-01T00:00:00Z",
    "2026-05-22T00:00:00+02:00",
):
    FAULTS["at-" + t[:10]] = ("validity", lambda s, t=t: setattr(s, "at", t))


@fault("validity")
def no_at(s):
    s.at = ""
    for a in s.p.values():
        if "not_after" not in a:
            a.update(days=20000, start=-5000 if a.get("ca") else -4000)  # holds for years, whenever it is asked


# ---- keys
def kind(name, who, k):
    FAULTS[name] = ("key", lambda s: s.p[who].update(key=k))


for k in ("rsa2048", "rsa3072", "rsa4096", "rsa1024", "rsa2047", "p256", "p384", "p521", "ed25519", "p224", "k256"):
    kind("leaf-" + k, "leaf", k)
for k in ("rsa1024", "rsa4096", "p384", "p521", "ed25519", "k256"):
    kind("intermediate-" + k, "inter", k)
for k in ("rsa1024", "rsa4096", "p521", "ed25519"):
    kind("root-" + k, "root", k)


def setkey(name, **kw):
    FAULTS[name] = ("key", lambda s: [setattr(s, k, v) for k, v in kw.items()])


setkey("key-pkcs8", form="pkcs8")
setkey("key-traditional", form="old")
setkey("key-encrypted", form="pkcs8", password=b"hunter2")
setkey("key-encrypted-old", form="old", password=b"hunter2")
setkey("key-of-intermediate", key="inter")
setkey("key-of-other", key="leaf2")
setkey("key-of-root", key="root")


def signer(s):
    return s.get("root" if s.layout == "self" else "inter" if s.layout.startswith("plug") else "leaf").key


setkey(
    "key-public",
    key=lambda s: signer(s).public_key().public_bytes(ser.Encoding.PEM, ser.PublicFormat.SubjectPublicKeyInfo).decode(),
)
setkey("key-two-right-first", key=lambda s: key_pem(signer(s)) + key_pem(s.get("leaf2").key))
setkey("key-two-wrong-first", key=lambda s: key_pem(s.get("leaf2").key) + key_pem(signer(s)))
setkey("key-after-certificate", key=lambda s: s.pem(["leaf"]) + key_pem(signer(s)))
setkey("key-before-certificate", key=lambda s: key_pem(signer(s)) + s.pem(["leaf"]))
setkey("key-der", key=lambda s: signer(s).private_bytes(ser.Encoding.DER, ser.PrivateFormat.PKCS8, ser.NoEncryption()))
setkey(
    "key-openssh",
    key=lambda s: signer(s).private_bytes(ser.Encoding.PEM, ser.PrivateFormat.OpenSSH, ser.NoEncryption()).decode(),
)


def ecparams(s):
    k = signer(s)
    if not hasattr(k, "curve"):
        return key_pem(k, "old")

    return pem(
        "EC PARAMETERS",
        oid(
            {"secp256r1": "1.2.840.10045.3.1.7", "secp384r1": "1.3.132.0.34", "secp521r1": "1.3.132.0.35"}.get(
                k.curve.name, "1.2.840.10045.3.1.7"
            )
        ),
    ) + key_pem(k, "old")


FAULTS["key-ec-parameters"] = ("key", lambda s: (setattr(s, "kind", "p256"), setattr(s, "key", ecparams)))
setkey("key-wrong-label", key=lambda s: key_pem(signer(s), "pkcs8").replace("PRIVATE KEY", "RSA PRIVATE KEY"))
setkey(
    "key-wrong-label-2",
    key=lambda s: key_pem(signer(s), "old").replace("RSA PRIVATE", "PRIVATE").replace("EC PRIVATE", "PRIVATE"),
)

# ---- usages
for n, e in (("client", ["client"]), ("server", ["server"]), ("none", None), ("code", ["code"]), ("any", ["any"])):
    params("usage", "eku-" + n, "leaf", eku=e)
params("usage", "intermediate-eku-server", "inter", eku=["server"])
params("usage", "intermediate-eku-client", "inter", eku=["client"])
params("usage", "intermediate-eku-code", "inter", eku=["code"])
params("usage", "root-eku-client", "root", eku=["client"])
params("usage", "intermediate-eku-any", "inter", eku=["any"])
params("usage", "ca-as-leaf", "leaf", ca=True)
params("usage", "ca-as-leaf-all-usages", "leaf", ca=True, usage=["digitalSignature", "keyCertSign"])
params("usage", "leaf-as-ca", "inter", ca=False, bc=True, usage=["digitalSignature"])
params("usage", "intermediate-no-bc", "inter", ca=False, bc=None, usage=["keyCertSign"])
params("usage", "intermediate-no-bc-no-usage", "inter", ca=False, bc=None, usage=None)
params("usage", "intermediate-bc-not-critical", "inter", bc_critical=False)
params("usage", "root-bc-not-critical", "root", bc_critical=False)
params("usage", "root-no-bc", "root", ca=False, bc=None, usage=None)
params("usage", "root-v1", "root", version=1)
params("usage", "leaf-v1", "leaf", version=1)
params("usage", "intermediate-v1", "inter", version=1)
params("usage", "pathlen-root", "root", pathlen=0)
params("usage", "pathlen-deep", "root", pathlen=1)
params("usage", "pathlen-1-ok", "root", pathlen=1)
params("usage", "intermediate-no-certsign", "inter", usage=["digitalSignature", "cRLSign"])
params("usage", "root-no-certsign", "root", usage=["digitalSignature"])
params("usage", "intermediate-no-usage", "inter", usage=None)
params("usage", "leaf-usage-encipher-only", "leaf", usage=["keyEncipherment"])
params("usage", "leaf-usage-none", "leaf", usage=None)
params("usage", "leaf-usage-certsign", "leaf", usage=["keyCertSign"])
params("usage", "leaf-usage-agreement", "leaf", usage=["keyAgreement"])
params("usage", "nc-dns-ok", "inter", permit=["dns:example.com", "dns:shop.test", "dns:cluster.local"])
params("usage", "nc-dns-violated", "inter", permit=["dns:nowhere.test"])
params("usage", "nc-dns-excluded", "inter", exclude=["dns:example.com", "dns:shop.test", "dns:cluster.local"])
params("usage", "nc-uri-ok", "inter", permit=["uri:cluster.local"])
params("usage", "nc-uri-violated", "inter", permit=["uri:other.domain"])
params("usage", "nc-ip-only", "inter", permit=["ip:10.0.0.0/8"])
params("usage", "nc-root", "root", permit=["dns:nowhere.test"])
params("usage", "nc-not-critical", "inter", permit=["dns:nowhere.test"], nc_critical=False)
params("usage", "unknown-critical", "leaf", extra=[ext("1.3.6.1.4.1.55555.1", octets(b"x"), True)])
params("usage", "unknown-critical-intermediate", "inter", extra=[ext("1.3.6.1.4.1.55555.1", octets(b"x"), True)])
params("usage", "unknown-not-critical", "leaf", extra=[ext("1.3.6.1.4.1.55555.1", octets(b"x"))])
params("usage", "no-aki", "leaf", aki=None)
params("usage", "wrong-aki", "leaf", aki=b"w" * 20)
params("usage", "no-ski-root", "root", ski=None)
params("usage", "wrong-aki-intermediate", "inter", aki=b"w" * 20)
params("usage", "duplicate-extension", "leaf", extra=[ext("2.5.29.14", octets(b"d" * 20))])

# ---- signatures
for h in ("sha1", "sha384", "sha512"):
    params("signature", "leaf-" + h, "leaf", h=h)
params("signature", "intermediate-sha1", "inter", h="sha1")
params("signature", "root-sha1", "root", h="sha1")
params("signature", "leaf-bad-signature", "leaf", bad_signature=True)
params("signature", "intermediate-bad-signature", "inter", bad_signature=True)
params("signature", "root-bad-signature", "root", bad_signature=True)
for n, h, w in (
    ("leaf-md5", "md5", "leaf"),
    ("leaf-pss", "pss", "leaf"),
    ("leaf-sha1-rsa", "sha1", "leaf"),
    ("intermediate-pss", "pss", "inter"),
    ("intermediate-md5", "md5", "inter"),
):
    FAULTS[n] = ("signature", lambda s, h=h, w=w: (setattr(s, "kind", "rsa2048"), s.p[w].update(h=h)))

# ---- names
SP = "uri:spiffe://cluster.local/ns/shop/sa/web"
params("names", "spiffe-only", "leaf", subject=[], san=[SP])
params("names", "spiffe-not-critical", "leaf", subject=[], san=[SP], san_critical=False)
params("names", "spiffe-other-domain", "leaf", subject=[], san=["uri:spiffe://other.domain/ns/x/sa/y"])
params("names", "two-spiffe", "leaf", san=[SP, "uri:spiffe://cluster.local/ns/a/sa/b"])
params("names", "spiffe-with-port", "leaf", san=["uri:spiffe://cluster.local:80/ns/a/sa/b"])
params("names", "no-san", "leaf", san=())
params("names", "empty-subject-no-san", "leaf", subject=[], san=())
params("names", "ip", "leaf", san=["ip:10.1.2.3", "ip:fd00::1"])
params("names", "wildcard", "leaf", subject=[("CN", "*.example.com")], san=["dns:*.example.com", "dns:example.com"])
params("names", "utf8", "leaf", subject=[("C", "DE"), ("O", 'Grüße & Söhne, "GmbH"'), ("CN", "münchen.example")])
params("names", "idn", "leaf", san=["dns:xn--mnchen-3ya.example"])
params("names", "utf8-dns", "leaf", san=["dns:münchen.example"])
params("names", "control", "leaf", subject=[("CN", "a\x00b\x07c\rd\te")], san=["dns:a.example"])
params(
    "names",
    "escape",
    "leaf",
    subject=[("O", "\x1b[31mred\x1b]0;title\x07"), ("CN", "x\x1b[2J")],
    san=["dns:\x1b[31ma.example"],
)
params("names", "newline", "leaf", subject=[("CN", "good\nOK: sound\nevil")], san=["dns:b.example\nDNS:evil"])
params("names", "bidi", "leaf", subject=[("CN", "abc\u202egnp.exe\u2066")])
params("names", "nul-dns", "leaf", san=["dns:good.example\x00.evil.test"])
params("names", "long-cn", "leaf", subject=[("CN", "n" * 5000)])
params("names", "long-name-many", "leaf", subject=[("OU", f"unit {i}") for i in range(200)])
params("names", "many-san", "leaf", san=[f"dns:h{i}.example.com" for i in range(300)])
params("names", "bmp", "leaf", subject=[("CN", "Łódź", "bmp")])
params("names", "t61", "leaf", subject=[("CN", "caf\u00e9", "t61")])
params("names", "rfc4514-specials", "leaf", subject=[("O", ' #a,b+c="d\\e;<f> '), ("CN", "x")])
params("names", "uri-http", "leaf", san=["uri:https://example.com/x y"])
params("names", "email", "leaf", san=["email:a@example.com"])
params("names", "empty-issuer", "root", subject=[])
params("names", "same-name-all", "inter", cn="Test Root")
params("names", "serial-zero", "leaf", serial=0)
params("names", "serial-negative", "leaf", serial=-5)
params("names", "serial-huge", "leaf", serial=1 << 300)
params("names", "serial-small", "leaf", serial=10)
params("names", "serial-leading-zero-nibble", "leaf", serial=0x0ABC)
params("names", "serial-negative-ca", "root", serial=-77)


# ---- encodings
def enc(name, f, targets=("cert", "key", "ca")):
    for t in targets:

        def g(d, N, t=t):
            k = N[t]
            if d.get(k):
                r = f(d[k])
                d[k] = r if isinstance(r, bytes) else r.encode()

        FAULTS[f"{name}-{t}"] = ("encoding", lambda s, g=g: s.bytes.append(g))


def L(b):
    return b.decode("latin-1").splitlines()


enc("crlf", lambda b: b.replace(b"\n", b"\r\n"))
enc("cr-only", lambda b: b.replace(b"\n", b"\r"), ("cert", "key"))
enc("no-final-newline", lambda b: b.rstrip(b"\n"))
enc("glued", lambda b: b.replace(b"-----\n-----", b"----------"), ("cert",))
enc("text-before", lambda b: b"subject=/CN=x\nissuer=/CN=y\n" + b)
enc(
    "text-between",
    lambda b: b.replace(b"-----BEGIN", b"# next\nBag Attributes\n    friendlyName: x\n-----BEGIN"),
    ("cert", "key", "ca"),
)
enc("leading-blanks", lambda b: "".join("  " + x + "\n" for x in L(b)))
enc(
    "leading-blanks-body",
    lambda b: "".join((x if x.startswith("-") else "    " + x) + "\n" for x in L(b)),
    ("cert", "key", "ca"),
)
enc("trailing-blanks", lambda b: "".join(x + "  \n" for x in L(b)))
enc("leading-newlines", lambda b: b"\n\n" + b, ("cert", "key"))
enc("blank-lines-inside", lambda b: b.replace(b"\n", b"\n\n"), ("cert", "key", "ca"))
enc("bom", lambda b: b"\xef\xbb\xbf" + b)
enc("utf16", lambda b: b.decode("latin-1").encode("utf-16"), ("cert", "ca"))


def der(b):
    t = "".join(x for x in b.decode("latin-1").split("-----END")[0].splitlines() if not x.startswith("-"))
    try:
        return base64.b64decode(t)
    except Exception:
        return b


enc("der", der)
enc("double-base64", base64.b64encode)
enc("one-line-body", lambda b: one_line(b))
enc("escaped-newlines", lambda b: b.replace(b"\n", b"\\n"))
enc("newlines-to-blanks", lambda b: b.replace(b"\n", b" "), ("cert", "key"))
enc("no-header", lambda b: "\n".join(x for x in L(b) if not x.startswith("-")), ("cert", "key"))


def one_line(b):
    r, cur = [], ""
    for x in L(b):
        if x.startswith("-"):
            r += [cur] * bool(cur) + [x]
            cur = ""
        else:
            cur += x
    return "\n".join(r) + "\n"


def blocks(b, f):
    return re.sub(
        rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", lambda m: f(der(m[0])).encode(), b, flags=re.S
    )


enc("wide-lines", lambda b: blocks(b, lambda d: pem("CERTIFICATE", d, 76)), ("cert", "ca"))
enc("garbage", lambda b: b"this is not a certificate\n" * 3)
enc("binary-garbage", lambda b: bytes(range(256)) * 4, ("cert", "ca"))
enc("megabyte", lambda b: b"A" * 700000, ("cert", "ca"))
enc("empty-block", lambda b: b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", ("cert", "ca"))
enc("empty-block-first", lambda b: b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n" + b, ("cert", "ca"))
enc("empty-block-last", lambda b: b + b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", ("cert", "ca"))
enc("truncated", lambda b: b[: len(b) // 3])
enc("truncated-end", lambda b: b[:-30])
enc("missing-end-line", lambda b: b[: b.rindex(b"-----END")] if b"-----END" in b else b, ("cert", "key"))
enc("bad-character", lambda b: b[:200] + b"!" + b[201:])
enc("flipped-byte", lambda b: b[:120] + (b"A" if b[120:121] != b"A" else b"B") + b[121:], ("cert", "key", "ca"))
enc("trailing-garbage", lambda b: b + b"-- \nsent from my phone\n")
enc("nul-at-end", lambda b: b + b"\0", ("cert", "key"))
enc(
    "bad-block-last",
    lambda b: b + b"-----BEGIN CERTIFICATE-----\nMIIBAAAA\n-----END CERTIFICATE-----\n",
    ("cert", "ca"),
)
enc(
    "bad-block-first",
    lambda b: b"-----BEGIN CERTIFICATE-----\nMIIBAAAA\n-----END CERTIFICATE-----\n" + b,
    ("cert", "ca"),
)
for n, l in (
    ("trusted", "TRUSTED CERTIFICATE"),
    ("x509", "X509 CERTIFICATE"),
    ("lower", "certificate"),
    ("csr", "CERTIFICATE REQUEST"),
):
    enc("label-" + n, lambda b, l=l: b.replace(b" CERTIFICATE-", b" " + l.encode() + b"-"), ("cert", "ca"))
enc("four-dashes", lambda b: b.replace(b"-----", b"----"), ("cert", "key"))
enc("en-dashes", lambda b: b.replace(b"-----", "–––––".encode()), ("cert",))
enc(
    "pem-header",
    lambda b: b.replace(b"CERTIFICATE-----\nMII", b"CERTIFICATE-----\nX-Note: hello\n\nMII"),
    ("cert", "ca"),
)
enc("key-in-bundle", lambda b: b + key_pem(key("p256", 60)).encode(), ("cert", "ca"))
enc("trailing-der", lambda b: blocks(b, lambda d: pem("CERTIFICATE", d + b"\x05\x00")), ("cert", "ca"))
data("encoding", "swapped", lambda d, N: d.update({N["cert"]: d.get(N["key"], b""), N["key"]: d.get(N["cert"], b"")}))
data("encoding", "key-in-both", lambda d, N: d.update({N["cert"]: d.get(N["key"], b"")}))
data("encoding", "certificate-in-both", lambda d, N: d.update({N["key"]: d.get(N["cert"], b"")}))
data("encoding", "key-as-ca", lambda d, N: d.update({N["ca"]: d.get(N["key"], b"")}))
data("encoding", "combined-in-cert", lambda d, N: d.update({N["cert"]: d.get(N["key"], b"") + d.get(N["cert"], b"")}))
data(
    "encoding",
    "combined-in-both",
    lambda d, N: d.update(dict.fromkeys([N["cert"], N["key"]], d.get(N["cert"], b"") + d.get(N["key"], b""))),
)
data("encoding", "crl-as-ca", lambda d, N: d.update({N["ca"]: pem("X509 CRL", b"0\x00").encode()}))


def p12(password):
    def f(s):
        def g(d, N):
            c = [x509.load_der_x509_certificate(s.get(x).der) for x in ("leaf", "inter")]
            d[N["cert"]] = pkcs12.serialize_key_and_certificates(
                b"x",
                s.get("leaf").key,
                c[0],
                c[1:],
                ser.BestAvailableEncryption(password) if password else ser.NoEncryption(),
            )

        s.bytes.append(g)

    return f


FAULTS["pkcs12-cert"] = ("encoding", p12(b"hunter2"))
FAULTS["pkcs12-open-cert"] = ("encoding", p12(None))
FAULTS["pkcs7-cert"] = (
    "encoding",
    lambda s: s.bytes.append(
        lambda d, N: d.update(
            {
                N["cert"]: pkcs7.serialize_certificates(
                    [x509.load_der_x509_certificate(s.get(x).der) for x in ("leaf", "inter")], ser.Encoding.PEM
                )
            }
        )
    ),
)


# ---- CRLs
def crls(name, *c):
    FAULTS["crl-" + name] = ("crl", lambda s: setattr(s, "crls", list(c)))


R, I = ("root", (), {}), ("inter", (), {})
crls("good", R, I)
crls("intermediate-only", I)
crls("root-only", R)
crls("leaf-revoked", R, ("inter", ("leaf",), {}))
crls("intermediate-revoked", ("root", ("inter",), {}), I)
crls("expired", ("root", (), {"start": -60}), ("inter", (), {"start": -60}))
crls("future", ("root", (), {"start": 2}), I)
crls("other", ("root2", (), {}))
crls("good-and-other", R, I, ("root2", (), {}))
crls("sha1", ("root", (), {"h": "sha1"}), ("inter", (), {"h": "sha1"}))
data("crl", "crl-empty", lambda d, N: d.update({N["crl"]: b""}))
data("crl", "crl-garbage", lambda d, N: d.update({N["crl"]: b"none\n"}))
FAULTS["crl-wrong-name"] = (
    "crl",
    lambda s: (
        setattr(s, "crls", [R, ("inter", ("leaf",), {})]),
        s.bytes.append(lambda d, N: d.update({"crl" if N["crl"] != "crl" else "ca.crl": d.pop(N["crl"], b"")})),
    ),
)


# ---- signing CAs
def plug(name, f=None, l="plug-a", **kw):
    def g(s):
        s.layout = l
        for k, v in kw.items():
            setattr(s, k, v) if hasattr(s, k) else s.p[k].update(v)
        if f:
            s.bytes.append(f)

    FAULTS["ca-" + name] = ("ca", g)


plug("a-no-root", drop("ca"))
plug("a-no-chain", drop("chain"))
plug("a-no-key", drop("key"))
plug("a-no-cert", drop("cert"))
plug("a-only-root", drop("cert", "key", "chain"))
plug("a-empty-chain", empty("chain"))
plug("a-empty-root", empty("ca"))
plug("a-empty-key", empty("key"))
plug("a-empty-cert", empty("cert"))
plug("a-wrong-root", ca=["root2"])
plug("a-two-roots", ca=["root2", "root"])
plug("a-key-mismatch", key="leaf2")
plug("a-not-ca", inter={"ca": False, "bc": None, "usage": ["digitalSignature"]})
plug("a-expired", inter={"start": -300, "days": 299})
plug("a-root-expired", root={"days": 399})
plug("a-root-as-ca", chain=["root"], key="root")
plug("a-encrypted", password=b"hunter2")
plug("a-pkcs8", form="pkcs8")
plug("a-traditional", form="old")
plug("a-ec-parameters", kind="p256", key=ecparams)
plug("a-generated", lambda d, N: d.update({"istio-generated": b""}))
plug("a-both-forms", lambda d, N: d.update({"tls.crt": d[N["cert"]], "tls.key": d[N["key"]], "ca.crt": d[N["ca"]]}))
plug("a-and-tls.crt", lambda d, N: d.update({"tls.crt": d[N["cert"]]}))
plug("a-crl", crls=[R, I])
plug("a-crl-partial", crls=[R])
plug("a-crl-garbage", lambda d, N: d.update({"ca-crl.pem": b"none"}))
plug("a-chain-broken", lambda d, N: d.update({N["chain"]: b"garbage"}))
plug("a-chain-crlf", lambda d, N: d.update({N["chain"]: d[N["chain"]].replace(b"\n", b"\r\n")}))
plug("a-chain-root-first", lambda d, N: d.update({N["chain"]: d[N["ca"]] + d[N["cert"]]}))
plug("a-eku-client", inter={"eku": ["client"]})
plug("a-no-certsign", inter={"usage": ["digitalSignature"]})
plug("a-pathlen-0", inter={"pathlen": 0})
plug("a-ed25519", inter={"key": "ed25519"})
plug("a-root-sha1", root={"h": "sha1"})
plug("a-inter-sha1", inter={"h": "sha1"})
plug("a-unknown-keys", lambda d, N: d.update({"extra": b"x"}))
plug("a-future", inter={"start": 1})
plug("a-rsa1024", inter={"key": "rsa1024"})
plug("a-cert-whole-chain", lambda d, N: d.update({N["cert"]: d[N["chain"]]}))
plug("b-good", l="plug-b")
plug("b-no-root", drop("ca"), "plug-b")
plug("b-no-key", drop("key"), "plug-b")
plug("b-chain-in-crt", l="plug-b", chain=["inter", "root"])
plug("b-root-as-ca", l="plug-b", chain=["root"], key="root")
plug("b-wrong-root", l="plug-b", ca=["root2"])
plug("b-key-mismatch", l="plug-b", key="leaf2")
plug("b-crl", l="plug-b", crls=[I])
plug("b-expired", l="plug-b", inter={"start": -300, "days": 299})
plug("b-two-roots", l="plug-b", ca=["root", "root2"])
plug("b-empty-crt", empty("cert"), "plug-b")
plug("b-no-crt", drop("cert"), "plug-b")
plug("self-good", l="self")
plug("self-no-key", drop("key"), "self")
plug("self-no-cert", drop("cert"), "self")
plug("self-empty", empty("cert", "key"), "self")
plug("self-mismatch", l="self", key="leaf2")
plug("self-expired", l="self", root={"days": 399})
plug("self-encrypted", l="self", password=b"hunter2")
plug("self-nearly-expired", l="self", root={"days": 410})
FAULTS["ca-a-deep"] = (
    "ca",
    lambda s: (setattr(s, "layout", "plug-a"), FAULTS["deep"][1](s), setattr(s, "chain", ["inter", "mid"])),
)
FAULTS["ca-b-deep"] = (
    "ca",
    lambda s: (setattr(s, "layout", "plug-b"), FAULTS["deep"][1](s), setattr(s, "chain", ["inter", "mid"])),
)
FAULTS["ca-a-deep-gap"] = (
    "ca",
    lambda s: (setattr(s, "layout", "plug-a"), FAULTS["deep"][1](s), setattr(s, "chain", ["inter"])),
)
for n in ("pathlen-deep",):
    FAULTS[n] = ("usage", lambda s, f=FAULTS[n][1]: (f(s), FAULTS["deep"][1](s)))
FAULTS["good"] = ("good", lambda s: None)


def case(seed, n, names):
    s = State(random.Random(f"{seed}-{n}-{'+'.join(names)}"))
    for x in names:
        FAULTS[x][1](s)
    docs = encode(s.build())
    return {
        "id": f"s{seed}-{n:04}-{'+'.join(names)}",
        "tags": list(names),
        "at": s.at,
        "made": sorted({c.sha256 for c in s.made.values()}),
        "yaml": yaml.dump_all(docs, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=False, width=1 << 20),
    }


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--seed", type=int, default=1)
    a.add_argument("--count", type=int, default=600)
    a.add_argument("--pairs", action="store_true", help="no single faults")
    a.add_argument("--list", action="store_true")
    a = a.parse_args()
    if a.list:
        print(json.dumps({n: g for n, (g, _) in FAULTS.items()}, indent=0))
        return
    rng = random.Random(a.seed)
    singles = sorted(FAULTS)
    rng.shuffle(singles)
    singles = [] if a.pairs else singles[: a.count * 3 // 4 if a.count < len(singles) else a.count]
    picks = [[x] for x in singles]
    failed = 0
    names = sorted(FAULTS)
    while len(picks) < a.count:
        x, y = rng.sample(names, 2)
        if FAULTS[x][0] != FAULTS[y][0] and "good" not in (x, y):
            picks.append([x, y])
    for n, p in enumerate(picks):
        try:
            print(json.dumps(case(a.seed, n, p)))
        except Exception as e:
            failed += 1
            print(p, repr(e), file=sys.stderr)  # two faults that cannot both be
    print(f"{len(picks) - failed} cases, {failed} impossible; {len(FAULTS)} faults", file=sys.stderr)


if __name__ == "__main__":
    main()
