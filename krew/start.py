"""Where the packed program starts: the same function as the console script of the wheel."""

from kubectl_mtls.cli.start import run

run()
