"""What takes minutes: run as a program, not collected with the tests."""
