"""Sources of text: files, folders, globs, standard input."""
