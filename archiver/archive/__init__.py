"""The evidence store: records with every version, search over them, and seals."""
