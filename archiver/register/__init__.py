"""The account register: which accounts are the city's, who answers for them, where the key lies."""
