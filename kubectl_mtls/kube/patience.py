"""When is a request sent again, and after what pause? As client-go does it, with some chance in the pauses."""

from collections.abc import Callable

import urllib3

from kubectl_mtls.kube.failures import is_cut
from kubectl_mtls.kube.response import Response

Answer = Response | urllib3.exceptions.HTTPError

ATTEMPTS = 5
_RETRIED = frozenset({429, 500, 502, 503, 504})
_LONGEST_RETRY_AFTER = 5  # digits


def is_passing(answer: Answer) -> bool:
    """Whether another try may well work: a busy or broken server, or a connection that was lost.

    Not one that was refused, that did not trust the other side, or that took all the time there was.
    """
    if isinstance(answer, Response):
        return answer.status in _RETRIED
    return isinstance(answer, urllib3.exceptions.ProtocolError) or is_cut(answer)


def pause(attempt: int, answer: Answer, chance: Callable[[], float]) -> float:
    """Seconds before the next attempt: 0.1, 0.2, 0.4, 0.8, or what Retry-After says, and up to half as much again.

    Clients that were cut off together must not come back together.
    """
    wanted: float = max(_retry_after(answer), 0.1 * 2**attempt)
    return wanted * (1 + 0.5 * chance())


def _retry_after(answer: Answer) -> float:
    told = answer.headers.get("Retry-After", "") if isinstance(answer, Response) else ""
    return float(told) if told.isdecimal() and len(told) <= _LONGEST_RETRY_AFTER else 0.0
