"""The AT Protocol as such: addresses and records, content ids, repository files and their trees,
keys and signatures. Whoever reads Bluesky, through its interface or from a download, reads it by
these, so that the same record is the same whichever way it came."""
