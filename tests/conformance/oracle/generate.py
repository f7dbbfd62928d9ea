#!/usr/bin/env python3
# ruff: noqa
# fmt: off
"""Seeded random Istio meshes for the oracle.

    generate.py --seed S --count N [--excluded-ports] > cases.jsonl

One JSON line per mesh: {"id", "yaml", "queries", "tags"}.  The same seed and
count always give the same bytes.  Meshes are small on purpose; "tags" name the
features that were put in, so that a failure can be read and the coverage counted.
"""

import argparse
import json
import random
import sys

import yaml

NAMESPACES = ["alpha", "beta", "gamma", "delta"]
NAMES = ["web", "api", "db", "cache", "auth", "cart", "pay", "ship", "mail", "search"]
TIERS = ["front", "back"]
# (port name, appProtocol, service port, container port)
PORTS = [
    ("http", None, 80, 8080),
    ("http-web", None, 8000, 8001),
    ("grpc", None, 9090, 9090),
    ("tcp-db", None, 3306, 3306),
    ("tcp", None, 7000, 7000),
    ("https", None, 443, 8443),
    ("tls-x", None, 8444, 8444),
    ("metrics", None, 9100, 9100),
    ("p", "http", 81, 8081),
    ("q", "tcp", 5432, 5432),
    ("r", "kubernetes.io/h2c", 82, 8082),
    ("redis", None, 6379, 6379),
    ("mysql", None, 3307, 3307),
    ("same", None, 8080, 8080),
    ("swap", None, 8443, 8080),
]
MODES = ["STRICT", "PERMISSIVE", "DISABLE"]
TLS_LABEL = "security.istio.io/tlsMode"


class Mesh:
    def __init__(self, rng, excluded_ports):
        self.r = rng
        self.excluded_ports = excluded_ports
        self.docs = []
        self.tags = set()
        self.pods = []  # dicts: ns, name, labels, kind, ports, ip
        self.hosts = []  # dicts: host, ns, short, ports, kind
        self.ip = 0
        self.vip = 0
        self.counter = 0
        self.root = "istio-system"

    # ---- helpers
    def p(self, x):
        return self.r.random() < x

    def tag(self, *names):
        self.tags.update(names)

    def time(self):
        # few distinct values: ties must happen
        return "2024-05-0%dT10:00:0%dZ" % (self.r.choice([1, 1, 2, 3]), self.r.choice([0, 0, 0, 5]))

    def name(self, prefix):
        # not monotonic, so that name order and creation order differ
        self.counter += 1
        return "%s-%s%d" % (prefix, self.r.choice("abcxyz"), self.counter)

    def add(self, api, kind, ns, name, spec=None, **meta):
        m = {"name": name}
        if ns:
            m["namespace"] = ns
        m["creationTimestamp"] = meta.pop("time", None) or self.time()
        m.update({k: v for k, v in meta.items() if v})
        d = {"apiVersion": api, "kind": kind, "metadata": m}
        if spec is not None:
            d.update(
                spec
                if "spec" in spec or "data" in spec or "ports" in spec and kind == "EndpointSlice"
                else {"spec": spec}
            )
        self.docs.append(d)
        return d

    def net(self):
        return "networking.istio.io/" + self.r.choice(["v1", "v1", "v1beta1", "v1alpha3"])

    def sec(self):
        return "security.istio.io/" + self.r.choice(["v1", "v1", "v1beta1"])

    def new_ip(self):
        self.ip += 1
        return "10.1.%d.%d" % (self.ip // 200, self.ip % 200 + 1)

    def new_vip(self):
        self.vip += 1
        return "10.96.0.%d" % self.vip

    # ---- mesh config and namespaces
    def config(self):
        cfg = {}
        if self.p(0.07):
            cfg["enableAutoMtls"] = False
            self.tag("mesh:autoMtls-false")
        elif self.p(0.1):
            cfg["enableAutoMtls"] = True
        if self.p(0.12):
            self.root = self.r.choice(["istio-config", "mesh-root"])
            cfg["rootNamespace"] = self.root
            self.tag("mesh:rootNamespace")
        if self.p(0.08):
            cfg["trustDomain"] = "corp.example"
            self.tag("mesh:trustDomain")
        if self.p(0.05):
            cfg["trustDomainAliases"] = ["old.example"]
            self.tag("mesh:trustDomainAliases")
        if self.p(0.05):
            cfg["defaultDestinationRuleExportTo"] = ["."]
            self.tag("mesh:drExportTo-local")
        if self.p(0.03):
            cfg["defaultServiceExportTo"] = ["."]
            self.tag("mesh:svcExportTo-local")
        self.ns = self.r.sample(NAMESPACES, self.r.randint(2, 4))
        names = ["istio-system", self.root] + self.ns
        for n in dict.fromkeys(names):
            labels = {"kubernetes.io/metadata.name": n}
            if n in self.ns and self.p(0.8):
                labels["istio-injection"] = "enabled"
            self.add("v1", "Namespace", None, n, labels=labels)
        if cfg or self.p(0.2):
            if not cfg:
                self.tag("mesh:configmap-defaults")
            self.add(
                "v1",
                "ConfigMap",
                "istio-system",
                "istio",
                {"data": {"mesh": yaml.safe_dump(cfg, sort_keys=True) if cfg else ""}},
            )

    # ---- workloads
    def workloads(self):
        names = self.r.sample(NAMES, self.r.randint(3, 8))
        self.wl = []
        for n in names:
            ns = self.r.choice(self.ns)
            if self.p(0.06):
                ns = self.root
                self.tag("workload:in-root-ns")
            kind = self.r.choices(["sidecar", "native", "none", "optout", "gateway"], [56, 14, 14, 10, 6])[0]
            ports = self.r.sample(PORTS, self.r.randint(1, 3))
            seen, use = set(), []
            for q in ports:
                if q[2] not in seen:
                    seen.add(q[2])
                    use.append(q)
            w = {
                "name": n,
                "ns": ns,
                "kind": kind,
                "ports": use,
                "tier": self.r.choice(TIERS),
                "sa": self.r.choice([n, "default"]),
            }
            w["named"] = [self.p(0.3) for _ in use]
            self.wl.append(w)
            count = self.r.choices([1, 2], [65, 35])[0]
            w["pods"] = []
            for i in range(count):
                pk = kind
                if count == 2 and i == 1 and self.p(0.25):
                    pk = "none" if kind in ("sidecar", "native") else "sidecar"
                    self.tag("workload:mixed-injection")
                w["pods"].append(self.pod(w, i, pk))
        if not any(p["kind"] in ("sidecar", "native") for p in self.pods):
            self.pods[0]["kind"] = "sidecar"
            self.pods[0]["labels"][TLS_LABEL] = "istio"
        for p in self.pods:
            self.emit_pod(p)

    def pod(self, w, i, kind):
        labels = {"app": w["name"], "version": "v%d" % (i + 1), "tier": w["tier"]}
        if kind in ("sidecar", "native"):
            labels[TLS_LABEL] = "istio"
            if self.p(0.05):
                labels[TLS_LABEL] = "disabled"
                self.tag("pod:tlsMode-disabled")
            elif self.p(0.04):
                del labels[TLS_LABEL]
                self.tag("pod:sidecar-without-tlsMode-label")
        elif self.p(0.07):
            labels[TLS_LABEL] = "istio"
            self.tag("pod:naked-with-tlsMode-label")
        if kind == "optout":
            labels["sidecar.istio.io/inject"] = "false"
        # named target ports may resolve differently from pod to pod
        shift = 1000 if i == 1 and any(w["named"]) and self.p(0.2) else 0
        if shift:
            self.tag("service:named-port-differs")
        ports = []
        for q, named in zip(w["ports"], w["named"]):
            ports.append({"name": "n-%d" % q[2], "containerPort": q[3] + (shift if named else 0)})
        if self.p(0.3):
            ports.append({"name": "extra", "containerPort": 9999})
            self.tag("pod:port-without-service")
        out, have = [], set()
        for q in ports:
            q = dict(q)
            if q["containerPort"] in have:
                q["dup"] = True
            have.add(q["containerPort"])
            out.append(q)
        p = {
            "ns": w["ns"],
            "name": "%s-%d" % (w["name"], i),
            "labels": labels,
            "kind": kind,
            "sa": w["sa"],
            "ports": out,
            "ip": self.new_ip(),
        }
        self.tag("pod:" + kind)
        self.pods.append(p)
        return p

    def emit_pod(self, p):
        ports = [{"name": q["name"], "containerPort": q["containerPort"], "protocol": "TCP"} for q in p["ports"]]
        app = {"name": "app", "image": "app:1", "ports": ports}
        proxy = {
            "name": "istio-proxy",
            "image": "docker.io/istio/proxyv2:1.31.0",
            "args": ["proxy", "sidecar"],
            "ports": [{"containerPort": 15090, "name": "http-envoy-prom", "protocol": "TCP"}],
        }
        spec = {"serviceAccountName": p["sa"], "nodeName": "node-1", "containers": [app]}
        ann = {}
        if p["kind"] == "sidecar":
            spec["containers"].append(proxy)
        elif p["kind"] == "native":
            spec["initContainers"] = [dict(proxy, restartPolicy="Always")]
        elif p["kind"] == "gateway":
            spec["containers"] = [dict(proxy, args=["proxy", "router"], ports=ports)]
        if p["kind"] in ("sidecar", "native"):
            ann["sidecar.istio.io/status"] = '{"revision":"default"}'
            if self.excluded_ports and self.p(0.3):
                ann["traffic.sidecar.istio.io/excludeInboundPorts"] = str(p["ports"][0]["containerPort"])
                self.tag("pod:excludeInboundPorts")
        self.add(
            "v1",
            "Pod",
            p["ns"],
            p["name"],
            {
                "spec": spec,
                "status": {
                    "phase": "Running",
                    "podIP": p["ip"],
                    "podIPs": [{"ip": p["ip"]}],
                    "conditions": [{"type": "Ready", "status": "True"}],
                },
            },
            labels=p["labels"],
            annotations=ann,
        )

    # ---- services
    def services(self):
        for w in self.wl:
            if self.p(0.92):
                self.service(w["name"], w["ns"], {"app": w["name"]}, w["ports"], w["named"])
            if self.p(0.1):
                self.service(w["name"] + "-alt", w["ns"], {"app": w["name"]}, w["ports"][:1], [False])
                self.tag("service:second-for-workload")
        if self.p(0.25):
            ns = self.r.choice(self.wl)["ns"]
            self.service("tier", ns, {"tier": self.r.choice(TIERS)}, [self.r.choice(PORTS)], [False])
            self.tag("service:many-workloads")
        if self.p(0.08):
            self.service("empty", self.r.choice(self.ns), {"app": "nobody"}, [self.r.choice(PORTS)], [False])
            self.tag("service:no-endpoints")
        if self.p(0.08):
            self.service("manual", self.r.choice(self.ns), None, [self.r.choice(PORTS)], [False])
            self.tag("service:no-selector")
        if self.p(0.06) and self.hosts:
            target = self.r.choice(self.hosts)
            ns = self.r.choice(self.ns)
            self.add(
                "v1",
                "Service",
                ns,
                "ext-name",
                {
                    "spec": {
                        "type": "ExternalName",
                        "externalName": target["host"],
                        "ports": [{"name": "http", "port": 80, "protocol": "TCP"}],
                    }
                },
            )
            self.hosts.append(
                {
                    "host": "ext-name.%s.svc.cluster.local" % ns,
                    "ns": ns,
                    "short": "ext-name",
                    "ports": [80],
                    "kind": "externalname",
                }
            )
            self.tag("service:externalName")

    def service(self, name, ns, selector, ports, named):
        host = "%s.%s.svc.cluster.local" % (name, ns)
        if any(h["host"] == host for h in self.hosts):
            return
        headless = self.p(0.16)
        pods = [
            p
            for p in self.pods
            if p["ns"] == ns and selector and all(p["labels"].get(k) == v for k, v in selector.items())
        ]
        sp, slices = [], {}
        for (pname, app, port, cport), is_named in zip(ports, named):
            e = {"port": port, "protocol": "TCP"}
            if len(ports) > 1 or not self.p(0.1):
                e["name"] = pname
            else:
                self.tag("service:unnamed-port")
            if app:
                e["appProtocol"] = app
                self.tag("service:appProtocol")
            if is_named:
                e["targetPort"] = "n-%d" % port
                self.tag("service:named-targetPort")
            elif cport != port or self.p(0.5):
                e["targetPort"] = cport
            else:
                self.tag("service:targetPort-omitted")
            sp.append(e)
        if self.p(0.05):
            sp.append({"name": "dns-udp", "port": 53, "protocol": "UDP", "targetPort": 53})
            self.tag("service:udp-port")
        spec = {"ports": sp, "type": "ClusterIP", "clusterIP": "None" if headless else self.new_vip()}
        if selector:
            spec["selector"] = selector
        ann = {}
        if self.p(0.04):
            ann["networking.istio.io/exportTo"] = self.r.choice([".", "~", ns, self.r.choice(self.ns)])
            self.tag("service:exportTo")
        self.add("v1", "Service", ns, name, {"spec": spec}, annotations=ann)
        # endpoint slices as the endpoint slice controller writes them
        members = [(p["ip"], {"kind": "Pod", "name": p["name"], "namespace": ns}, p) for p in pods]
        if not selector:
            members = [(self.new_ip(), None, None)]
        for ip, ref, p in members:
            resolved = []
            for e in sp:
                t = e.get("targetPort", e["port"])
                if isinstance(t, str):
                    t = next((q["containerPort"] for q in p["ports"] if q["name"] == t), None)
                    if t is None:
                        continue
                resolved.append((e.get("name", ""), t, e["protocol"], e.get("appProtocol")))
            slices.setdefault(tuple(resolved), []).append((ip, ref))
        for i, (key, eps) in enumerate(sorted(slices.items(), key=str)):
            labels = {
                "kubernetes.io/service-name": name,
                "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
            }
            if headless:
                labels["service.kubernetes.io/headless"] = ""
            d = self.add("discovery.k8s.io/v1", "EndpointSlice", ns, "%s-%d" % (name, i), None, labels=labels)
            d["addressType"] = "IPv4"
            d["ports"] = [
                {k: v for k, v in (("name", n), ("port", t), ("protocol", pr), ("appProtocol", a)) if v is not None}
                for n, t, pr, a in key
            ]
            d["endpoints"] = [
                {
                    k: v
                    for k, v in (
                        ("addresses", [ip]),
                        ("conditions", {"ready": True, "serving": True, "terminating": False}),
                        ("nodeName", "node-1"),
                        ("targetRef", ref),
                    )
                    if v
                }
                for ip, ref in eps
            ]
        if headless:
            self.tag("service:headless")
            if len({p["labels"].get(TLS_LABEL) for p in pods}) > 1:
                self.tag("service:headless-mixed")
        self.hosts.append(
            {
                "host": host,
                "ns": ns,
                "short": name,
                "ports": [e["port"] for e in sp],
                "kind": "headless" if headless else "service",
            }
        )

    # ---- peer authentication
    def pa(self, ns, selector, mode, ports=None, time=None):
        spec = {}
        if selector is not None:
            spec["selector"] = selector
        if mode == "EMPTY":
            spec["mtls"] = {}
        elif mode is not None:
            spec["mtls"] = {"mode": mode}
        if ports:
            spec["portLevelMtls"] = ports
        if mode in ("EMPTY", "UNSET", None):
            self.tag("pa:unset")
        self.add(self.sec(), "PeerAuthentication", ns, self.name("pa"), {"spec": spec}, time=time)

    def mode(self):
        return self.r.choices(MODES + ["UNSET", "EMPTY", None], [34, 22, 24, 7, 6, 7])[0]

    def port_modes(self, w):
        ports = {}
        for q in self.r.sample(w["ports"], self.r.randint(1, len(w["ports"]))):
            m = self.r.choices(["STRICT", "PERMISSIVE", "DISABLE", "UNSET", "EMPTY"], [30, 20, 36, 7, 7])[0]
            v = {} if m == "EMPTY" else {"mode": m}
            if m in ("UNSET", "EMPTY"):
                self.tag("pa:port-unset")
            if self.p(0.2) and q[2] != q[3]:
                ports[q[2]] = v  # the service port: a common mistake
                self.tag("pa:port-is-service-port")
            else:
                ports[q[3]] = v
                self.tag("pa:port")
        if self.p(0.15):
            ports[self.r.choice([9999, 4242])] = {"mode": self.r.choice(MODES)}
            self.tag("pa:unknown-port")
        return ports

    def peer_authentications(self):
        if self.p(0.5):
            self.tag("pa:mesh")
            if self.p(0.12):
                self.tag("pa:empty-selector")
                self.pa(self.root, self.r.choice([{}, {"matchLabels": {}}]), self.mode())
            else:
                self.pa(self.root, None, self.mode())
            if self.p(0.12):
                self.tag("pa:mesh-conflict")
                self.pa(self.root, None, self.mode())
        if self.p(0.07):
            self.tag("pa:root-selector")
            self.pa(self.root, {"matchLabels": {"app": self.r.choice(self.wl)["name"]}}, self.r.choice(MODES))
        if self.root != "istio-system" and self.p(0.3):
            self.tag("pa:istio-system-not-root")
            self.pa("istio-system", None, self.r.choice(MODES))
        for ns in self.ns:
            if self.p(0.4):
                self.tag("pa:namespace")
                ports = None
                if self.p(0.06):
                    ports = {8080: {"mode": "DISABLE"}}
                    self.tag("pa:namespace-with-ports")
                sel = {} if self.p(0.05) else None
                if sel is not None:
                    self.tag("pa:empty-selector")
                self.pa(ns, sel, self.mode(), ports)
                if self.p(0.12):
                    self.tag("pa:namespace-conflict")
                    self.pa(ns, None, self.mode())
        for w in self.wl:
            if not self.p(0.3):
                continue
            self.tag("pa:workload")
            sel = self.r.choice(
                [{"app": w["name"]}, {"app": w["name"]}, {"tier": w["tier"]}, {"app": w["name"], "version": "v1"}]
            )
            ports = self.port_modes(w) if self.p(0.6) else None
            self.pa(w["ns"], {"matchLabels": sel}, self.mode(), ports)
            if self.p(0.2):
                self.tag("pa:workload-conflict")
                self.pa(
                    w["ns"],
                    {"matchLabels": {"app": w["name"]}},
                    self.mode(),
                    self.port_modes(w) if self.p(0.5) else None,
                )
        if self.p(0.08):
            self.tag("pa:selects-nothing")
            self.pa(self.r.choice(self.ns), {"matchLabels": {"app": "nobody"}}, self.r.choice(MODES))

    # ---- destination rules
    def tls(self, where=""):
        m = self.r.choices(["ISTIO_MUTUAL", "DISABLE", "SIMPLE", "MUTUAL", "EMPTY"], [36, 28, 14, 18, 4])[0]
        if m == "EMPTY":
            self.tag("dr:tls-without-mode")
            return self.r.choice([{}, {"sni": "x.example"}])
        t = {"mode": m}
        self.tag("dr:%s%s" % (m, where))
        if m == "ISTIO_MUTUAL":
            if self.p(0.12):
                t["sni"] = "sni.example"
                self.tag("dr:istio-mutual-sni")
            if self.p(0.12):
                t["subjectAltNames"] = ["spiffe://cluster.local/ns/x/sa/y"]
                self.tag("dr:istio-mutual-sans")
        if m in ("SIMPLE", "MUTUAL"):
            form = self.r.choices(["files", "credential", "configmap", "bare"], [45, 33, 8, 14])[0]
            if form == "configmap" and m == "SIMPLE":
                t["credentialName"] = "configmap://@NS@/ca"
                self.tag("dr:configmap-credential")
            elif form == "credential":
                t["credentialName"] = "client-cert"
                self.tag("dr:credentialName")
            else:
                if m == "MUTUAL":
                    t["clientCertificate"] = "/etc/certs/tls.crt"
                    t["privateKey"] = "/etc/certs/tls.key"
                    self.tag("dr:mutual-files")
                if form == "files":
                    t["caCertificates"] = "/etc/certs/ca.crt"
            if self.p(0.3):
                t["sni"] = "server.example"
            if self.p(0.25):
                t["subjectAltNames"] = ["server.example"]
            if self.p(0.3) and form == "bare":
                t.pop("subjectAltNames", None)
                t["insecureSkipVerify"] = True
                self.tag("dr:insecureSkipVerify")
        return t

    def policy(self, ports, where=""):
        """A trafficPolicy, or None."""
        tp = {}
        k = self.r.random()
        if k < 0.66:
            tp["tls"] = self.tls(where)
        if k >= 0.62 and k < 0.86 or self.p(0.1):
            if self.p(0.35):
                tp["loadBalancer"] = {"simple": "PASSTHROUGH"}
                self.tag("dr:lb-passthrough" + where)
            else:
                tp["loadBalancer"] = {"simple": "ROUND_ROBIN"}
            if "tls" not in tp:
                self.tag("dr:policy-without-tls" + where)
        if self.p(0.28) and ports:
            tp["portLevelSettings"] = []
            for port in self.r.sample(ports, self.r.randint(1, min(2, len(ports)))):
                e = {"port": {"number": port}}
                if self.p(0.72):
                    e["tls"] = self.tls(where + "-port")
                    self.tag("dr:port-tls" + where)
                else:
                    e["loadBalancer"] = {"simple": "PASSTHROUGH" if self.p(0.3) else "LEAST_REQUEST"}
                    if e["loadBalancer"]["simple"] == "PASSTHROUGH":
                        self.tag("dr:lb-passthrough-port")
                    self.tag("dr:port-without-tls" + where)
                    if "tls" in tp:
                        self.tag("dr:port-without-tls-below-tls" + where)
                tp["portLevelSettings"].append(e)
        return tp or None

    def dr(self, ns, host, ports, target_ns, time=None, export=None):
        spec = {"host": host}
        tp = self.policy(ports)
        if tp:
            spec["trafficPolicy"] = tp
        else:
            self.tag("dr:no-policy")
        if self.p(0.3):
            spec["subsets"] = []
            for v in self.r.sample(["v1", "v2"], self.r.randint(1, 2)):
                s = {"name": v, "labels": {"version": v}}
                if self.p(0.55):
                    stp = self.policy(ports, "-subset")
                    if stp:
                        s["trafficPolicy"] = stp
                    else:
                        self.tag("dr:subset-without-policy")
                else:
                    self.tag("dr:subset-without-policy")
                spec["subsets"].append(s)
            self.tag("dr:subsets")
        if self.p(0.14):
            w = self.r.choice([w for w in self.wl if w["ns"] == ns] or self.wl)
            spec["workloadSelector"] = {"matchLabels": {"app": w["name"]}}
            self.tag("dr:workloadSelector")
            if "client-cert" in json.dumps(spec):
                self.tag("dr:credentialName-with-selector")
            if self.p(0.4):
                spec["exportTo"] = ["."]
        elif export is not None:
            if export:
                spec["exportTo"] = export
        elif self.p(0.45):
            other = self.r.choice(self.ns)
            forms = [["*"], ["."], [ns], [other], [target_ns], [other, target_ns]]
            if other != ns:  # the webhook refuses "." beside the own name
                forms.append([".", other])
            spec["exportTo"] = list(dict.fromkeys(self.r.choice(forms)))
            self.tag("dr:exportTo")
        spec = json.loads(json.dumps(spec).replace("@NS@", ns))
        self.add(self.net(), "DestinationRule", ns, self.name("dr"), {"spec": spec}, time=time)
        return spec

    def destination_rules(self):
        targets = [h for h in self.hosts if h["kind"] != "externalname"]
        if not targets:
            return
        for _ in range(self.r.choices([0, 1, 2, 3, 4, 5], [12, 18, 22, 22, 16, 10])[0]):
            h = self.r.choice(targets)
            clients = [p["ns"] for p in self.pods if p["kind"] in ("sidecar", "native", "gateway")] or self.ns
            where = self.r.choices(["client", "service", "root", "other"], [34, 36, 22, 8])[0]
            ns = {
                "client": self.r.choice(clients),
                "service": h["ns"],
                "root": self.root,
                "other": self.r.choice(self.ns),
            }[where]
            self.tag("dr:in-%s-ns" % where)
            form = self.r.choices(["fqdn", "short", "dotted", "ns-wild", "all-wild"], [56, 14, 5, 13, 12])[0]
            if h["kind"] == "serviceentry" and form in ("short", "dotted"):
                form = "fqdn"
            if form == "fqdn" and "*" in h["host"]:
                self.tag("dr:on-wildcard-service")
            host = {
                "fqdn": h["host"],
                "short": h["short"],
                "dotted": "%s.%s" % (h["short"], h["ns"]),
                "ns-wild": "*.%s.svc.cluster.local" % h["ns"],
                "all-wild": self.r.choice(["*", "*.local", "*.svc.cluster.local", "*.cluster.local"]),
            }[form]
            self.tag("dr:host-" + form)
            if form == "short" and ns != h["ns"]:
                self.tag("dr:short-in-other-ns")
            first = self.dr(ns, host, h["ports"], h["ns"])
            if self.p(0.28):
                # another one for the same host: merged, or hidden
                self.tag("dr:same-host-twice")
                same_export = first.get("exportTo", []) if self.p(0.6) else None
                host2 = h["host"] if form == "short" and self.p(0.5) and ns == h["ns"] else host
                self.dr(ns, host2, h["ports"], h["ns"], export=same_export)

        for h in targets:
            if h["host"].startswith("*") and self.p(0.3):
                self.tag("dr:on-wildcard-service")
                self.dr(self.r.choice([h["ns"], self.root]), h["host"], h["ports"], h["ns"])

    def ties(self):
        """tag equal creation times between objects that compete: the name decides"""
        seen = set()
        for d in self.docs:
            m, spec = d["metadata"], d.get("spec", {})
            if d["kind"] == "PeerAuthentication":
                sel = (spec.get("selector") or {}).get("matchLabels") or {}
                key = ("pa", m["namespace"], sel.get("app", ""), m["creationTimestamp"])
            elif d["kind"] == "DestinationRule":
                key = ("dr", m["namespace"], spec["host"], m["creationTimestamp"])
            else:
                continue
            if key in seen:
                self.tag("pa:tie") if key[0] == "pa" else self.tag("dr:tie")
            seen.add(key)

    # ---- service entries
    def service_entries(self):
        for _ in range(self.r.choices([0, 1, 2], [62, 28, 10])[0]):
            ns = self.r.choice(self.ns)
            loc = self.r.choice(["MESH_EXTERNAL", "MESH_INTERNAL"])
            res = self.r.choice(["NONE", "STATIC", "DNS", "STATIC"])
            n = len(self.hosts)
            host = self.r.choice(["ext%d.example.com", "se%d.internal.mesh"]) % n
            if res == "NONE" and self.p(0.55):
                host = "*.wild%d.example.com" % n
                self.tag("se:wildcard-host")
            port = self.r.choice([("http", "HTTP", 80), ("tcp", "TCP", 5000), ("https", "HTTPS", 443)])
            spec = {
                "hosts": [host],
                "location": loc,
                "resolution": res,
                "ports": [{"name": port[0], "protocol": port[1], "number": port[2]}],
            }
            self.tag("se:%s-%s" % (loc, res))
            if self.p(0.3):
                spec["ports"][0]["targetPort"] = port[2] + 1000
                self.tag("se:targetPort")
            if port[1] == "TCP" and res == "NONE" or self.p(0.2):
                spec["addresses"] = ["240.0.0.%d" % (n + 1)]
            src = self.r.choice(["inline", "inline", "selector", "hosts"])
            if res == "NONE":
                src = "hosts"
            if res == "STATIC" and src == "hosts":
                src = "inline"
            if src == "inline":
                spec["endpoints"] = []
                for _ in range(self.r.randint(1, 2)):
                    e = {"address": self.new_ip() if res == "STATIC" else "host%d.example.net" % self.r.randint(1, 9)}
                    self.vm_identity(e)
                    if self.p(0.2):
                        e["ports"] = {port[0]: 7777}
                    spec["endpoints"].append(e)
                self.tag("se:inline-endpoints")
            elif src == "selector":
                if self.p(0.6) or res == "DNS":
                    lab = "vm%d" % n
                    for i in range(self.r.randint(1, 2)):
                        e = {"address": self.new_ip()}
                        self.vm_identity(e, {"app": lab})
                        self.add(self.net(), "WorkloadEntry", ns, "%s-%d" % (lab, i), {"spec": e})
                    self.tag("se:workloadEntry")
                else:
                    w = self.r.choice(self.wl)
                    lab = w["name"]
                    ns = w["ns"]
                    self.tag("se:selects-pods")
                spec["workloadSelector"] = {"labels": {"app": lab}}
            if self.p(0.1):
                spec["exportTo"] = [self.r.choice([".", "*", self.r.choice(self.ns)])]
                self.tag("se:exportTo")
            if self.p(0.1):
                spec["subjectAltNames"] = ["spiffe://cluster.local/ns/%s/sa/vm" % ns]
                self.tag("se:subjectAltNames")
            self.add(self.net(), "ServiceEntry", ns, self.name("se"), {"spec": spec})
            self.hosts.append(
                {"host": host, "ns": ns, "short": host.split(".")[0], "ports": [port[2]], "kind": "serviceentry"}
            )

    def virtual_machines(self):
        for w in self.wl:
            if not self.p(0.03):
                continue
            e = {"address": self.new_ip()}
            self.vm_identity(e, {"app": w["name"]})
            self.add(self.net(), "WorkloadEntry", w["ns"], self.name("vm-" + w["name"]), {"spec": e})
            self.tag("we:in-kubernetes-service")

    def vm_identity(self, e, labels=None):
        labels = dict(labels or {}, version=self.r.choice(["v1", "v2"]))
        k = self.r.random()
        if k < 0.35:
            e["serviceAccount"] = "vm"
            self.tag("we:serviceAccount")
        elif k < 0.55:
            labels[TLS_LABEL] = "istio"
            self.tag("we:tlsMode-istio")
        elif k < 0.7:
            e["serviceAccount"] = "vm"
            labels[TLS_LABEL] = "disabled"
            self.tag("we:tlsMode-disabled")
        else:
            self.tag("we:no-identity")
        e["labels"] = labels

    # ---- sidecars
    def sidecars(self):
        for _ in range(self.r.choices([0, 1, 2], [80, 15, 5])[0]):
            ns = self.r.choice(self.ns + [self.root])
            spec = {}
            if ns != self.root and self.p(0.4):
                w = self.r.choice([w for w in self.wl if w["ns"] == ns] or self.wl)
                spec["workloadSelector"] = {"labels": {"app": w["name"]}}
                self.tag("sidecar:selector")
            other = self.r.choice(self.ns)
            h = self.r.choice(self.hosts)
            spec["egress"] = [
                {
                    "hosts": self.r.choice(
                        [
                            ["./*"],
                            ["./*", "%s/*" % other],
                            ["*/*"],
                            ["%s/*" % other],
                            ["%s/%s" % (h["ns"], h["host"])],
                            ["*/%s" % h["host"]],
                            ["~/*"],
                            ["./*", "istio-system/*"],
                        ]
                    )
                }
            ]
            if "workloadSelector" in spec and self.p(0.6):
                q = self.r.choice(w["ports"])
                spec["ingress"] = [
                    {
                        "port": {"number": q[3], "protocol": self.r.choice(["HTTP", "TCP"]), "name": "in"},
                        "defaultEndpoint": "127.0.0.1:%d" % q[3],
                    }
                ]
                self.tag("sidecar:ingress")
            self.tag("sidecar:root" if ns == self.root else "sidecar:namespace")
            self.add(self.net(), "Sidecar", ns, self.name("sc"), {"spec": spec})

    # ---- questions
    def queries(self, cap):
        clients = [p for p in self.pods if p["kind"] in ("sidecar", "native", "gateway")]
        naked = [p for p in self.pods if p["kind"] not in ("sidecar", "native", "gateway")][:1]
        out = [(p, h, port) for p in clients for h in self.hosts for port in h["ports"]]
        if len(out) > cap:
            out = [out[i] for i in sorted(self.r.sample(range(len(out)), cap))]
        out += [(p, h, port) for p in naked for h in self.hosts[:1] for port in h["ports"][:1]]
        return [{"client": "%s/%s" % (p["ns"], p["name"]), "host": h["host"], "port": port} for p, h, port in out]


class Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data):
        return True


def generate(seed, i, excluded_ports=False, cap=60):
    m = Mesh(random.Random("%s/%d" % (seed, i)), excluded_ports)
    m.config()
    m.workloads()
    m.services()
    m.service_entries()
    m.virtual_machines()
    m.peer_authentications()
    m.destination_rules()
    m.sidecars()
    m.ties()
    queries = m.queries(cap)
    text = "---\n".join(yaml.dump(d, Dumper=Dumper, sort_keys=False, default_flow_style=False) for d in m.docs)
    return {"id": "r-%s-%04d" % (seed, i), "tags": sorted(m.tags), "queries": queries, "yaml": text}


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--seed", required=True)
    ap.add_argument("--count", type=int, required=True)
    ap.add_argument("--cap", type=int, default=60, help="queries per mesh (default 60)")
    ap.add_argument(
        "--excluded-ports",
        action="store_true",
        help="also set excludeInboundPorts on some pods; istiod does not know it, so no answer depends on it",
    )
    a = ap.parse_args()
    for i in range(a.count):
        json.dump(generate(a.seed, i, a.excluded_ports, a.cap), sys.stdout)
        sys.stdout.write("\n")


if __name__ == "__main__":
    main()
