"""gensim's reader of Wikipedia's dumps: the words of each article."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from lexiscope.corpus.input.converting import decoded
from lexiscope.corpus.input.streams import TextInput, read_some
from lexiscope.corpus.input.wikipedia import articles
from lexiscope.corpus.preprocess import tokenize as words_of
from lexiscope.errors import NotOfferedError

TOKEN_MIN_LEN, TOKEN_MAX_LEN = 2, 15
ARTICLE_MIN_WORDS = 50

Tokenizer = Callable[[str, int, int, bool], list[str]]


def tokenize(
    content: str,
    token_min_len: int = TOKEN_MIN_LEN,
    token_max_len: int = TOKEN_MAX_LEN,
    lower: bool = True,
) -> list[str]:
    """The words of an article that are neither too short nor too long, in characters."""
    words = words_of(content, lower=lower)
    return [
        word
        for word in words
        if token_min_len <= len(word) <= token_max_len and not word.startswith("_")
    ]


class WikiCorpus:
    """The articles of a dump, to be gone through by `get_texts` any number of times.

    What an article's text is, is what `read_as="wikipedia"` has; `Word2Vec(corpus_file=dump,
    read_as="wikipedia")` trains on it without a file in between.

    Args:
        fname: A dump of pages, packed or not.
        processes, dictionary: Without effect: one thread reads, and no words are counted.
        lemmatize, metadata, filter_namespaces, filter_articles: As the defaults say.
        tokenizer_func: Of a text, the least and greatest length of a word, and whether to
            lower-case: its words.
        article_min_tokens: Shorter articles are left out.
        token_min_len, token_max_len, lower: For the tokenizer.

    Raises:
        NotOfferedError: Titles, other pages than articles, or lemmas are asked for.
    """

    def __init__(
        self,
        fname: str | os.PathLike[str],
        processes: int | None = None,
        lemmatize: Any = None,
        dictionary: Any = None,
        metadata: bool = False,
        filter_namespaces: tuple[str, ...] = ("0",),
        tokenizer_func: Tokenizer = tokenize,
        article_min_tokens: int = ARTICLE_MIN_WORDS,
        token_min_len: int = TOKEN_MIN_LEN,
        token_max_len: int = TOKEN_MAX_LEN,
        lower: bool = True,
        filter_articles: Any = None,
    ) -> None:
        del processes, dictionary
        asked = {
            "lemmatize": bool(lemmatize),
            "metadata": metadata,
            "filter_namespaces": tuple(filter_namespaces) != ("0",),
            "filter_articles": filter_articles is not None,
        }
        for name, is_asked in asked.items():
            if is_asked:
                raise NotOfferedError(
                    f"WikiCorpus({name}=) is not offered: the texts of articles are read, without "
                    f"their titles; keep gensim beside lexiscope for it"
                )
        self.fname = fname
        self.tokenizer_func = tokenizer_func
        self.article_min_tokens = article_min_tokens
        self.token_min_len = token_min_len
        self.token_max_len = token_max_len
        self.lower = lower
        self.length: int | None = None

    def __repr__(self) -> str:
        return f"WikiCorpus({os.fspath(self.fname)!r})"

    def __len__(self) -> int:
        if self.length is None:
            self.length = sum(1 for _ in self.get_texts())
        return self.length

    def __iter__(self) -> Iterator[Any]:
        raise NotOfferedError(
            "numbers of words (doc2bow) are not offered; go through get_texts(), or keep gensim "
            "beside lexiscope"
        )

    def get_texts(self) -> Iterator[list[str]]:
        """The words of each article that is long enough.

        Raises:
            CorpusError: The file is missing, no dump, damaged or cut.
            MissingExtraError: mwparserfromhell is not installed.
        """
        path = os.fspath(self.fname)
        stream = TextInput(path)
        read, count = partial(read_some, stream.readinto), 0
        try:
            for text in articles(decoded(read, "utf-8", path), path):
                words = self.tokenizer_func(
                    text, self.token_min_len, self.token_max_len, self.lower
                )
                if len(words) >= self.article_min_tokens:
                    count += 1
                    yield words
        finally:
            stream.close()
        self.length = count
