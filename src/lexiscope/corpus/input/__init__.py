"""Sources of text: files, folders, globs, standard input, sentences in memory."""
