"""How a kind of problem in a certificate is explained: the texts of its rule, as the page of a rule has them."""

import textwrap
from dataclasses import dataclass

ROTATE = "kubectl mtls rotate secret/{name} -n {namespace} --cert NEW.pem --key NEW.key --ca CA.pem"
NEW_CHAIN = "get the certificate with its full chain from its issuer, then: " + ROTATE
_WIDTH = 120


@dataclass(frozen=True, slots=True)
class ProblemPage:
    """The texts. `fix` has places for `{name}` and `{namespace}`; `example` and `better` are YAML, where that is short
    enough to be read: most of these faults are inside a certificate.
    """

    code: str
    summary: str
    checks: str
    why: str
    fix: str
    example: str = ""
    better: str = ""

    @property
    def doc(self) -> str:
        """As the docstring of a rule's module."""
        blocks = [("Example", self.example), ("Better", self.better)]
        parts = [
            f"{self.summary}.",
            *("What it checks", _prose(self.checks)),
            *("Why it matters", _prose(self.why)),
            *(part for title, text in blocks if text for part in (title, textwrap.indent(text.strip("\n"), "    "))),
            *("Fix", self.fix.format(name="NAME", namespace="NAMESPACE")),
        ]
        return "\n\n".join(parts) + "\n"


def _prose(text: str) -> str:
    return textwrap.fill(text, _WIDTH, break_on_hyphens=False, break_long_words=False)
