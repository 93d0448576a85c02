"""gensim.scripts: small conversions, as functions and as programs (`python -m`)."""
