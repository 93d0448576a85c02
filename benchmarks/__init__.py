"""Lexiscope beside gensim: speed, memory and quality, measured pair by pair in one run."""
