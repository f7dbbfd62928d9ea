"""The tests, and in `tests.servers` the real servers that they run against."""
