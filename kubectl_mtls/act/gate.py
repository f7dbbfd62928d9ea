"""What has to be said yes to before anything is written: objections by their code, the plan as a whole by a person."""

import re
from collections.abc import Callable, Collection, Iterable

from kubectl_mtls.errors import InvalidInput, Refused
from kubectl_mtls.plan.change import Plan

Confirm = Callable[[Plan], None]
"""Asks a person; raises Refused when the answer is not yes."""

_CODE = re.compile(r"MTLS7\d\d")


def parse_accepted(written: Iterable[str]) -> frozenset[str]:
    """The codes of --accept, in comma lists and repeated. Raises InvalidInput for what is no objection's code."""
    codes = [code.strip().upper() for part in written for code in part.split(",") if code.strip()]
    wrong = next((code for code in codes if not _CODE.fullmatch(code)), None)
    if wrong:
        raise InvalidInput(f"--accept {wrong}: should be codes of objections, such as MTLS701")
    return frozenset(codes)


def demand_accepted(plan: Plan, accepted: Collection[str]) -> None:
    """Every objection is accepted by its code. Raises Refused."""
    codes = sorted({objection.code for objection in plan.open_objections(accepted)})
    if codes:
        raise Refused(f"refused: mend these, or accept each by its code: --accept {','.join(codes)}")
