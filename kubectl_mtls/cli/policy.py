"""What does --policy say? Apart, so that nobody waits for the import who does not use it."""

from typing import TYPE_CHECKING

from kubectl_mtls.cli.session import Session

if TYPE_CHECKING:
    from kubectl_mtls.certs.policy import Policy


def read_policy(path: str | None, session: Session) -> "Policy | None":
    """The policy of the file; None without one. Raises InvalidInput."""
    if path is None:
        return None
    from kubectl_mtls.files.policy_file import read_policy_file  # certs.inspection takes 0.1 s to import

    return read_policy_file(path, session.stdin.read)
