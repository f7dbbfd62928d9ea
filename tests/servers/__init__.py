"""Real servers for tests, built from Go modules and run as plain processes on loopback.

One folder with a go.mod per group of programs (their dependency versions differ), one Python module per thing.
"""
