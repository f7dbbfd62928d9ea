"""WHAT FOLLOWS from the facts: pure functions, no sentences for people."""
