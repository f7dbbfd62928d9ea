"""Which connection flags a user may give: kubectl's own, with kubectl's meaning (cli-runtime `config_flags.go`)."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ConnectionFlags:
    """The connection flags of one command line; None and empty mean "not given".

    `request_timeout` is in seconds for one request, None or 0 for no limit. `impersonate_user_extra` holds `KEY=VALUE`.
    """

    kubeconfig: str | None = None
    context: str | None = None
    cluster: str | None = None
    user: str | None = None
    namespace: str | None = None
    server: str | None = None
    token: str | None = field(default=None, repr=False)
    certificate_authority: str | None = None
    client_certificate: str | None = None
    client_key: str | None = None
    insecure_skip_tls_verify: bool = False
    tls_server_name: str | None = None
    impersonate: str | None = None
    impersonate_groups: tuple[str, ...] = ()
    impersonate_uid: str | None = None
    impersonate_user_extra: tuple[str, ...] = ()
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    disable_compression: bool = False
    request_timeout: float | None = 30.0
