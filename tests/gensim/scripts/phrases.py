"""A phrases pipeline: bigrams, trigrams, frozen and saved, then word vectors of them."""

import json
import sys
from pathlib import Path

from gensim.models import Phrases, Word2Vec
from gensim.models.phrases import ENGLISH_CONNECTOR_WORDS, Phraser

folder = Path(sys.argv[1])
text = [
    ["the", "new", "york", "stock", "exchange", "opened", "in", "new", "york", "city"],
    ["machine", "learning", "of", "new", "york", "city", "data"],
    ["the", "bank", "of", "england", "and", "the", "bank", "of", "america"],
    ["machine", "learning", "at", "the", "new", "york", "stock", "exchange"],
] * 30

bigram = Phrases(text, min_count=5, threshold=1.0, connector_words=ENGLISH_CONNECTOR_WORDS)
trigram = Phrases(bigram[text], threshold=0.5)
bigram_mod, trigram_mod = Phraser(bigram), Phraser(trigram)
joined = [trigram_mod[bigram_mod[sentence]] for sentence in text]
bigram_mod.save(str(folder / "bigrams.pkl"))
again = Phraser.load(str(folder / "bigrams.pkl"))
npmi = Phrases(text, scoring="npmi", threshold=0.6, min_count=2)
model = Word2Vec(trigram[bigram[text]], vector_size=8, min_count=1, epochs=1, seed=1, workers=1)

print(
    json.dumps(
        {
            "bigrams": bigram.export_phrases(),
            "trigrams": trigram_mod.phrasegrams,
            "joined": joined[:4],
            "again": [again[sentence] for sentence in text[:4]],
            "found": trigram.find_phrases(bigram[text]),
            "npmi": sorted(npmi.export_phrases().items()),
            "counts": [len(bigram.vocab), bigram.vocab["new_york"], trigram.corpus_word_count],
            "words": sorted(model.wv.index_to_key),
            "shape": list(model.wv.vectors.shape),
            "told": str(bigram),
        }
    )
)
