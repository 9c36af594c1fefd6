"""Ways into the database from files. A file can never mark a text as approved."""
