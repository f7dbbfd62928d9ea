"""The other source: manifests and dumps to the same raw objects."""
