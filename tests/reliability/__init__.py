"""What no run of the program may lose, whatever happens to it: `python -m tests.reliability`.

Not collected by pytest; a short form of it is a test (`tests/cli/test_reliability.py`).
"""
