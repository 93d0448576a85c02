"""fastText's `.bin`, with subwords, quantised too."""
