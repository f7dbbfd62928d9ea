# ruff: noqa: B023, E501, E741  # dense tables of faults and of foreign functions, kept in one piece
"""What istiod, OpenSSL and Envoy say about every case: answer.py --oracle BIN [-j N] [--no-envoy] < cases.jsonl > answers.jsonl.
istiod: oracle/. Certificates, verdicts, paths: OpenSSL (library and command, they must agree). Loading and handshakes: Envoy."""

import argparse
import base64
import concurrent.futures
import datetime
import json
import os
import re
import subprocess
import sys
import tempfile

import yaml

from tests.conformance.secrets.oracle import ossl, realenvoy


def epoch(at):
    return int(datetime.datetime.fromisoformat(at).timestamp()) if at else None


def documents(text):
    for d in yaml.load_all(text, Loader=yaml.CSafeLoader):
        for o in d.get("items", [d]) if d else []:
            v = (
                {k: base64.b64decode(x or "") for k, x in (o.get("data") or {}).items()}
                if o["kind"] == "Secret"
                else {k: x.encode() for k, x in (o.get("data") or {}).items()}
            )
            v.update({k: x.encode() for k, x in (o.get("stringData") or {}).items()})
            yield (o["metadata"].get("namespace", "default"), o["metadata"]["name"], o["kind"]), v


def key_matches(d, cert, key):
    """openssl x509 -pubkey against openssl pkey -pubout; null when either is not readable PEM."""
    with open(d + "/c", "wb") as f:
        f.write(cert)
    with open(d + "/k", "wb") as f:
        f.write(key)
    rc, a, _ = ossl.cli("x509", "-inform", "PEM", "-in", d + "/c", "-noout", "-pubkey")
    rc2, b, _ = ossl.cli("pkey", "-inform", "PEM", "-in", d + "/k", "-passin", "pass:", "-pubout")
    return None if rc or rc2 else a == b


def openssl(d, leaf, untrusted, ca, crl, at, purposes, errors):
    """openssl verify of leaf (DER); untrusted: DERs; ca, crl: bytes of the Secret."""
    for n, b in (
        ("leaf", "".join(map(pem, [leaf])).encode()),
        ("chain", "".join(map(pem, untrusted)).encode()),
        ("ca", ca),
        ("crl", crl),
    ):
        if b is not None:
            with open(f"{d}/{n}", "wb") as f:
                f.write(b)
    crl_file = d + "/crl" if crl is not None else None
    r = {}
    for p in purposes:
        for partial in (False, True):
            args = d + "/ca", crl_file, at, p, partial
            lib = ossl.verify([leaf, *untrusted], *args)
            c = ossl.verify_cli(d + "/leaf", d + "/chain" if untrusted else None, *args)
            if lib["ok"] != c["ok"] or c["number"] != lib["number"]:
                errors.append(f"openssl library and command differ ({p}): {lib} {c}")
            r[(p or "any") + "_partial" * partial] = lib
    return r


def weakest(r):
    """Certificates of the path that end first, leaf first."""
    return [x for x, e in zip(r["chain"], r["ends"], strict=False) if e == min(r["ends"])]


def ends_of(values, k):
    return (
        [f["not_after"] for _, f in ossl.certificates(values[k])[0] if f["not_after"] < "2200"] if k in values else []
    )


def pem(der):
    return "-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(der).decode() + "-----END CERTIFICATE-----\n"


def one(case, o, envoy):
    """o: oracle's answer of the case."""
    out = {"id": case["id"], "secrets": []}
    if o.get("invalid"):
        out["invalid"] = o["invalid"]
    errors = list(o.get("errors") or [])
    docs = {} if o.get("invalid") else dict(documents(case["yaml"]))
    at = epoch(case["at"])
    for s in o["secrets"]:
        values = docs[s["namespace"], s["name"], s["kind"]]
        role, pair, ca, sign = s["role"], s["credential"], s["ca"], s["signing"]
        i = {
            "accepted": None,
            "error": None,
            "warning": None,
            "certificate_key": None,
            "private_key_key": None,
            "ca_key": None,
            "ca_secret": None,
            "ca_error": None,
            "crl_key": None,
            "gateway_api_error": None,
        }

        def get(k):
            return values.get(k) if k else None

        chain_keys, src = [], {}
        if sign:
            i.update(
                accepted=sign["loaded"] if sign["plugged"] or sign["error"] else None,
                error=sign["error"]
                and re.sub(
                    r"(missing CRL signed by certificates: \[)(.*)\]",
                    lambda m: m[1] + " ".join(sorted(re.split(r" (?=CN=)", m[2]))) + "]",
                    sign["error"],
                ),
                certificate_key=sign["cert_key"],
                private_key_key=sign["private_key_key"],
                ca_key=sign["root_key"],
                ca_secret=s["name"],
                crl_key=sign["crl_key"],
                plugged=sign["plugged"],
            )
            chain_keys = sign["chain_keys"] or []
            ca_bytes, crl = get(sign["root_key"]), None
        else:
            if ca["sent"]:
                i.update(ca_key=ca["cert_key"], ca_secret=ca["from"], crl_key=ca["crl_key"])
            i["ca_error"] = ca["error"]
            if pair:
                i.update(
                    accepted=pair["sent"],
                    error=pair["error"],
                    warning=pair["warning"],
                    certificate_key=pair["cert_key"],
                    private_key_key=pair["private_key_key"],
                    gateway_api_error=pair["gateway_api_error"],
                    ca_warning=ca["warning"],
                )
            else:
                i.update(accepted=ca["sent"], error=ca["error"], warning=ca["warning"])
            src = docs.get((s["namespace"], ca["from"], s["kind"]), {}) if ca["from"] else {}
            ca_bytes, crl = src.get(ca["cert_key"]), src.get(ca["crl_key"]) if ca["crl_key"] else None
        read = {k: ossl.certificates(v) for k, v in values.items()}
        certs = [dict(f, source=k, index=n) for k, (l, _) in read.items() for n, (_, f) in enumerate(l)]
        a = {
            "namespace": s["namespace"],
            "name": s["name"],
            "kind": s["kind"],
            "role": role,
            "istiod": i,
            "certificates": certs,
            "pem_errors": {k: e for k, (_, e) in read.items() if e and k in (i["certificate_key"], i["ca_key"])},
            "key_matches": None,
            "verifies_client": None,
            "verifies_server": None,
            "openssl_error": None,
            "openssl": None,
            "weakest_sha256": None,
            "effective_not_after": None,
            "handshake": None,
        }
        go = [(g["source"], g["index"], g["sha256"]) for g in s["go_certificates"] if not g.get("error")]
        if sorted(go) != sorted((c["source"], c["index"], c["sha256"]) for c in certs):
            a["go_certificates"] = s["go_certificates"]
        cert, key = get(i["certificate_key"]), get(i["private_key_key"])
        with tempfile.TemporaryDirectory() as d:
            if cert and key:
                a["key_matches"] = key_matches(d, cert, key)
            ders = [x for x, _ in read[i["certificate_key"]][0]] if cert else []
            if ders and ca_bytes:
                un = [x for k in chain_keys for x, _ in read[k][0]] if sign else ders
                r = a["openssl"] = openssl(
                    d, ders[0], un, ca_bytes, crl or None, at, [None] if sign else ["client", "server"], errors
                )
                if not sign:
                    a["verifies_client"], a["verifies_server"] = r["client"]["ok"], r["server"]["ok"]
                whole = [x for k, x in r.items() if not k.endswith("_partial")]
                bad = [x for x in whole if not x["ok"]]
                good = [x for x in whole if x["ok"]]
                if bad:
                    a["openssl_error"] = bad[0]["error"] + (
                        f" (error {bad[0]['number']} at depth {bad[0]['depth']})" if bad[0]["number"] else ""
                    )
                if good:
                    a["effective_not_after"] = min(good[0]["ends"])
                    a["weakest_sha256"] = weakest(good[0])[0]
            if envoy:
                m = (
                    {"ca": ca_bytes if i["ca_key"] else None, "crl": crl}
                    if sign or not pair or not pair["sent"]
                    else {"cert": cert, "key": key, "ca": ca_bytes, "crl": crl, "staple": get(pair["staple_key"])}
                )
                h = a["handshake"] = realenvoy.ask(m, at)
                ok = [n for n in ("server", "client") if h and h["handshakes"].get(n, {}).get("ok")]
                # When do these files stop working? By trying, one second after the end of each certificate. A CRL ends sooner: not asked.
                if ok and at and crl is None:
                    ends = {epoch(x["not_after"]): x["not_after"] for x in certs if x["not_after"] < "2200"}
                    for o in ends_of(src, i["ca_key"]):
                        ends[epoch(o)] = o
                    h["works_until"] = ends.get(realenvoy.until(m, at, ok, ends))
        out["secrets"].append(a)
    if errors:
        out["errors"] = errors
    return out


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--oracle", required=True)
    p.add_argument("-j", type=int, default=os.cpu_count())
    p.add_argument("--no-envoy", action="store_true")
    a = p.parse_args()
    lines = sys.stdin.read().splitlines()
    cases = [json.loads(l) for l in lines]
    o = subprocess.run(
        [a.oracle],
        input="\n".join(json.dumps({k: c[k] for k in ("id", "yaml", "at")}) for c in cases),
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    if not a.no_envoy:
        realenvoy.shim()
        realenvoy.neutral()
    with concurrent.futures.ProcessPoolExecutor(a.j) as ex:
        for r in ex.map(one, cases, map(json.loads, o), [not a.no_envoy] * len(cases), chunksize=1):
            print(json.dumps(r), flush=True)


if __name__ == "__main__":
    main()
