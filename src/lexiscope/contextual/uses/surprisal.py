"""Surprisal: how little a language model expected each word, in bits.

A causal model predicts a token from those before it, and a word's surprisal is the sum of its
tokens' (the chain rule). A masked model predicts a hidden token from all others; their sum is a
pseudo-log-likelihood (Salazar et al. 2020). There a long word's later tokens would give away the
earlier ones, so that by default they are hidden, too ("within_word_l2r": Kauf and Ivanova 2023).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from os import PathLike
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from lexiscope.checks import choice
from lexiscope.contextual.model.batches import batches
from lexiscope.contextual.model.forward import Forward
from lexiscope.contextual.model.heads import LanguageModel, Prediction, load_language_model
from lexiscope.contextual.model.hidden_states import HiddenStates
from lexiscope.contextual.model.library_errors import first_line, is_of_a_library
from lexiscope.contextual.options import UNNAMED_WINDOW, EncoderOptions, Precision, WordKind
from lexiscope.contextual.results import Segmented
from lexiscope.contextual.text.segmentation import Segmentation, segment
from lexiscope.contextual.text.tokenization import TextTokenizer
from lexiscope.contextual.text.windows import Limits, Window, plan_windows
from lexiscope.contextual.text.words import Sentence, Splitter
from lexiscope.errors import ConfigError, LexiscopeError

Ints = NDArray[np.int64]
Doubles = NDArray[np.float64]
Masking = Literal["within_word_l2r", "token"]

# Scores of a batch: tokens times the vocabulary.
_MOST_SCORES = 1 << 26


@dataclass(frozen=True, kw_only=True)
class Surprisals(Segmented):
    """S sentences with N words and T tokens in all (see `Segmented`).

    Attributes:
        bits: Of each word the sum over its tokens (N), those of several words shared among them in
            equal parts, so that none counts twice; NaN for a word without a token, and for one
            that nothing stands before in a causal model without a token of a text's beginning.
        token_bits: Of each token (T); NaN for special ones, and where there is nothing before.
        prediction: "causal" or "masked".
    """

    bits: Doubles
    token_bits: Doubles
    prediction: Prediction

    def rows(self) -> Iterator[dict[str, Any]]:
        """A row a word as plain data: sentence, place, word, start, end, pieces, bits (or None)."""
        words = self.segmentation.words
        for row, sentence in enumerate(words.sentences.owner().tolist()):
            start, end = words.spans[row].tolist()
            bits = float(self.bits[row])
            yield {
                "sentence": sentence,
                "place": int(words.places[row]),
                "word": words.spellings[row],
                "start": start,
                "end": end,
                "pieces": int(self.segmentation.pieces.counts[row]),
                "bits": None if np.isnan(bits) else bits,
            }

    def of(self, sentence: int) -> Doubles:
        """The words' bits of one sentence.

        Raises:
            IndexError: There is no such sentence.
        """
        return self.bits[self.segmentation.words.sentences[sentence]]


@dataclass(frozen=True)
class _Question:
    """A token to be predicted: the sequence, the place whose scores count, the token, its id."""

    ids: Ints
    place: int
    token: int
    answer: int


class Surprisal:
    """Surprisal of words by a language model.

    Example:
        Surprisal("gpt2").words(["The horse raced past the barn fell."]).bits

    Args:
        model: A folder, a model's id on the hub, or a model of transformers in memory, with its
            head.
        masking: Of a masked model: "within_word_l2r" hides a word's later tokens with each, "token"
            that token alone.
        beginning: Of a causal model whose tokenizer puts nothing in front: whether its token of a
            text's beginning is put there, as GPT-2's users do.
        words, dtype, device, batch_tokens, window, stride: See `EncoderOptions`.
        tokenizer: Of transformers, for a model in memory.

    Raises:
        ConfigError: An option is wrong, or the model predicts no tokens of a text.
        FormatError: There is no such model, or it has no weights for its head.
    """

    def __init__(
        self,
        model: str | PathLike[str] | Any,
        *,
        masking: Masking = "within_word_l2r",
        beginning: bool = True,
        words: WordKind = "words",
        dtype: Precision = "float32",
        device: str | None = None,
        batch_tokens: int | None = None,
        window: int | None = None,
        stride: int | None = None,
        tokenizer: Any = None,
    ) -> None:
        choice("masking", masking, get_args(Masking))
        self._options = EncoderOptions(
            words=words,
            dtype=dtype,
            device=device,
            batch_tokens=batch_tokens,
            window=window,
            stride=stride,
        )
        self.model: LanguageModel = load_language_model(model, tokenizer, self._options)
        body = self.model.body
        self._masking = masking
        self._forward = Forward(self.model.module, body.tokenizer, body.positions)
        self._tokenizer = TextTokenizer(body.tokenizer, body.forward.rows)
        self._states = HiddenStates(body)
        self._splitter = Splitter(words)
        self._begin = self._beginning() if beginning else None
        self._limits = Limits(window=self._window(), stride=stride, truncate=False)

    @property
    def first_word(self) -> str | None:
        """What stands before a text's first word, as the tokenizer spells it; None for nothing."""
        if self._begin is not None:
            return self._tokenizer.spellings([self._begin])[0]
        tokens = self._tokenizer.tokenize(["a"])
        front = int(tokens.inner[0, 0])
        return self._tokenizer.spellings(tokens.ids[:front].tolist())[-1] if front else None

    def words(self, sentences: Iterable[Sentence]) -> Surprisals:
        """The surprisal of each word.

        Args:
            sentences: As for `Encoder.encode`.

        Raises:
            CorpusError: One of them is no sentence.
            LexiscopeError: The model fails, for want of memory.
        """
        words = self._splitter.read(sentences).in_order()
        segmentation = segment(words, self._tokenizer, self._limits)
        windows = plan_windows(segmentation.tokens, segmentation.pieces, self._limits)
        causal = self.model.prediction == "causal"
        ask = self._causal if causal else self._masked
        questions = [question for window in windows for question in ask(segmentation, window)]
        bits = np.full(len(segmentation.tokens), np.nan)
        self._answer(questions, bits)
        pieces = segmentation.pieces
        sums = np.zeros(len(pieces.words))
        words_of = np.bincount(pieces.tokens, minlength=len(bits))
        np.add.at(sums, pieces.words.owner(), (bits / np.maximum(words_of, 1))[pieces.tokens])
        sums[pieces.missing] = np.nan
        return Surprisals(
            segmentation=segmentation,
            spelled=self._tokenizer.spelled(segmentation.tokens.ids),
            bits=sums,
            token_bits=bits,
            prediction=self.model.prediction,
        )

    def _causal(self, segmentation: Segmentation, window: Window) -> list[_Question]:
        """A window's tokens, each at the place before it; all share one sequence."""
        tokens = segmentation.tokens
        start = int(tokens.inner[window.text, 0])
        front = tokens.ids[tokens.sentences[window.text].start : start]
        if self._begin is not None:
            front = np.append(front, self._begin)
        ids = np.concatenate([front, tokens.ids[window.start : window.stop]])
        shift = len(front) - window.start
        return [
            _Question(ids, token + shift - 1, token, int(tokens.ids[token]))
            for token in range(window.kept_start, window.kept_stop)
            if token + shift > 0
        ]

    def _masked(self, segmentation: Segmentation, window: Window) -> list[_Question]:
        """A window's tokens, each hidden in a sequence of its own."""
        tokens, pieces = segmentation.tokens, segmentation.pieces
        start, stop = tokens.inner[window.text].tolist()
        whole = tokens.sentences[window.text]
        front, back = tokens.ids[whole.start : start], tokens.ids[stop : whole.stop]
        plain = np.concatenate([front, tokens.ids[window.start : window.stop], back])
        shift = len(front) - window.start
        ends = {}
        if self._masking == "within_word_l2r":
            words = segmentation.words.sentences[window.text]
            for word in range(words.start, words.stop):
                own = pieces.of(word)
                ends.update(dict.fromkeys(own, own[-1] + 1 if own else 0))
        questions = []
        for token in range(window.kept_start, window.kept_stop):
            ids = plain.copy()
            last = min(ends.get(token, token + 1), window.stop)
            ids[token + shift : last + shift] = self.model.body.tokenizer.mask_token_id
            questions.append(_Question(ids, token + shift, token, int(tokens.ids[token])))
        return questions

    def _answer(self, questions: list[_Question], bits: Doubles) -> None:
        """Puts each question's bits at its token; questions of one sequence are asked together."""
        groups: dict[int, list[_Question]] = {}
        for question in questions:
            groups.setdefault(id(question.ids), []).append(question)
        asked = list(groups.values())
        lengths = np.array([len(group[0].ids) for group in asked], np.int64)
        budget = self._states.batch_tokens(self._options.batch_tokens)
        vocabulary = max(1, int(self.model.module.config.get_text_config().vocab_size))
        budget = max(1, min(budget, _MOST_SCORES // vocabulary))
        for batch in batches(lengths, budget, self._states.apart(lengths)):
            self._ask([asked[number] for number in batch.tolist()], bits)

    def _ask(self, groups: list[list[_Question]], bits: Doubles) -> None:
        import torch

        rows = [row for row, group in enumerate(groups) for _ in group]
        questions = [question for group in groups for question in group]
        places = [question.place for question in questions]
        answers = torch.tensor([question.answer for question in questions])
        try:
            with torch.inference_mode():
                batch = self._forward.batch([group[0].ids for group in groups])
                scores = self._forward.call(batch).logits[rows, places].float()
                logarithms = scores.log_softmax(dim=-1).cpu()
        except Exception as error:
            if not is_of_a_library(error):
                raise
            raise LexiscopeError(
                f"model {self.model.title!r} fails ({first_line(error)}); give a smaller window, "
                "or a smaller batch_tokens"
            ) from error
        chosen = logarithms.gather(1, answers[:, None])[:, 0].double().numpy()
        bits[[question.token for question in questions]] = -chosen / np.log(2)

    def _beginning(self) -> int | None:
        """The token of a text's beginning that has to be put in front; None for none."""
        body = self.model.body
        tokens = self._tokenizer.tokenize(["a"])
        if self.model.prediction == "masked" or tokens.inner[0, 0] > 0:
            return None
        number = body.tokenizer.bos_token_id
        fits = isinstance(number, int) and 0 <= number < (body.forward.rows or number + 1)
        return number if fits else None

    def _window(self) -> int:
        most = self.model.body.positions
        if most is None:
            most = self._tokenizer.limit
        wanted = self._options.window
        if wanted is not None and most is not None and wanted > most:
            raise ConfigError(f"window={wanted}: the model can take {most} tokens at most")
        if wanted is None:
            wanted = UNNAMED_WINDOW if most is None else most
        return wanted - (0 if self._begin is None else 1)
