"""What the downloads of Meta's platforms (Facebook, Instagram, Threads) have in common."""
