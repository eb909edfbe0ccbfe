"""The packet as web pages that open from the folder: no server, no script, nothing remote."""
