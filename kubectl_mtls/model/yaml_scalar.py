"""What does one scalar of YAML mean to Kubernetes?

Follows sigs.k8s.io/yaml (go-yaml v2 rules): YAML 1.1 words (`y`, `on` and `off` are booleans), `0755` is octal,
timestamps stay strings, whole floats are whole numbers, as in JSON.
"""

import base64
import math
import re
from typing import Any

_TAG = "tag:yaml.org,2002:"

_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
}
_NO_JSON = frozenset(f"{sign}{word}" for sign in ("", "+", "-") for word in (".inf", ".Inf", ".INF")) | {
    ".nan",
    ".NaN",
    ".NAN",
}
_NUMBER_START = frozenset("+-.0123456789")
_INTEGER = re.compile(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))$")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$")
_MAX_DIGITS = 100
_BASES = ((2, 16), (3, 2), (4, 8), (5, 10))


class NoScalar(Exception):
    """What Kubernetes' parser refuses; the message says why."""


def scalar_value(text: str, tag: str | None, *, plain: bool) -> Any:
    """The value of a scalar with a tag, or without one; `plain` says that it stands there without quotes.

    Raises NoScalar.
    """
    short = tag.removeprefix(_TAG) if tag else ""
    if short == "binary":
        try:
            return base64.b64decode(text, validate=True).decode("utf-8", "replace")
        except ValueError:
            raise NoScalar("!!binary should be base64") from None
    if short not in ("int", "float", "bool", "null") and (short == "str" or not plain):
        return text
    if text in _WORDS:
        return _WORDS[text]
    if text in _NO_JSON:
        raise NoScalar(f"{text} is no value of JSON")
    return _number(text) if text[0] in _NUMBER_START else text


def _number(text: str) -> Any:
    plain = text.replace("_", "")
    if (match := _INTEGER.match(plain)) and len(plain) <= _MAX_DIGITS:
        for group, base in _BASES:
            if digits := match.group(group):
                whole = int(digits, base) * (-1 if match.group(1) == "-" else 1)
                return whole if -(2**63) <= whole < 2**64 else json_number(str(whole))
    number = json_number(text if text.startswith(".") else plain) if _FLOAT.match(plain) else text
    return text if number in (math.inf, -math.inf) else number


def json_number(text: str) -> int | float | str:
    """A float as JSON writes it: without a fraction where it has none. `text` itself when that is no number."""
    try:
        number = float(text)
    except ValueError:
        return text
    return int(number) if number.is_integer() and abs(number) < 1e21 else number
