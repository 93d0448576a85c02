"""Numba as it is used here: decorators, and instructions that it lacks."""
