"""Answering for what was done: why, disputes, outcomes, export, erasure, retention."""
