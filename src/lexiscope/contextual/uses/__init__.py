"""Uses of vectors in context: static vectors, senses, similarity, all layers."""
