"""Conformance suites for the core's ports: a new adapter inherits ready tests."""
