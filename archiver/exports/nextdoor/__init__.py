"""Nextdoor: what an agency can save of its page, read by a mapping."""
