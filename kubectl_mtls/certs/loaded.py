"""cryptography's view of a certificate, one whose dates are no dates included.

OpenSSL shows such a certificate (a byte lost in UTCTime), cryptography refuses to look at it. A stand-in of the same
length takes the place of the broken time; what was there is said to be unknown.
"""

import functools
import re
import warnings
from dataclasses import dataclass

from cryptography import x509

from kubectl_mtls.certs.der import Element, elements

_UTC_TIME, _GENERALIZED_TIME, _VERSION = 0x17, 0x18, 0xA0
_FORMS = {_UTC_TIME: re.compile(rb"\d{12}Z"), _GENERALIZED_TIME: re.compile(rb"\d{14}Z")}
_STAND_INS = {_UTC_TIME: b"000101000000Z", _GENERALIZED_TIME: b"20000101000000Z"}


@dataclass(frozen=True, slots=True)
class Mended:
    """The loadable encoding, and which ends of its time are stand-ins."""

    der: bytes
    begins_unknown: bool
    ends_unknown: bool


def load(der: bytes) -> x509.Certificate:
    """cryptography's view of a certificate. Raises ValueError on what is none."""
    return load_mended(der)[0]


@functools.lru_cache(maxsize=4096)
def load_mended(der: bytes) -> tuple[x509.Certificate, Mended | None]:
    """The same, and what had to be mended for it; None for nothing. Raises ValueError."""
    try:
        return _loaded(der), None
    except ValueError:
        mended = _mend_dates(der)
        if mended is None:
            raise
        return _loaded(mended.der), mended


def _loaded(der: bytes) -> x509.Certificate:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return x509.load_der_x509_certificate(der)


def _mend_dates(der: bytes) -> Mended | None:
    """None when its dates are not what is wrong with it. Raises ValueError on what is not DER."""
    (certificate,) = elements(der)
    parts = certificate.children()
    fields = [field for field in parts[0].children() if field.tag != _VERSION] if parts else []
    if len(fields) < 4 or len(times := fields[3].children()) != 2:
        return None
    broken = [_is_broken(time) for time in times]
    if not any(broken) or any(len(time.content) != len(_STAND_INS.get(time.tag, b"")) for time in times):
        return None
    mended = der
    for time, is_broken in zip(times, broken, strict=True):
        if is_broken:
            stand_in = time.whole[: -len(time.content)] + _STAND_INS[time.tag]
            mended = mended.replace(time.whole, stand_in, 1)
    return Mended(mended, *broken)


def _is_broken(time: Element) -> bool:
    form = _FORMS.get(time.tag)
    if form is None or not form.fullmatch(time.content):
        return True
    month, day, hour, minute, second = (int(time.content[-11 + at : -9 + at]) for at in range(0, 10, 2))
    return not (1 <= month <= 12 and 1 <= day <= 31 and hour < 24 and minute < 60 and second < 60)
