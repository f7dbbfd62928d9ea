"""Which output formats a command knows."""

from kubectl_mtls.errors import InvalidInput


def check_format(output: str, *known: str) -> None:
    """Raises InvalidInput with kubectl's words (cli-runtime print_flags.go) for any other format."""
    if output not in known:
        raise InvalidInput(
            f'unable to match a printer suitable for the output format "{output}", '
            f"allowed formats are: {', '.join(known)}"
        )
