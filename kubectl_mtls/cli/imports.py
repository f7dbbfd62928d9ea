"""What is imported while the API server is asked? Waiting for answers and importing go on side by side."""

from importlib import import_module
from threading import Thread


def import_meanwhile(module: str) -> None:
    """Begin to import a module on a thread of its own; who imports it later waits for the rest of it."""
    Thread(target=import_module, args=(module,), daemon=True).start()
