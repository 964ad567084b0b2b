"""Facts at the door, by HTTP or from a broker: checked, then written to the event log."""
