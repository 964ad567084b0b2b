"""The real catalogue of the United States' federal benefits, imported whole; nothing imports this room."""
