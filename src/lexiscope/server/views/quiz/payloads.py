"""The quiz: the run itself, of which the page makes its questions."""

from __future__ import annotations

from typing import ClassVar, Literal

from lexiscope.server.payloads.arrays import f32, i32
from lexiscope.server.payloads.base import BinaryPayload


class Replay(BinaryPayload):
    """What a browser needs to do any step of a recorded run again (`GET /api/replay`, binary).

    The file of `page` carries the same. See `replay_block.py` beside this for the arrays and how
    they are used.

    Attributes:
        steps: Of the run.
        epoch_length: Steps of a whole pass.
        keyframes: The kept weights: after so many steps; the first is 0, the last `steps`.
        learning_rate: Of every step.
        beta1, beta2, epsilon: Adam's constants.
        cbow_update: `exact`: each of n input rows moves by 1/n of the hidden vector's change;
            `classic`: by the whole.
    """

    arrays: ClassVar = {
        "order": i32("steps", meaning="The example, from 0, that step 1, 2, … learns"),
        "members": i32(
            "members",
            meaning="Example e's input rows: members[starts[e]] … members[starts[e + 1] − 1]",
        ),
        "starts": i32("examples+1"),
        "targets": i32("examples", meaning="Row of the word that each example predicts"),
        "negatives": i32(
            "steps", "slots", meaning="Rows of the step's negatives, −1 for an empty slot"
        ).only("only with sampled negatives"),
        "shifts": f32(
            "words", meaning="Logarithm of the negatives' expected number for each word"
        ).only("only with `nce`"),
        "tree_starts": i32(
            "words+1",
            meaning="Word w's path: tree_nodes[tree_starts[w]] … [tree_starts[w + 1] − 1]",
        ).only("only with `hierarchical`"),
        "tree_nodes": i32("path", meaning="Rows of W′ from the root down").only(
            "only with `hierarchical`"
        ),
        "tree_signs": f32("path", meaning="+1 asks for σ(score) = 1 (label 1), −1 for 0").only(
            "only with `hierarchical`"
        ),
        "inputs": f32("keyframes", "words", "dim", meaning="W after keyframes[c] steps"),
        "outputs": f32("keyframes", "rows", "dim", meaning="W′ likewise"),
        "bias": f32("keyframes", "words", meaning="Of the output layer").only(
            "only for next-word with softmax"
        ),
        "first_in": f32(
            "keyframes", "words", "dim", meaning="Adam's running mean of the gradient"
        ).only("only with Adam"),
        "first_out": f32(
            "keyframes", "rows", "dim", meaning="Adam's running mean of the gradient"
        ).only("only with Adam"),
        "second_in": f32(
            "keyframes", "words", "dim", meaning="Adam's running mean of the gradient's square"
        ).only("only with Adam"),
        "second_out": f32(
            "keyframes", "rows", "dim", meaning="Adam's running mean of the gradient's square"
        ).only("only with Adam"),
        "first_bias": f32("keyframes", "words").only("only with Adam and a bias"),
        "second_bias": f32("keyframes", "words").only("only with Adam and a bias"),
    }

    steps: int
    epoch_length: int
    words: int
    vector_size: int
    architecture: Literal["skipgram", "cbow", "next-word"]
    loss: Literal["softmax", "negative", "hierarchical", "nce"]
    optimizer: Literal["sgd", "adam"]
    keyframes: list[int]
    learning_rate: float
    beta1: float
    beta2: float
    epsilon: float
    cbow_update: Literal["exact", "classic"]
