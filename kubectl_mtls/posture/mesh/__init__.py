"""The mesh as a whole: control planes, who signs, who calls what, what to advise."""
