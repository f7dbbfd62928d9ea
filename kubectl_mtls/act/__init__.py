"""DOING IT: run a plan, verify it, undo it."""
