"""Labelled frozen values. Nothing here opens a file or computes a result."""
