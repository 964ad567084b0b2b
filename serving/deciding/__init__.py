"""From what may be known of a citizen to a recorded decision, and to the same decision again."""
