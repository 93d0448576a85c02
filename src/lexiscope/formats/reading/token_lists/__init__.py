"""Lists of tokens, in the shapes in which other programs keep them; `registry` has the shapes."""
