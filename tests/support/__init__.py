"""What tests of several files share: `from tests.support import …`, whatever room they are in."""
