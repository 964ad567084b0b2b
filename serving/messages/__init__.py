"""What a citizen reads: a stored notification put into words, by language and channel, with a code that proves it."""
