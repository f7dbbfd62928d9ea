"""Durations as Go and kubectl write them."""

import re

from kubectl_mtls.errors import InvalidInput

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")


def parse_duration(written: str, flag: str) -> float:
    """Seconds of `90s`, `2h45m`, `7d`; a bare number means seconds, as in kubectl's --request-timeout. InvalidInput."""
    if re.fullmatch(r"\d+(\.\d+)?", written):
        return float(written)
    if not written or not re.fullmatch(f"({_PART.pattern})+", written):
        raise InvalidInput(f"{flag} {written}: should be a duration such as 30s, 5m or 2h45m")
    return sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(written))
