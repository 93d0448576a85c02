"""Views of a recorded run: pure functions, one file each; what they give is plain data."""
