"""Release archives, and the manifest by which krew installs them."""
