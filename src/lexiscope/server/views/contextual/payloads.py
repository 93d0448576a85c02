"""Contextual vectors: words in their sentences, in a pretrained transformer."""

from __future__ import annotations

from typing import ClassVar, Literal

from lexiscope.server.payloads.arrays import f32
from lexiscope.server.payloads.base import BinaryPayload, Payload


class ContextualModel(Payload):
    """The transformer (`GET /api/contextual/model`; it is loaded when this is first asked for).

    Attributes:
        name: The folder's name or the id on the hub.
        family: As its configuration calls it (`bert`, `gpt2`).
        layers: L; there are the layers 0 (what enters the first) to L.
        dim: D of each.
        window: Tokens that it sees at a time, None where it names no limit.
        vocabulary: Tokens that its tokenizer knows.
        characters: Of a sentence, at most.
        front: The token that lone words are put behind; "" for none.
    """

    name: str
    family: str
    layers: int
    dim: int
    window: int | None
    vocabulary: int
    characters: int
    front: str


class ContextualToken(Payload):
    """A token of a sentence.

    Attributes:
        token: As the tokenizer spells it.
        id: In the vocabulary.
        start, end: Where it stands in the sentence, in characters (Unicode code points).
        special: Whether the tokenizer added it by itself.
    """

    token: str
    id: int
    start: int
    end: int
    special: bool


class ContextualWord(Payload):
    """A word of a sentence.

    Attributes:
        word: Its spelling.
        start, end: Where it stands in the sentence, in characters (Unicode code points).
        pieces: The numbers of its tokens; none where the tokenizer leaves it out.
    """

    word: str
    start: int
    end: int
    pieces: list[int]


class ContextualSentence(Payload):
    """A sentence, its tokens and its words (`GET /api/contextual/sentence?text=`)."""

    text: str
    tokens: list[ContextualToken]
    words: list[ContextualWord]


class ContextualVector(Payload):
    """A word's vector in its sentence."""

    word: str
    vector: list[float]
    norm: float


class ContextualVectors(Payload):
    """One or two words (`GET /api/contextual/vectors?text=&word=&layers=&combine=&pooling=`).

    Attributes:
        layers: Those that were combined, as numbers from 0 to L.
        cosine: Of the two words; None where one was asked for.
    """

    layers: list[int]
    words: list[ContextualVector]
    cosine: float | None


class ContextualLayers(Payload):
    """Two words compared layer by layer (`GET /api/contextual/layers?text=&word=&pooling=`).

    Attributes:
        words: The two words.
        cosines: Of the two, one for each of the layers 0 to L.
        others: The mean over all pairs of differently spelled words, one from each sentence; None
            where there is no such pair.
    """

    words: list[str]
    cosines: list[float]
    others: list[float | None]


class ContextualEstimate(Payload):
    """A measure of a layer.

    Attributes:
        value: A mean of cosines; None where nothing can be told.
        half: Half of its 95 % interval; None where there are too few for one.
        of: How many words, or sentences, it is of.
    """

    value: float | None
    half: float | None
    of: int


class ContextualLayerMeasures(Payload):
    """One layer on some sentences (`contextual.uses.layer_report.LayerMeasures`).

    Attributes:
        layer: 0 is what enters the first.
        anisotropy: The cosine that different words in different sentences may be expected to have.
        self_similarity: The mean cosine of a word with itself in other sentences.
        intra_sentence: The mean cosine of a sentence's words with their mean.
        outliers: How many outlier dimensions it has.
        outlier_part: What they add to the anisotropy, as a cosine.
    """

    layer: int
    anisotropy: ContextualEstimate
    self_similarity: ContextualEstimate
    intra_sentence: ContextualEstimate
    outliers: int
    outlier_part: float


class ContextualReport(BinaryPayload):
    """Every layer on some sentences (`GET /api/contextual/report?text=`, binary).

    Attributes:
        sentences: Different ones.
        occurrences: Their words, for the anisotropy and CKA.
        words: Those that stand in two sentences or more.
        layers: 0 to L.
    """

    arrays: ClassVar = {
        "cka": f32("layers", "layers", meaning="CKA of each layer with each, on the same words"),
    }

    sentences: int
    occurrences: int
    words: int
    layers: list[ContextualLayerMeasures]


class ContextualNear(Payload):
    """A word near a contextual vector."""

    word: str
    cosine: float


class ContextualNeighbors(Payload):
    """The static words nearest to one contextual vector.

    Attributes:
        mean: Of its cosines with all words that were looked at; None for the served words.
    """

    word: str
    mean: float | None
    nearest: list[ContextualNear]


Among = Literal["model", "served"]


class ContextualNearest(Payload):
    """Nearest static words (`GET /api/contextual/nearest?…&among=&topn=`, `…` as for `vectors`).

    Attributes:
        among: `model`: words of the model's own vocabulary, each alone through the same layers;
            `served`: the vectors that are being served, which must have as many numbers.
        of: How many words were looked at.
        same_space: Whether the words' vectors come from the same layers of the same model, so that
            a cosine has a meaning; for `served` by what the file says of itself.
    """

    among: Among
    of: int
    same_space: bool
    words: list[ContextualNeighbors]


class ContextualTokens(BinaryPayload):
    """Tokens with tokens (`GET /api/contextual/tokens?text=&layers=&combine=`, binary)."""

    arrays: ClassVar = {
        "cosines": f32(
            "tokens",
            "others",
            meaning="The first sentence's tokens with the second's, or with its own",
        ),
    }

    tokens: list[str]
    other_tokens: list[str]
    layers: list[int]
