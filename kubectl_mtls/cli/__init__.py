"""Typer: flags in, exit code out."""
