"""Other doors out: servers that are not the API server."""
