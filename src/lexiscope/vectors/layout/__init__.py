"""Maps of words: places in a plane, where words that are near in the space stand together."""
