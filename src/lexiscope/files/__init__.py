"""Files on disk: opening, compression, atomic exchange, memory maps; neither text nor vectors."""
