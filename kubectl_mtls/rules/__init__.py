"""WHAT IS WRONG: one rule per file."""
