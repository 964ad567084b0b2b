"""Small adapters of the core's ports: the only modules of this package that may import a framework."""
