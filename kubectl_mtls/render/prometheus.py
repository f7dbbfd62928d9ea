"""`status -o prometheus`: the text exposition format, to be scraped from a file or pushed.

Certificates have the names and labels that x509-certificate-exporter gives them, so that its dashboards and alerts
work; what that does not know begins with `kubectl_mtls_`. Times are seconds since 1970.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from kubectl_mtls.certs.certificate import Certificate
from kubectl_mtls.certs.inspection import Inspection
from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import SECRET
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.root_copy import ROOT_KEY
from kubectl_mtls.posture.credential.standing import State
from kubectl_mtls.posture.mesh.status import Status
from kubectl_mtls.render.text import escape

_SPECIAL = re.compile(r'[\\"\n]')
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n"}

Labels = Mapping[str, str]


@dataclass(slots=True)
class _Metric:
    """One family of gauges. The same labels twice would make the whole text invalid: the first value stays."""

    name: str
    help: str
    samples: dict[tuple[tuple[str, str], ...], float] = field(default_factory=dict)

    def add(self, value: float, labels: Labels) -> None:
        self.samples.setdefault(tuple((name, text) for name, text in labels.items() if text), value)

    def lines(self) -> Iterator[str]:
        yield f"# HELP {self.name} {self.help}"
        yield f"# TYPE {self.name} gauge"
        for labels, value in self.samples.items():
            written = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels)
            yield f"{self.name}{{{written}}} {value:g}" if value % 1 else f"{self.name}{{{written}}} {value:.0f}"


def render_prometheus(status: Status, findings: Sequence[Finding], now: datetime) -> str:
    """Every certificate, connection, state and number of findings; a family without samples is left out."""
    metrics = (*_certificates(status, now), *_credentials(status), _connections(status), *_counts(status, findings))
    return "".join(f"{line}\n" for metric in metrics if metric.samples for line in metric.lines())


def _certificates(status: Status, now: datetime) -> Iterable[_Metric]:
    after = _Metric("x509_cert_not_after", "When the certificate ends.")
    before = _Metric("x509_cert_not_before", "When the certificate begins.")
    expired = _Metric("x509_cert_expired", "Whether the certificate has ended.")
    for certificate, place in (*_of_secrets(status), *_of_roots(status)):
        labels = {**place, **_identity(certificate)}
        if certificate.has_dates:
            after.add(certificate.not_after.timestamp(), labels)
            before.add(certificate.not_before.timestamp(), labels)
        expired.add(certificate.not_after <= now, labels)
    return after, before, expired


def _of_secrets(status: Status) -> Iterator[tuple[Certificate, Labels]]:
    inspections = [one.inspection for one in status.shown.credentials] + [status.authority.inspection]
    for inspection in inspections:
        if inspection is not None:
            yield from _of_secret(inspection)


def _of_secret(inspection: Inspection) -> Iterator[tuple[Certificate, Labels]]:
    for found in inspection.certificates:
        yield found.certificate, {**_secret(inspection.ref), "secret_key": found.data_key}


def _of_roots(status: Status) -> Iterator[tuple[Certificate, Labels]]:
    copy = status.roots.copy
    for certificate in status.roots.certificates:
        if copy is not None:
            yield (
                certificate,
                {
                    "configmap_namespace": copy.metadata.namespace,
                    "configmap_name": copy.metadata.name,
                    "configmap_key": ROOT_KEY,
                },
            )


def _identity(certificate: Certificate) -> Labels:
    """The exporter writes serial numbers in decimal digits."""
    return {
        "serial_number": str(int(certificate.serial, 16)),
        "subject_CN": certificate.subject.short,
        "issuer_CN": certificate.issuer.short,
    }


def _secret(ref: Ref) -> Labels:
    return {"secret_namespace": ref.namespace, "secret_name": ref.name}


def _credentials(status: Status) -> Iterable[_Metric]:
    states = _Metric("kubectl_mtls_credential_state", "Secrets that proxies are told to use, by state.")
    ends = _Metric("kubectl_mtls_credential_not_after", "When connections with the Secret begin to fail.")
    for standing in status.shown.credentials:
        for state in State:
            states.add(standing.state is state, {**_secret(standing.ref), "state": state.value})
        if standing.ends_at and standing.weakest and standing.weakest.has_dates:
            ends.add(standing.ends_at.timestamp(), _secret(standing.ref))
    return states, ends


def _connections(status: Status) -> _Metric:
    metric = _Metric("kubectl_mtls_connections", "Client workloads with a proxy, by what comes of their connection.")
    for one in status.shown.services:
        namespace, name = one.row.service.key
        place = {
            "service_namespace": namespace,
            "service_name": name,
            "service_port": str(one.row.port.number) if one.row.port else "",
        }
        for verdict, count in one.counts.items():
            metric.add(count, {**place, "verdict": verdict.value})
    return metric


def _counts(status: Status, findings: Sequence[Finding]) -> Iterable[_Metric]:
    found = _Metric("kubectl_mtls_findings", "Findings, by severity.")
    counts = Counter(finding.severity for finding in findings)
    for severity in Severity:
        found.add(counts[severity], {"severity": severity.value})
    unread = _Metric("x509_read_errors", "Secrets that could not be read.")
    unread.add(sum(gap.kind == SECRET for gap in status.gaps), {})
    gaps = _Metric("kubectl_mtls_gaps", "What could not be read, so that something is UNKNOWN.")
    gaps.add(len(status.gaps), {})
    return found, unread, gaps


def _escaped(text: str) -> str:
    """As the format demands; what could steer a terminal is made visible first, as everywhere."""
    return _SPECIAL.sub(lambda match: _ESCAPES[match[0]], escape(text))
