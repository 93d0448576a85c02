"""word2vec's `.txt` and `.bin`."""
