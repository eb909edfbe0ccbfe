"""Records that say the same: found, explained, left to a person to decide about."""
