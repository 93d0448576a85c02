"""gensim.test: what tutorials use of it."""
