"""WHAT TO DO: changes as values."""
