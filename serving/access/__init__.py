"""Who may call, for which citizen, and that every opening of a record is written down."""
