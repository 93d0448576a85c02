"""What the server's routes answer: typed payloads, and the arrays that travel beside them.

A payload that comes with arrays ("binary") is sent as one safetensors document of the content type
`application/vnd.safetensors`: its header's `__metadata__` holds the payload as JSON under the key
`payload`, its tensors are the arrays that the class names. All other payloads are JSON, in which a
number that is not finite is null.

Words stand in payloads as rows of the vocabulary; `Vocabulary` has their spellings, sent once.
"""

from __future__ import annotations

from lexiscope.server.payloads.base import (
    Payload,
    Problem,
)
from lexiscope.server.payloads.file import (
    Replay,
    WholeVectors,
)
from lexiscope.server.payloads.subject import (
    Features,
    Group,
    Option,
    Subject,
    Vocabulary,
)
from lexiscope.server.views.blueprint.payloads import (
    Census,
    CodeLine,
    Comparison,
    Corpus,
    Layer,
    Model,
    NumberedSentence,
    SentencePairs,
    Sentences,
    SentenceWord,
    WordCount,
)
from lexiscope.server.views.code.payloads import (
    CommandOption,
    Experiment,
    Program,
    ProgramSection,
    SourcePart,
)
from lexiscope.server.views.contextual.payloads import (
    Among,
    ContextLayers,
    ContextModel,
    ContextNear,
    ContextNearest,
    ContextNeighbors,
    ContextSentence,
    ContextToken,
    ContextTokens,
    ContextVector,
    ContextVectors,
    ContextWord,
)
from lexiscope.server.views.explore.payloads import (
    Analogy,
    AnalogyTerm,
    FoundWord,
    FoundWords,
    Neighbors,
    Norms,
    SimilarityList,
    Space,
    WordComparison,
)
from lexiscope.server.views.journey.payloads import (
    AnalogyAnswer,
    AnalogyOverTime,
    Convergence,
    LossCurve,
    MatricesOverTime,
    Near,
    NeighborEvolution,
    NeighborsAt,
    Scorecard,
    Trajectories,
    WatchedWords,
)
from lexiscope.server.views.walkthrough.payloads import (
    CheckedMatrix,
    Examples,
    GradientCheck,
    StepState,
)
from lexiscope.server.views.weights.payloads import (
    Similarity,
    TwoVectors,
    WeightMatrices,
)

__all__ = [
    "Among",
    "Analogy",
    "AnalogyAnswer",
    "AnalogyOverTime",
    "AnalogyTerm",
    "Census",
    "CheckedMatrix",
    "CodeLine",
    "CommandOption",
    "Comparison",
    "ContextLayers",
    "ContextModel",
    "ContextNear",
    "ContextNearest",
    "ContextNeighbors",
    "ContextSentence",
    "ContextToken",
    "ContextTokens",
    "ContextVector",
    "ContextVectors",
    "ContextWord",
    "Convergence",
    "Corpus",
    "Examples",
    "Experiment",
    "Features",
    "FoundWord",
    "FoundWords",
    "GradientCheck",
    "Group",
    "Layer",
    "LossCurve",
    "MatricesOverTime",
    "Model",
    "Near",
    "NeighborEvolution",
    "Neighbors",
    "NeighborsAt",
    "Norms",
    "NumberedSentence",
    "Option",
    "Payload",
    "Problem",
    "Program",
    "ProgramSection",
    "Replay",
    "Scorecard",
    "SentencePairs",
    "SentenceWord",
    "Sentences",
    "Similarity",
    "SimilarityList",
    "SourcePart",
    "Space",
    "StepState",
    "Subject",
    "Trajectories",
    "TwoVectors",
    "Vocabulary",
    "WatchedWords",
    "WeightMatrices",
    "WholeVectors",
    "WordComparison",
    "WordCount",
]
