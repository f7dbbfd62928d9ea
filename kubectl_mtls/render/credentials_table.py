"""The CREDENTIALS part of `status`: every Secret that proxies are told to use, who uses it, and how long it lasts."""

from collections.abc import Sequence
from datetime import datetime

from kubectl_mtls.posture.credential.standing import Standing, State
from kubectl_mtls.render.duration import render_duration
from kubectl_mtls.render.table import render_table
from kubectl_mtls.render.text import escape, shorten

_REASON = 60
_SHOWN_USERS = 2


def render_credentials(
    standings: Sequence[Standing], now: datetime, *, wide: bool, with_namespace: bool, show_headers: bool
) -> str:
    """The table; empty without credentials."""
    if not standings:
        return ""
    headers = ["CREDENTIAL", "USED-BY", "WEAKEST-LINK", "LEFT", "STATE"]
    if with_namespace:
        headers.insert(0, "NAMESPACE")
    if wide:
        headers[-1:-1] = ["KEPT-BY", "ISSUER", "ENDS"]
    rows = [_row(standing, now, wide=wide, with_namespace=with_namespace) for standing in standings]
    return render_table(headers, [[escape(cell) for cell in row] for row in rows], show_headers)


def _row(standing: Standing, now: datetime, *, wide: bool, with_namespace: bool) -> list[str]:
    weakest, ends_at = standing.weakest, standing.ends_at
    cells = [
        standing.ref.name,
        _users(standing, wide=wide),
        shorten(weakest.subject.short or weakest.serial, 40) if weakest else "-",
        _left(ends_at, now) if ends_at else "-",
    ]
    if with_namespace:
        cells.insert(0, standing.ref.namespace)
    if wide:
        issuer = weakest.issuer.short if weakest else ""
        cells += [standing.kept_by or "-", shorten(issuer, 40) or "-", f"{ends_at:%Y-%m-%d}" if ends_at else "-"]
    return [*cells, state_words(standing, wide=wide)]


def _left(ends_at: datetime, now: datetime) -> str:
    return render_duration(ends_at - now)


def _users(standing: Standing, *, wide: bool) -> str:
    """The objects that name it, each once; of many the first."""
    users = list(dict.fromkeys(usage.user.ref.seen_from(standing.ref.namespace) for usage in standing.usages))
    if not wide and len(users) > _SHOWN_USERS:
        users = [*users[: _SHOWN_USERS - 1], f"{len(users) - _SHOWN_USERS + 1} more"]
    return ", ".join(users) or "-"


def state_words(standing: Standing, *, wide: bool = False) -> str:
    """The state, with the reason where there is one: `broken: the private key does not belong to ...`."""
    words = standing.state.value
    if standing.gap is not None and standing.state is State.UNKNOWN:
        return f"UNKNOWN: {standing.gap.detail if standing.gap.was_not_asked else 'not readable'}"
    if standing.state is State.UNKNOWN:
        words = "UNKNOWN"
    reason = standing.reason if wide else shorten(standing.reason, _REASON)
    return f"{words}: {reason}" if reason else words
