"""Which catalogue and which model are in use, and how the next ones come into force."""
