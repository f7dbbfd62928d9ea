"""What do a rule that somebody wrote and one made of a BackendTLSPolicy say together? Field by field the written one.

Source: pilot/pkg/model/destination_rule.go (mergeBackendPolicyTrafficPolicy), since 1.31.
"""

from dataclasses import replace

from kubectl_mtls.model.destination_rule import PortPolicy, TrafficPolicy


def overlay(written: TrafficPolicy | None, made: TrafficPolicy | None) -> TrafficPolicy | None:
    """What is missing in the written policy comes from the made one, in port entries too."""
    if written is None or made is None:
        return written or made
    entries = {entry.port: entry for entry in made.ports}
    filled = tuple(_filled(entry, entries.pop(entry.port, None)) for entry in written.ports)
    return replace(
        written,
        tls=written.tls or made.tls,
        load_balancer=written.load_balancer or made.load_balancer,
        ports=(*filled, *entries.values()),
    )


def _filled(entry: PortPolicy, made: PortPolicy | None) -> PortPolicy:
    if made is None:
        return entry
    return replace(entry, tls=entry.tls or made.tls, load_balancer=entry.load_balancer or made.load_balancer)
