"""One table a rule: a mesh as YAML, and the findings that it gives."""
