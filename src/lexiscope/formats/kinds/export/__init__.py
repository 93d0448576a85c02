"""Exported matrices: the layout of manifest.json."""
