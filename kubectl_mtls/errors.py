"""Every error raised on purpose: one sentence, an optional hint, an exit code.

    MtlsError
    ├── InvalidInput          2  what was typed or given is wrong
    ├── CannotLook            3  nothing could be read at all
    │   ├── Unreachable          the API server does not answer
    │   ├── Unauthorized         the API server does not know who asks
    │   ├── Forbidden            RBAC refuses; names the missing rule
    │   └── NotInstalled         no Istio where we looked
    └── Refused               4  objections, no confirmation, undo not safe
        ├── Conflict             the object changed since it was read
        └── Rejected             the API server or an admission webhook says no

Exit codes: docs/exit-codes.md. Any other exception is a bug of ours (70). Library errors do not cross a door.
"""


class MtlsError(Exception):
    """A sentence for the user (`message`), what to do next (`hint`) and the process's exit code."""

    exit_code = 70

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class InvalidInput(MtlsError):
    """A flag, a name, a file or an object that was typed or given is wrong."""

    exit_code = 2


class CannotLook(MtlsError):
    """Nothing could be read, so there is no answer."""

    exit_code = 3


class Unreachable(CannotLook):
    """The API server does not answer, or no kubeconfig names one."""


class Unauthorized(CannotLook):
    """The API server answers 401: the credentials are missing, wrong or expired."""


class Forbidden(CannotLook):
    """RBAC refuses (403); `message` names the missing rule."""


class NotInstalled(CannotLook):
    """There is no Istio where we looked; `message` says how we looked."""


class Refused(MtlsError):
    """A change that is not made: open objections, no confirmation, or an undo that is no longer safe."""

    exit_code = 4


class Conflict(Refused):
    """The object is not what it was when it was read (HTTP 409, or gone)."""


class Rejected(Refused):
    """The API server's validation or an admission webhook refuses the change."""
