"""The clerk's desk: a Datasette plugin with pages of its own."""
