"""How fast and how lean: the program beside its peers on one API server that holds a mesh of any size."""
