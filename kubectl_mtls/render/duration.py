"""Ages and remaining times as kubectl writes them."""

from datetime import UTC, datetime, timedelta


def render_duration(span: timedelta) -> str:
    """One unit where it is plain, two where one would mislead: `40m`, `3h20m`, `41d`; negative with a minus."""
    seconds = int(abs(span.total_seconds()))
    sign = "-" if span.total_seconds() <= -1 else ""
    years, days = divmod(seconds // 86400, 365)
    if years >= 2:
        return f"{sign}{years}y"
    if years or days >= 2:
        return f"{sign}{seconds // 86400}d"
    hours, minutes = divmod(seconds // 60, 60)
    if hours >= 8:
        return f"{sign}{hours}h"
    if hours:
        return f"{sign}{hours}h{minutes}m" if minutes else f"{sign}{hours}h"
    return f"{sign}{minutes}m" if minutes else f"{sign}{seconds}s"


def render_since(moment: datetime, now: datetime) -> str:
    """`40m ago`; with its time where it comes after `now`, as with `--at`."""
    return f"{render_duration(now - moment)} ago" if moment <= now else f"at {render_time(moment)}"


def render_time(moment: datetime) -> str:
    """RFC 3339 in UTC, to the second."""
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"
