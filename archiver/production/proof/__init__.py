"""Proving a volume: the proof file beside it, the page that checks it, and the check itself.

The proof names the manifest's hash; nothing of the volume ever names the proof (DESIGN §7 rule 5).
"""
