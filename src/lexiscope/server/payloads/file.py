"""What only the page in one file carries."""

from __future__ import annotations

from typing import Literal

from lexiscope.server.payloads.base import Payload


class WholeVectors(Payload):
    """All vectors, for a page without a server to search them itself (in its file, binary).

    Arrays:
        inputs: float32 (V, D); outputs: float32 (V, D), only where W′ has a row a word.
    """

    words: int
    vector_size: int


class Replay(Payload):
    """What a browser needs to do any step of a recorded run again (in the file of `page`, binary).

    See `lexiscope.server.single_file` for the arrays and how they are used.

    Attributes:
        steps: Of the run.
        epoch_length: Steps of a whole pass.
        checkpoints: Snapshots of the states: after so many steps; the first is 0, the last `steps`.
        learning_rate: Of every step.
        beta1, beta2, epsilon: Adam's constants.
        cbow_update: `exact`: each of n input rows moves by 1/n of the hidden vector's change;
            `classic`: by the whole.
    """

    steps: int
    epoch_length: int
    words: int
    vector_size: int
    architecture: Literal["skipgram", "cbow", "next-word"]
    loss: Literal["softmax", "negative", "hierarchical"]
    optimizer: Literal["sgd", "adam"]
    checkpoints: list[int]
    learning_rate: float
    beta1: float
    beta2: float
    epsilon: float
    cbow_update: Literal["exact", "classic"]
