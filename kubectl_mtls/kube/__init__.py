"""The cluster door."""
