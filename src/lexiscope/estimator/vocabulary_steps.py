"""Vocabulary and weights of a model, in gensim's steps: scan, prepare, make weights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

import numpy as np

from lexiscope.checks import flag
from lexiscope.corpus.input.dataset_rows import sentences_in
from lexiscope.corpus.input.lines import TextLines
from lexiscope.corpus.input.sentence_ends import sentences_of
from lexiscope.errors import CorpusError, SentencesError, StateError
from lexiscope.estimator.arguments import one_text, text_options
from lexiscope.estimator.counting import (
    NULL_WORD,
    Chooser,
    Retained,
    RunningCounts,
    TrimRule,
    retained,
)
from lexiscope.estimator.model import Model
from lexiscope.training.assembling import counted
from lexiscope.training.run import Run, fresh_run
from lexiscope.training.session_text import Files, Sentences

# Bytes of a word's entry by gensim's own estimate: with a path in the tree, and without.
_WORD_BYTES, _WORD_BYTES_OF_TREE = 500, 700


class VocabularySteps(Model):
    """What makes a model's vocabulary, and fresh weights for it."""

    def build_vocab(
        self,
        corpus_iterable: Sentences | None = None,
        corpus_file: Files | None = None,
        update: bool = False,
        progress_per: int = 10_000,
        keep_raw_vocab: bool = False,
        trim_rule: TrimRule | None = None,
        **kwargs: Any,
    ) -> None:
        """Reads a text for its words and makes fresh weights; trains nothing.

        Args:
            corpus_iterable, corpus_file: The text, as in the constructor.
            update: Keep the words and weights there are, and add the text's new words after them
                (those that min_count lets in by their count in this text); counts are added up.
            progress_per: Without effect.
            keep_raw_vocab: Whether to keep the counts of all the text's words as `raw_vocab`.
            trim_rule: Called with (word, count, min_count) of each word; says whether to keep it:
                1 discards it, 2 keeps it, 0 leaves it to its count.
            kwargs: `min_count`, `sample` and `dry_run`, as for `prepare_vocab`; gensim 3's
                `sentences`.

        Raises:
            CorpusError: The text cannot be trained on: a RuntimeError, and a TypeError where it is
                no iterable of lists of words.
            TrainingError: There is not enough memory.
        """
        del progress_per
        steps = {
            name: kwargs.pop(name) for name in ("min_count", "sample", "dry_run") if name in kwargs
        }
        corpus_iterable = text_options("build_vocab", kwargs).get(
            "corpus_iterable", corpus_iterable
        )
        one_text(corpus_iterable, corpus_file)
        if steps:
            self.scan_vocab(corpus_iterable, corpus_file, trim_rule=trim_rule)
            self.prepare_vocab(update, keep_raw_vocab, trim_rule, **steps)
            return
        before = self._built().vocabulary.tokens if flag("update", update) else ()
        sentences, files, chooser = self._choosing(
            corpus_iterable, corpus_file, trim_rule, keep=keep_raw_vocab, before=before
        )
        if update:
            self._take_changes()
            session = self._ready()
            session.extend(self._initial, files=files, sentences=sentences, rule=chooser)
        else:
            session = self._ready().afresh()  # what fails leaves the model as it was
            session.rule = chooser
            with session.read(files=files, sentences=sentences):
                session.begin(self._initial)
            session.rule = None
            self._session = session
        if chooser is not None and keep_raw_vocab:
            self.raw_vocab = chooser.raw
        else:
            self.raw_vocab = {}
        self._note_text()
        self._forget()

    def _choosing(
        self,
        sentences: Sentences | None,
        files: Files | None,
        trim_rule: TrimRule | None,
        *,
        keep: bool = False,
        before: Iterable[str] = (),
    ) -> tuple[Sentences | None, Files | None, Chooser | None]:
        """A text, and who chooses its vocabulary where the options alone do not say it."""
        usual = trim_rule is None and not self.max_vocab_size and self.sorted_vocab
        if usual and not keep and not self.null_word:
            return sentences, files, None
        running = None
        if self.max_vocab_size:
            running = RunningCounts(self.max_vocab_size, trim_rule)
            sentences, files = running.passing(self._sentences_of(sentences, files)), None
        chooser = Chooser(
            self._vocabulary_options(),
            trim_rule,
            running,
            is_sorted=bool(self.sorted_vocab),
            before=list(before),
            null_word=bool(self.null_word),
        )
        return sentences, files, chooser

    def _sentences_of(self, sentences: Sentences | None, files: Files | None) -> Iterable[Any]:
        """The sentences of a text, wherever it comes from.

        Raises:
            SentencesError: What is given is no iterable of sentences.
        """
        form = self._session.tokenizer.text
        if files is not None:
            return iter(TextLines(files, form))
        sentences = sentences_in(sentences)
        if isinstance(sentences, str | bytes) or not isinstance(sentences, Iterable):
            raise SentencesError(
                f"sentences is of type {type(sentences).__name__}: expected an iterable of "
                f"sentences, each a string or a list of words"
            )
        return sentences_of(sentences) if form.split_sentences else sentences

    def _note_text(self) -> None:
        """Notes what the vocabulary is of."""
        report = self._session.corpus_report
        if report is not None:
            self.corpus_count = report.sentences + report.empty_sentences
            self.corpus_total_words = report.tokens
            self.effective_min_count = report.effective_min_count

    # The steps one by one

    def scan_vocab(
        self,
        corpus_iterable: Sentences | None = None,
        corpus_file: Files | None = None,
        progress_per: int = 10_000,
        workers: int | None = None,
        trim_rule: TrimRule | None = None,
    ) -> tuple[int, int]:
        """Counts a text's words, as `raw_vocab`.

        Args:
            corpus_iterable, corpus_file: The text, as in the constructor.
            progress_per, workers: Without effect.
            trim_rule: See `build_vocab`; where `max_vocab_size` prunes the counts.

        Returns:
            (tokens, sentences).
        """
        del progress_per, workers
        one_text(corpus_iterable, corpus_file)
        running = RunningCounts(self.max_vocab_size, trim_rule)
        for _ in running.passing(self._sentences_of(corpus_iterable, corpus_file)):
            pass
        self.raw_vocab = running.counts
        return running.tokens, running.sentences

    def prepare_vocab(
        self,
        update: bool = False,
        keep_raw_vocab: bool = False,
        trim_rule: TrimRule | None = None,
        min_count: int | None = None,
        sample: float | None = None,
        dry_run: bool = False,
    ) -> dict[str, int]:
        """Makes the vocabulary out of `raw_vocab`, with fresh weights.

        Args:
            update: Keep the words there are, and add those that are new.
            keep_raw_vocab: Whether to keep `raw_vocab`.
            trim_rule: See `build_vocab`.
            min_count, sample: Instead of the model's own, which they become.
            dry_run: Change nothing; only tell what would become of the counts.

        Returns:
            drop_unique: words left out; retain_total: tokens kept; downsample_unique: words that
            `sample` thins out; downsample_total: tokens that it leaves, about; num_retained_words.

        Raises:
            StateError: There are no raw counts, or no vocabulary to update.
        """
        if self.raw_vocab is None:
            raise StateError("there are no raw counts; call scan_vocab or build_vocab first")
        least = min_count if min_count else self.min_count
        threshold = sample if sample else self.sample
        kept = retained(self.raw_vocab, least, self.max_final_vocab, trim_rule)
        report = _report(self.raw_vocab, kept, threshold)
        if dry_run:
            return report
        self.min_count, self.sample = least, threshold
        if update:
            self._add_counted(kept)
        else:
            self._begin_with(kept)
        self.effective_min_count = kept.min_count
        if not keep_raw_vocab:
            self.raw_vocab = {}
        return report

    def _begin_with(self, kept: Retained) -> None:
        """Fresh weights for the words of the raw counts that are kept."""
        raw = cast(Mapping[Any, int], self.raw_vocab)
        words = [(word, raw[word]) for word in kept.words]
        if self.null_word:
            words.append((NULL_WORD, 1))
        if self.sorted_vocab:
            words.sort(key=lambda pair: pair[1], reverse=True)
        if not words:
            raise CorpusError(
                f"none of {len(raw):,} words occurs at least {kept.min_count:,} times; set "
                f"min_count lower, or give more text"
            )
        vocabulary, integers = counted(words)
        run = fresh_run(vocabulary, self._ready().config)
        run.integers = integers
        self._session = self._session.afresh()
        self._take_run(run)

    def _add_counted(self, kept: Retained) -> None:
        """More words behind those there are."""
        run, raw = self._built(), cast(Mapping[Any, int], self.raw_vocab)
        self._take_changes()
        run = self._built()
        there = run.keys()
        new = [word for word in kept.words if str(word) not in run.vocabulary]
        vocabulary, integers = counted([(word, raw.get(word, 0)) for word in [*there, *new]])
        run.integers = integers
        self._ready().extend_by(vocabulary)
        self._forget()

    def _take_run(self, run: Run) -> None:
        """Takes weights that were made elsewhere."""
        self._session.take_run(run)
        if self._initial is not None:
            self._session.initial_report = self._initial.put_into(run)
        self._forget()

    def prepare_weights(self, update: bool = False) -> None:
        """Makes the weights after `prepare_vocab`: fresh ones, or with `update` for new words."""
        if update:
            self.update_weights()
        else:
            self.init_weights()

    def init_weights(self) -> None:
        """Fresh weights for the vocabulary there is; what was trained is gone.

        Raises:
            StateError: There is no vocabulary.
        """
        before = self._built()
        run = fresh_run(before.vocabulary, self._ready().config)
        run.integers = before.integers
        self._take_run(run)

    def update_weights(self) -> None:
        """Weights for new words, which they have already; gensim's second step.

        Raises:
            StateError: There is no vocabulary.
        """
        self._take_changes()

    def build_vocab_from_freq(
        self,
        word_freq: Mapping[Any, int],
        keep_raw_vocab: bool = False,
        corpus_count: int | None = None,
        trim_rule: TrimRule | None = None,
        update: bool = False,
    ) -> None:
        """Makes the vocabulary out of counts, with fresh weights.

        Args:
            word_freq: Word → count.
            keep_raw_vocab: Whether to keep them as `raw_vocab`.
            corpus_count: Sentences of the text that they are of.
            trim_rule: See `build_vocab`.
            update: Keep the words there are, and add those that are new; counts are added up.

        Raises:
            CorpusError: No word is frequent enough: a RuntimeError.
        """
        self.raw_vocab = dict(word_freq)
        self.corpus_count = 0 if corpus_count is None else corpus_count
        self.prepare_vocab(update, keep_raw_vocab, trim_rule)

    def reset_from(self, other_model: Model) -> None:
        """Takes another model's vocabulary, with fresh weights of this one's own options.

        Args:
            other_model: Whose words, counts and size of the text are taken.

        Raises:
            StateError: It has no vocabulary.
        """
        other = other_model._built()
        run = fresh_run(other.vocabulary, self._ready().config)
        run.integers = other.integers
        self._take_run(run)
        self.corpus_count = other_model.corpus_count
        self.corpus_total_words = other_model.corpus_total_words
        self.effective_min_count = other_model.effective_min_count

    def add_null_word(self) -> None:
        """Adds gensim's word for "none", `\\0`, of count 1, where it is not yet."""
        self.raw_vocab = {NULL_WORD: 1}
        if NULL_WORD not in self._built().vocabulary:
            self._add_counted(Retained([NULL_WORD], 1, 0, 0))
        self.raw_vocab = {}

    def create_binary_tree(self) -> None:
        """Without effect: the tree of hierarchical softmax follows from the counts."""

    def make_cum_table(self, domain: int = 2**31 - 1) -> None:
        """Sets `cum_table`: counts ** ns_exponent added up, scaled so that the last is `domain`.

        Args:
            domain: The largest entry.
        """
        counts = self._built().vocabulary.counts.astype(np.float64)
        added = np.cumsum(counts ** float(self.ns_exponent))
        self._cum_table = np.rint(added / added[-1] * domain).astype(np.uint32)

    @property
    def cum_table(self) -> Any:
        """uint32 (V,), see `make_cum_table`; None before there is a vocabulary.

        For scripts that draw words themselves: training draws from a table of its own.
        """
        run = self._session.run
        if run is None:
            return None
        if self._cum_table is None or len(self._cum_table) != len(run.vocabulary):
            self.make_cum_table()
        return self._cum_table

    @cum_table.setter
    def cum_table(self, table: Any) -> None:
        self._cum_table = table

    def estimate_memory(
        self, vocab_size: int | None = None, report: dict[str, int] | None = None
    ) -> dict[str, int]:
        """Bytes that a model takes, by gensim's estimate.

        What a training takes here is told, and refused where it does not fit, before it begins.

        Args:
            vocab_size: Words; by default those there are.
            report: What is known already, by name, to be added to.
        """
        words = vocab_size if vocab_size else len(self.wv)
        matrix = words * self.vector_size * np.dtype(np.float32).itemsize
        tree = flag("hs", self.hs)
        found = dict(report or {})
        found["vocab"] = words * (_WORD_BYTES_OF_TREE if tree else _WORD_BYTES)
        found["vectors"] = matrix
        if tree:
            found["syn1"] = matrix
        if self.negative:
            found["syn1neg"] = matrix
        found["total"] = sum(found.values())
        return found


def _report(raw: Mapping[Any, int], kept: Retained, sample: float) -> dict[str, int]:
    """What would become of raw counts, as `prepare_vocab` tells it."""
    counts = np.array([raw[word] for word in kept.words], np.float64)
    total = int(counts.sum())
    shares = np.ones(len(counts))
    if sample and total:
        threshold = sample * total
        shares = np.minimum((np.sqrt(counts / threshold) + 1) * (threshold / counts), 1.0)
    return {
        "drop_unique": kept.dropped_words,
        "retain_total": total,
        "downsample_unique": int(np.count_nonzero(shares < 1)),
        "downsample_total": int((shares * counts).sum()),
        "num_retained_words": len(kept.words),
    }
