"""Durations in flags."""

import re

from kubectl_mtls.errors import InvalidInput
from kubectl_mtls.model.duration import parse_span


def parse_duration(written: str, flag: str) -> float:
    """Seconds of `90s`, `2h45m`, `7d`; a bare number means seconds, as in kubectl's --request-timeout. InvalidInput."""
    if re.fullmatch(r"\d+(\.\d+)?", written):
        return float(written)
    span = parse_span(written)
    if span is None:
        raise InvalidInput(f"{flag} {written}: should be a duration such as 30s, 5m or 2h45m")
    return span.total_seconds()
