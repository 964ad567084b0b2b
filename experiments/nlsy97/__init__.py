"""Descriptor and services for the real people of the National Longitudinal Survey of Youth 1997."""
