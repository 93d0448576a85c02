"""gensim's reader of Wikipedia's dumps, and what is not here: refused in a line that says more."""

from __future__ import annotations

import bz2
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from lexiscope.errors import CorpusError, NotOfferedError
from lexiscope.gensim.corpora import WikiCorpus
from lexiscope.gensim.models import Word2Vec
from lexiscope.gensim.test.utils import common_texts

PAGE = (
    "<page><title>{}</title><ns>{}</ns><id>{}</id>{}<revision><id>1</id>"
    "<text>{}</text></revision></page>"
)
ARTICLE = (
    "The King, a  naïve one, ruled Ångström's land of 30 _underscored_ \n\nhonorificabilitudes."
)


@pytest.fixture
def dump(tmp_path: Path) -> str:
    pages = [
        PAGE.format("King", 0, 1, "", ARTICLE),
        PAGE.format("Queen", 0, 2, "", "The queen of the land ruled too."),
        PAGE.format("Stub", 0, 3, "", "A stub."),
        PAGE.format("Talk:King", 1, 4, "", ARTICLE),
        PAGE.format("Kng", 0, 5, '<redirect title="King" />', "#REDIRECT [[King]]"),
    ]
    space = "http://www.mediawiki.org/xml/export-0.11/"
    content = f'<mediawiki xmlns="{space}">{"".join(pages)}</mediawiki>'
    path = tmp_path / "dump.xml.bz2"
    path.write_bytes(bz2.compress(content.encode()))
    return str(path)


@pytest.mark.parametrize("options", [{}, {"lower": False, "token_min_len": 1, "token_max_len": 6}])
def test_texts_without_markup_are_gensims(dump: str, options: dict[str, Any]) -> None:
    from gensim.corpora import WikiCorpus as Theirs

    given = {"dictionary": {}, "article_min_tokens": 4, "processes": 1, **options}
    ours = WikiCorpus(dump, **given)
    assert list(ours.get_texts()) == list(Theirs(dump, **given).get_texts())
    assert len(ours) == ours.length == 2


def test_the_texts_are_trained_on(dump: str) -> None:
    wiki = WikiCorpus(dump, lemmatize=False, dictionary={}, article_min_tokens=4)
    model = Word2Vec(wiki.get_texts(), min_count=2, vector_size=8, workers=1)
    assert set(model.wv.index_to_key) == {"the", "ruled", "land", "of"}
    with pytest.raises(CorpusError, match="no such file"):
        next(WikiCorpus("missing.xml.bz2").get_texts())


@pytest.mark.parametrize(
    "options", [{"lemmatize": True}, {"metadata": True}, {"filter_namespaces": ("1",)}]
)
def test_what_the_reader_does_not_do_is_refused(dump: str, options: dict[str, Any]) -> None:
    with pytest.raises(NotOfferedError, match=rf"WikiCorpus\({next(iter(options))}=\) is not off"):
        WikiCorpus(dump, **options)
    with pytest.raises(NotOfferedError, match=r"go through get_texts\(\)"):
        iter(WikiCorpus(dump))


@pytest.mark.parametrize(
    ("module", "name", "instead"),
    [
        ("corpora", "Dictionary", "CountVectorizer"),
        ("corpora", "MmCorpus", "keep gensim beside"),
        ("corpora.dictionary", "Dictionary", "CountVectorizer"),
        ("models", "CoherenceModel", "topic models"),
        ("models.doc2vec", "Doc2Vec", "get_mean_vector"),
        ("models.doc2vec", "TaggedDocument", "get_mean_vector"),
        ("models.ldamodel", "LdaModel", "topic models"),
        ("models.tfidfmodel", "TfidfModel", "TfidfVectorizer"),
        ("models.translation_matrix", "TranslationMatrix", "lexiscope.compare"),
        ("models.word2vec", "LineSentencePath", "PathLineSentences"),
        ("similarities", "MatrixSimilarity", "keep gensim beside"),
        ("similarities.annoy", "AnnoyIndexer", "index='hnsw'"),
        ("utils", "SaveLoad", "pickle"),
    ],
)
def test_a_name_that_is_not_here_says_what_to_use(module: str, name: str, instead: str) -> None:
    import_module(f"gensim.{module}")  # is there in gensim
    with pytest.raises(NotOfferedError, match=f"gensim's {name} is not offered; .*{instead}"):
        getattr(import_module(f"lexiscope.gensim.{module}"), name)
    with pytest.raises(ImportError, match=f"{name} is not offered"):
        exec(f"from lexiscope.gensim.{module} import {name}")


def test_a_text_of_unknown_words_trains_nothing_and_says_so() -> None:
    model = Word2Vec(common_texts, min_count=1, vector_size=8)
    before = model.fingerprint()
    with pytest.warns(UserWarning, match=r"nothing was trained: no word .*'hello' 1×"):
        assert model.train([["hello", "world"]], total_examples=1, epochs=3) == (0, 6)
    assert model.fingerprint() == before
    assert model.train(common_texts, total_examples=9, epochs=1)[1] == 29
