"""The Datasette plugin behind the desk; it does nothing in a Datasette that `archiver serve` did not build."""
