"""Random worlds and a slow, obvious fold of facts, for the tests of this room and of rooms above it."""
