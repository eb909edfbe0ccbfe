"""Facebook's data downloads, of a Page and of a profile."""
