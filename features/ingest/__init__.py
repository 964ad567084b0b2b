"""Ingest: a government's tables become facts, row by row checked, all or nothing, once only."""
