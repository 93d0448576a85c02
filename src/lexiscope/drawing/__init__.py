"""Drawing with matplotlib (extra `plot`): colours, names that keep apart, curves, tables, files.

What is drawn comes as plain arrays; which numbers those are, the rooms below know.
"""
