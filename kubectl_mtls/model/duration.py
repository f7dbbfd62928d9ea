"""Durations as Go and kubectl write them, with days, which both lack."""

import re
from datetime import timedelta

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_WHOLE = re.compile(f"({_PART.pattern})+")


def parse_span(written: str) -> timedelta | None:
    """`90s`, `2h45m`, `7d`; None for anything else, and for more than a calendar holds."""
    if not _WHOLE.fullmatch(written):
        return None
    try:
        return timedelta(seconds=sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(written)))
    except OverflowError:
        return None
