"""Capture: a run over one account, from a platform's interface or from a download, into the
archive: what to ask, what was missed, what disappeared."""
