"""X.509: the only user of cryptography."""
