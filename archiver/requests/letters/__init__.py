"""What the city writes to the requester, from its own templates."""
