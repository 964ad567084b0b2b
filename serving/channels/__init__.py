"""The ways to reach a citizen or a portal, one module each, behind one port."""
