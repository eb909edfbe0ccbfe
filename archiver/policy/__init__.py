"""What the city laid down for its accounts: versions of its policies, and its word filters."""
