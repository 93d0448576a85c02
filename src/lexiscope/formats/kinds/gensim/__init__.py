"""gensim's saved models, read without running what is in them."""
