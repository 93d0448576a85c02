"""What Blueprint says of a run, against the run's own arrays and text.

Whatever has a digit in it has to be known here, and every figure is computed again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from lexiscope.inspection import Recording
from tests.support.told import NUMBER, Facts, close, number

Check = Callable[[Facts, "re.Match[str]"], None]
FEW = 20_000  # numbers that a reader could look at one by one
TASKS = {"skipgram": "Skip-gram", "cbow": "CBOW"}
LOSSES = {
    "softmax": "Softmax",
    "negative": "Negative sampling",
    "hierarchical": "Hierarchical softmax",
}


def equal(said: str, figure: float) -> None:
    assert number(said) == figure, f"{said} of {figure}"


def text_of(facts: Facts) -> Recording:
    assert facts.recording is not None, "the text of this model is not there"
    return facts.recording


def kept(facts: Facts, sentence: str) -> list[int]:
    rows = {word: row for row, word in enumerate(facts.words)}
    return [rows[word] for word in sentence.split() if word in rows]


def pairs_of(facts: Facts, sentence: str) -> list[tuple[int, int]]:
    """Center and context, by place among the kept words."""
    count = len(kept(facts, sentence))
    return [
        (at, to)
        for at in range(count)
        for to in range(max(0, at - facts.window), min(count, at + facts.window + 1))
        if to != at
    ]


def first_sentence(facts: Facts) -> str:
    return text_of(facts).corpus.sentences[0]


def model_lines(facts: Facts, said: re.Match[str]) -> None:
    from lexiscope.server.program import model_lines as lines

    equal(said[1], sum(bool(line.text.strip()) for line in lines(text_of(facts)).lines))


def bottleneck(facts: Facts, said: re.Match[str]) -> None:
    equal(said[1], len(facts.words))
    equal(said[2], facts.dim)
    assert facts.dim < len(facts.words)


def parameters(facts: Facts, said: re.Match[str]) -> None:
    equal(said[1], facts.parameters)
    assert ("few enough" in said[0]) == (facts.parameters <= FEW) or said[0].startswith("All")


def beside(facts: Facts, said: re.Match[str]) -> None:
    other = number(said[1])
    if said[2]:
        close(said[2], other / facts.parameters, "times as many")
    elif said[3]:
        close(said[3], facts.parameters / other, "one in so many")
    elif said[4]:
        scale = {"M": 1e6, "B": 1e9}[said[5]]
        assert abs(number(said[4]) * scale * facts.parameters / other - 1) < 0.006
    else:
        assert other == facts.parameters


def steps(facts: Facts, said: re.Match[str]) -> None:
    examples = text_of(facts).run.epoch_length
    equal(said[1], facts.steps)
    close(said[2], facts.steps / examples, "passes")
    equal(said[3], examples)


def choice(facts: Facts, said: re.Match[str]) -> None:
    if facts.recording is None:
        return
    config = facts.recording.config
    known = {"Task": TASKS[config.architecture], "Loss": LOSSES[config.loss]}
    assert said[2].startswith(known.get(said[1], "Gradient descent")), said[0]


def sentences(facts: Facts, said: re.Match[str]) -> None:
    corpus = text_of(facts).corpus
    equal(said[1], len(corpus.sentences))
    stop = {word for word, _ in corpus.stopwords}
    left = [[word for word in text.split() if word not in stop] for text in corpus.sentences]
    used = sum(len(words) >= 2 for words in left)
    equal(said[2] or said[1], used)


def all_sentences(facts: Facts, said: re.Match[str]) -> None:
    equal(said[1], len(text_of(facts).corpus.sentences))


def start(facts: Facts, said: re.Match[str]) -> None:
    """Evenly: within the bounds, up to both, and half of them nearer to 0 than half way."""
    weights = text_of(facts).weights(0)
    for matrix in (weights.inputs, weights.outputs):
        least, most = float(matrix.min()), float(matrix.max())
        assert -number(said[1]) <= least < -0.95 * number(said[1])
        assert 0.95 * number(said[2]) < most <= number(said[2])
        assert abs(float((np.abs(matrix) < number(said[2]) / 2).mean()) - 0.5) < 0.1


def others(_facts: Facts, _said: re.Match[str]) -> None:
    """Of the other models: nothing of this run."""


def words_read(facts: Facts, said: re.Match[str]) -> None:
    equal(said[1], sum(len(text.split()) for text in text_of(facts).corpus.sentences))


def vocabulary(facts: Facts, said: re.Match[str]) -> None:
    equal(said[1], len(facts.words))


def examples(facts: Facts, said: re.Match[str]) -> None:
    run = text_of(facts)
    equal(said[1], run.run.epoch_length)
    of_sentences = [pairs_of(facts, text) for text in run.corpus.sentences]
    cbow = run.config.architecture == "cbow"
    windows = [
        len({center for center, _ in pairs}) if cbow else len(pairs) for pairs in of_sentences
    ]
    equal(said[1], sum(windows))


def share(facts: Facts, said: re.Match[str]) -> None:
    run = text_of(facts)
    read = Counter(word for text in run.corpus.sentences for word in text.split())
    known = set(facts.words)
    stop = {word for word, _ in run.corpus.stopwords}
    of = {
        "trained on": [word for word in read if word in known],
        "stop words": [word for word in read if word in stop],
        "too rare": [word for word in read if word not in stop and word not in known],
    }[said[1]]
    tokens = sum(read[word] for word in of)
    equal(said[2], tokens)
    close(said[3], 100 * tokens / sum(read.values()), f"share of {said[1]}")
    equal(said[4], len(of))


def ends(facts: Facts, said: re.Match[str]) -> None:
    counts = dict(zip(facts.words, np.asarray(facts.counts).tolist(), strict=True))
    ordered = sorted(counts.values(), reverse=True)
    drawn = int(number(said[1])) if said[1] else len(ordered)
    if said[2]:
        equal(said[2], len(ordered))
    assert counts[said[3]] == number(said[4]) == ordered[0]
    assert counts[said[5]] == number(said[6]) == ordered[drawn - 1]


def own_pairs(facts: Facts, said: re.Match[str]) -> None:
    sentence = first_sentence(facts)
    centers = [facts.words[row] for row in kept(facts, sentence)]
    found = {centers[at]: 0 for at in range(len(centers))}
    for center, _ in pairs_of(facts, sentence):
        found[centers[center]] += 1
    equal(said[1], found[said[2]])


def all_pairs(facts: Facts, said: re.Match[str]) -> None:
    pairs = pairs_of(facts, first_sentence(facts))
    cbow = said[2].startswith("example")
    equal(said[1], len(kept(facts, first_sentence(facts))) if cbow else len(pairs))


def trained_times(facts: Facts, said: re.Match[str]) -> None:
    run = text_of(facts).run
    rows = {word: row for row, word in enumerate(facts.words)}
    pair = (rows[said[1]], rows[said[2]])
    members, targets = run.examples.members, run.examples.targets
    starts = run.examples.starts
    hits = [
        step + 1
        for step, example in enumerate(run.order.tolist())
        if (int(members[starts[example]]), int(targets[example])) == pair
    ]
    if said[3]:
        equal(said[3], len(hits))
        equal(said[4], hits[0])
    else:
        assert not hits


def station(facts: Facts, said: re.Match[str]) -> None:
    name, size = said[1], said[3]
    sizes = {"x": len(facts.words), "h": facts.dim}
    if name in ("one-hot", "row of W", "mean of rows of W"):
        equal(size, sizes[said[2]])
    elif facts.recording is not None:
        asked = {"softmax": len(facts.words), "negative": facts.recording.config.negative + 1}
        equal(size, asked[facts.recording.config.loss])


SENTENCES: list[tuple[str, Check]] = [
    (
        NUMBER + r" lines of PyTorch are all there is: two tables of numbers, and dot products "
        r"between them\. A line with an edge has a note\.",
        model_lines,
    ),
    (
        r"The way of a word\. ?" + NUMBER + r" possible words have to pass through " + NUMBER
        + r" numbers\. To predict well nevertheless, .* have to share theirs\.",
        bottleneck,
    ),
    (NUMBER + r" numbers, few enough to look at each of them in Weights\.", parameters),
    (NUMBER + r" numbers are too many to read one by one; Explore asks them instead\.", parameters),
    (r"All ?" + NUMBER, parameters),
    (
        NUMBER + r"(?: " + NUMBER + r" × as many| 1 in " + NUMBER + r" of them|"
        r" ([\d.]+) ([MB]) × as many)?",
        beside,
    ),
    (r"Steps " + NUMBER + r" " + NUMBER + r" passes over " + NUMBER + r" examples?", steps),
    (r"(Task|Loss|Optimizer) (.*)", choice),
    (
        r"Sentences " + NUMBER + r" (?:all|" + NUMBER + r") with two words or more that "
        r"are no stop words",
        sentences,
    ),
    (NUMBER + r" sentences", all_sentences),
    (
        r"The start is noise: every number is drawn evenly between −([\d.]+) and ([\d.]+)\. "
        r"Whatever order the vectors show later comes from the text\.(?: See it at work)?",
        start,
    ),
    (r"Beside models that are known\..* GPT-4 is missing: its shape was never published\.", others),
    (r"Words read " + NUMBER + r" .*", words_read),
    (r"Vocabulary " + NUMBER + r" different words", vocabulary),
    (r"Examples " + NUMBER + r" one a step, in a pass", examples),
    (
        r"(trained on|stop words|too rare) ?" + NUMBER + r" ([\d.]+) % " + NUMBER
        + r" different words?",
        share,
    ),
    (
        r"How often each word stands in the text\. ?(?:The " + NUMBER + r" most frequent of "
        + NUMBER + r" words?\. )?From “(.+)”, " + NUMBER + r" times, to “(.+)”, " + NUMBER
        + r" times?\.",
        ends,
    ),
    (NUMBER + r" pairs? with “(\S+)” at the center", own_pairs),
    (r"All " + NUMBER + r" (pairs?|examples?) of the sentence", all_pairs),
    (
        r"(\S+) → (\S+) (?:trained " + NUMBER + r" times?, first at step " + NUMBER
        + r"|in no step of this run)",
        trained_times,
    ),
    (r"(one-hot|row of W|mean of rows of W|scores|softmax|sigmoid) ([xhzPσ]) " + NUMBER
     + r" numbers?.*", station),
    (r"loss L 1 number.*", lambda _facts, _said: None),
    (r"(?:scores|sigmoid) [zσ] a few numbers.*", lambda _facts, _said: None),
    (r"center (?:looked up|to be predicted) −1, \+1 in the window: .*", lambda _f, _s: None),
]  # fmt: skip


def check_line(facts: Facts, said: str) -> list[str]:
    """Holds a text against the run; gives the shapes of sentences that it has."""
    found = [
        (match, one, shape) for shape, one in SENTENCES if (match := re.fullmatch(shape, said))
    ]
    assert found or not re.search(r"\d", said), f"Blueprint says what nothing holds: {said!r}"
    for match, one, _ in found:
        one(facts, match)
    return [shape for _, _, shape in found]


def check(facts: Facts, prose: Sequence[str]) -> None:
    """Holds every text with a digit in it against the run."""
    met = {shape for said in prose for shape in check_line(facts, said)}
    wanted = 16 if facts.recording is not None else 4
    assert len(met) >= wanted, sorted(met)
