"""What the story may say of a run, sentence by sentence, against the run's own arrays.

Every sentence has to be one of these, and each of its figures has to be the one that NumPy makes of
W, W′, the losses and the text; a sentence that nothing here knows is a fault as well.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope import data
from lexiscope.inspection import Recording
from tests.support.claims import cosines

Matrix = NDArray[Any]
TIMES = 100  # that scene 5 learns its pair again
TOGETHER = 2 / 3  # of the distance of words at large, or nearer: a group stands together
SMALLEST_GROUP = 4
ASKED_SHARE = 0.2  # of the run, in the film's bet
POWERS = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}


@dataclass(kw_only=True)
class Facts:
    """A run as its own arrays have it.

    Attributes:
        words: Row by row.
        counts: Of the words.
        inputs: W at the end.
        outputs: W′ at the end; None where it has no row a word.
        path: W of `film_words` at the snapshots that the page draws, by step or share.
        film_words: Rows of `path`'s matrices.
        steps: Of a recorded run; 0 of another one.
        parameters: Numbers of the model.
        recording: None where steps were not recorded.
        largest: Parameters of the largest model that the census knows, and its name.
    """

    words: Sequence[str]
    counts: Matrix
    inputs: Matrix
    outputs: Matrix | None
    path: Mapping[float, Matrix]
    film_words: Sequence[str]
    steps: int
    parameters: int
    recording: Recording | None
    largest: tuple[str, int]
    window: int
    dim: int

    def row(self, word: str) -> int:
        return list(self.words).index(word)

    def units(self, matrix: Matrix | None = None) -> Matrix:
        rows = (self.inputs if matrix is None else matrix).astype(np.float64)
        found: Matrix = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return found

    def nearest(self, word: str) -> list[tuple[str, float]]:
        """The other words by their cosine with this one, the nearest first."""
        units = self.units()
        scores = units @ units[self.row(word)]
        order = np.argsort(-scores, kind="stable")
        return [(self.words[i], float(scores[i])) for i in order if self.words[i] != word]


def number(text: str) -> float:
    return float(text.replace(",", "").replace("−", "-"))


def close(shown: str, figure: float, what: str) -> None:
    """What is shown is the figure, rounded to the digits that are shown."""
    digits = len(shown.partition(".")[2])
    assert abs(number(shown) - figure) <= 0.501 * 10**-digits, f"{what}: {shown} of {figure}"


def roughly(shown: str, figure: float, what: str) -> None:
    """`110 million` is the figure to two digits."""
    size, _, name = shown.partition(" ")
    value = number(size) * POWERS.get(name, 1)
    assert abs(value / figure - 1) <= 0.051, f"{what}: {shown} of {figure}"


Check = Callable[[Facts, "re.Match[str]", Mapping[str, Any]], None]
NUMBER = r"(−?[\d,]+(?:\.\d+)?)"


def nothing(_facts: Facts, _said: re.Match[str], _scene: Mapping[str, Any]) -> None:
    """Says nothing of this run."""


def hero_of(scene: Mapping[str, Any]) -> str:
    found = re.search(r"beside (\S+)\?$|like (\S+)’s?\.$", scene["question"])
    assert found, scene["question"]
    return found[1]


# Scene 0 ------------------------------------------------------------------------------------------


def opening_words(facts: Facts, said: re.Match[str], _scene: Mapping[str, Any]) -> None:
    assert number(said[1]) == len(facts.words)


def opening_reveal(facts: Facts, said: re.Match[str], scene: Mapping[str, Any]) -> None:
    (first, cosine), (second, other) = facts.nearest(hero_of(scene))[:2]
    assert said[1].lower() == first == scene["answer"]
    close(said[2], cosine, "cosine of the nearest word")
    assert said[3] == second
    close(said[4], other, "cosine of the second nearest word")
    for option in scene["options"]:
        assert option == first or dict(facts.nearest(hero_of(scene)))[option] < other + 1e-9


# Scene 1 ------------------------------------------------------------------------------------------


def guessed(facts: Facts, said: re.Match[str], scene: Mapping[str, Any]) -> None:
    assert facts.recording is not None
    hint, total = said[1].lower(), number(said[3])
    texts = [set(text.split()) for text in facts.recording.corpus.sentences]
    assert len(texts) == total
    assert sum(hint in text for text in texts) == number(said[2])
    both = sum({hint, said[5]} <= text for text in texts)
    assert both == number(said[4]) > 0
    assert said[5] == scene["answer"]
    wrong = {said[6], said[7], said[8]}
    assert wrong == set(scene["options"]) - {said[5]}
    assert not any(hint in text and wrong & text for text in texts)


def expected_beside(facts: Facts, said: re.Match[str], scene: Mapping[str, Any]) -> None:
    assert facts.outputs is not None
    hero = facts.row(said[2])
    scores = facts.units(facts.outputs) @ facts.units()[hero]
    scores[hero] = -2
    assert facts.words[int(scores.argmax())] == said[1].lower() == scene["answer"]
    close(said[3], float(scores.max()), "cosine of W′ with W of the hero")


# Scene 2 ------------------------------------------------------------------------------------------


def row_length(facts: Facts, said: re.Match[str], _scene: Mapping[str, Any]) -> None:
    assert number(said[1]) == facts.dim


def rows_reveal(facts: Facts, said: re.Match[str], _scene: Mapping[str, Any]) -> None:
    first, last = min(facts.path), max(facts.path)
    a, b = facts.film_words.index(said[2]), facts.film_words.index(said[3])
    for shown, time in ((said[1], first), (said[4], last)):
        matrix = facts.path[time]
        close(shown, float(cosines(matrix[[a]], matrix[[b]])[0]), f"cosine at {time}")
    assert number(said[4]) > number(said[1]), "like company, like numbers"


# Scene 3 ------------------------------------------------------------------------------------------


def window_width(facts: Facts, said: re.Match[str], _scene: Mapping[str, Any]) -> None:
    assert number(said[1]) == facts.window


def window_reveal(facts: Facts, said: re.Match[str], scene: Mapping[str, Any]) -> None:
    width = facts.window
    assert number(said[3]) == 2 * width
    kept = int(number(said[2]))
    pairs = sum(min(width, at) + min(width, kept - 1 - at) for at in range(kept))
    assert number(said[1]) == pairs != kept * 2 * width
    sentence = re.search(r"sentence=(\d+)", scene["more"])
    if facts.recording is None:
        assert sentence is None and said[4] is None
        return
    assert sentence is not None
    known = set(facts.words)
    text = facts.recording.corpus.sentences[int(sentence[1]) - 1].split()
    assert sum(word in known for word in text) == kept
    assert number(said[4]) == facts.recording.run.epoch_length
    assert said[5] == ("windows" if facts.recording.config.architecture == "cbow" else "pairs")


# Scenes 4 and 5 -----------------------------------------------------------------------------------


def step_number(facts: Facts, said: re.Match[str], scene: Mapping[str, Any]) -> None:
    assert facts.recording is not None
    step = facts.recording.step(int(number(said[1])))
    assert number(said[2]) == facts.steps
    assert facts.words[step.target] == scene["answer"]
    if facts.recording.config.architecture == "cbow":
        assert set(said[3].split(", ")) == set(step.context_words)
    else:
        assert step.center_word in scene["question"]


def step_reveal(facts: Facts, said: re.Match[str], scene: Mapping[str, Any]) -> None:
    assert facts.recording is not None
    found = re.search(r"Step ([\d,]+) of", scene["text"])
    assert found
    step = facts.recording.step(int(number(found[1])))
    losses = re.findall(NUMBER + r"\. Learning", scene["reveal"])
    close(losses[0], step.loss, "loss of the step")
    if facts.recording.config.loss == "softmax":
        assert said[1] == facts.words[step.target]
        close(said[2], 100 * step.probability, "probability of the target")
        assert (
            step.loss == np.float64(-np.log(step.probability)).astype(type(step.loss))
            or abs(step.loss + np.log(step.probability)) < 1e-5
        )
    picture = re.search(r"; (.+?) " + NUMBER + "(;|$)", scene["picture"])
    if picture:
        blind = {
            "softmax": np.log(len(facts.words)),
            "negative": len(step.labels) * np.log(2),
            "hierarchical": len(step.labels) * np.log(2),
        }[facts.recording.config.loss]
        close(picture[2], float(blind), picture[1])


def learned_again(facts: Facts, number_of_step: int) -> list[float]:
    """The target's probability before the step's example is learned, and after each time."""
    assert facts.recording is not None
    config = facts.recording.config
    step = facts.recording.step(number_of_step)
    inputs = step.before.inputs.astype(np.float64)
    outputs = step.before.outputs.astype(np.float64)
    bias = None if step.before.bias is None else step.before.bias.astype(np.float64)
    rows, asked = list(step.input_rows), np.asarray(step.output_rows)
    labels, rate = np.asarray(step.labels, np.float64), step.learning_rate
    classic = config.architecture == "cbow" and config.cbow_update == "classic"
    found = []
    for _ in range(TIMES + 1):
        hidden = inputs[rows].mean(axis=0)
        scores = outputs[asked] @ hidden + (0 if bias is None else bias[asked])
        if config.loss == "softmax":
            chances = np.exp(scores - scores.max())
            chances /= chances.sum()
            found.append(float(chances[labels > 0][0]))
        else:
            chances = 1 / (1 + np.exp(-scores))
            right = np.where(labels > 0, chances, 1 - chances)
            hs = config.loss == "hierarchical"
            found.append(float(right.prod() if hs else chances[labels > 0][0]))
        errors = chances - labels
        slope = errors @ outputs[asked]
        np.add.at(outputs, asked, -rate * errors[:, None] * hidden)
        if bias is not None:
            np.add.at(bias, asked, -rate * errors)
        np.add.at(inputs, rows, -rate * slope * (1 if classic else 1 / len(rows)))
    return found


def pull_reveal(facts: Facts, said: re.Match[str], scene: Mapping[str, Any]) -> None:
    step = re.search(r"step=(\d+)", scene["more"])
    assert step
    course = learned_again(facts, int(step[1]))
    for shown, time in ((said[1], 0), (said[2], 1), (said[3], TIMES)):
        close(shown, 100 * course[time], f"probability after {time} times")
    assert number(said[4]) == TIMES
    assert (said[5] is not None) == (facts.recording.config.optimizer == "adam")  # type: ignore[union-attr]
    close(scene["answer"].removesuffix(" %"), 100 * course[TIMES], "the right bet")


# Scene 6 ------------------------------------------------------------------------------------------


def on_the_map(facts: Facts) -> dict[float, Matrix]:
    """Words in the plane of the final W's two principal axes, at each snapshot."""
    end = facts.path[max(facts.path)].astype(np.float64)
    mean = end.mean(axis=0)
    _, _, axes = np.linalg.svd(end - mean, full_matrices=False)
    return {time: (matrix - mean) @ axes[:2].T for time, matrix in facts.path.items()}


def distances(points: Matrix) -> Matrix:
    apart = np.linalg.norm(points[:, None] - points[None], axis=2)
    found: Matrix = apart[np.triu_indices(len(points), 1)]
    return found


def film_groups(facts: Facts) -> dict[str, float | None]:
    """Since when, as a share of the run, each group stands together; None where it never does."""
    course = on_the_map(facts)
    times = sorted(course)
    usual = {time: distances(course[time]).mean() for time in times}
    found: dict[str, float | None] = {}
    for name, members in data.groups().items():
        places = [facts.film_words.index(word) for word in members if word in facts.film_words]
        if len(places) < SMALLEST_GROUP:
            continue
        since = None
        for time in reversed(times):
            # The upper one of the two middle distances where they are even.
            apart = np.sort(distances(course[time][places]))
            if apart[len(apart) // 2] > TOGETHER * usual[time]:
                break
            since = time / times[-1]
        found[name] = since
    return found


def film_reveal(facts: Facts, said: re.Match[str], scene: Mapping[str, Any]) -> None:
    course = on_the_map(facts)
    times = sorted(course)
    now = times[0] + ASKED_SHARE * (times[-1] - times[0])
    flat = np.array([course[time] for time in times])
    after = int(np.searchsorted(times, now, side="right"))
    part = (now - times[after - 1]) / (times[after] - times[after - 1])
    there = (1 - part) * flat[after - 1] + part * flat[after]
    apart = [np.linalg.norm(points - flat[-1], axis=1).sum() for points in (flat[0], there)]
    close(said[1], 100 * (1 - apart[1] / apart[0]), "of the way")
    assert scene["answer"] == f"{said[1]} %"
    assert number(said[2]) == len(facts.film_words)
    groups = film_groups(facts)
    formed = {name: since for name, since in groups.items() if since is not None}
    late = {name: since for name, since in formed.items() if since > 0}
    if said[3] is None:
        assert not late
        return
    assert (number(said[3]), number(said[4])) == (len(formed), len(groups))
    assert late[said[5]] == min(late.values())
    if said[6]:
        close(said[6], late[said[5]] * facts.steps, "step from which the first group stands")
    else:
        close(said[7], 100 * late[said[5]], "share from which the first group stands")


# Scene 7 ------------------------------------------------------------------------------------------


def summed(facts: Facts, scene: Mapping[str, Any]) -> list[tuple[str, float]]:
    terms = re.match(r"(\S+) − (\S+) \+ (\S+) is nearest", scene["question"])
    assert terms
    units = facts.units()
    b, a, c = (facts.row(word) for word in terms.groups())
    total = units[b] - units[a] + units[c]
    scores = units @ (total / np.linalg.norm(total))
    order = [int(row) for row in np.argsort(-scores, kind="stable") if row not in (a, b, c)]
    return [(facts.words[row], float(scores[row])) for row in order]


def sum_holds(facts: Facts, said: re.Match[str], scene: Mapping[str, Any]) -> None:
    (first, cosine), (second, other) = summed(facts, scene)[:2]
    assert said[1] == first == scene["answer"]
    close(said[2], cosine, "cosine of the sum with the nearest word")
    assert said[3] == second
    close(said[4], other, "cosine of the sum with the second word")
    assert 0 < number(said[8]) <= number(said[9])


def sum_fails(facts: Facts, said: re.Match[str], scene: Mapping[str, Any]) -> None:
    ranked = summed(facts, scene)
    assert said[1] == ranked[0][0] == scene["answer"] != said[3]
    close(said[2], ranked[0][1], "cosine of the sum with the nearest word")
    if said[4]:
        close(said[4], dict(ranked)[said[3]], "cosine of the sum with the expected word")
    people = re.search(r"People say (\S+)\. This model", scene["text"])
    assert people and people[1] == said[3]


# Scene 8 ------------------------------------------------------------------------------------------


def sorted_under(_facts: Facts, said: re.Match[str], scene: Mapping[str, Any]) -> None:
    assert said[1] in data.groups()[said[2]]
    assert scene["question"] == f"Which word is nearest to {said[1]}?"


def wrong_reveal(facts: Facts, said: re.Match[str], scene: Mapping[str, Any]) -> None:
    word = scene["question"].removeprefix("Which word is nearest to ").removesuffix("?")
    near = facts.nearest(word)
    group = {w: name for name, members in data.groups().items() for w in members}
    own = next(one for one in near if group.get(one[0]) == group[word])
    assert said[1] == near[0][0] == scene["answer"]
    assert group[said[1]] != group[word]
    close(said[2], near[0][1], "cosine of the nearest word")
    assert said[3] == own[0]
    close(said[4], own[1], "cosine of the nearest word of its group")


def lonely_reveal(facts: Facts, said: re.Match[str], scene: Mapping[str, Any]) -> None:
    word = scene["question"].removeprefix("Which word is nearest to ").removesuffix("?")
    first, cosine = facts.nearest(word)[0]
    assert said[1] == first == scene["answer"]
    close(said[2], cosine, "cosine of the nearest word")
    close(said[4], facts.nearest(said[3])[0][1], "cosine of a usual word’s nearest")
    assert number(said[4]) > number(said[2])


# Scene 9 ------------------------------------------------------------------------------------------


def scale_text(facts: Facts, said: re.Match[str], _scene: Mapping[str, Any]) -> None:
    assert number(said[1]) == facts.parameters
    assert number(said[2]) == len(facts.words)


def scale_reveal(facts: Facts, said: re.Match[str], scene: Mapping[str, Any]) -> None:
    name, parameters = facts.largest
    assert scene["question"].startswith(f"{name} is")
    roughly(said[1], parameters / facts.parameters, "times as large")
    size, unit = said[2].split()
    scale = {"M": 1e6, "B": 1e9, "T": 1e12}[unit]
    assert abs(number(size) * scale / parameters - 1) < 0.006


# Of each scene: whole sentences, and who holds their figures against the run.
SENTENCES: dict[int, list[tuple[str, Check]]] = {
    0: [
        (r"Which word will end up beside (\S+)\?", nothing),
        (
            NUMBER + r" words begin anywhere\. Every sentence read moves a few of them\. "
            r"Nobody tells the model what a word means\.",
            opening_words,
        ),
        (
            r"(\S+): cosine " + NUMBER + r", of at most 1\. The next, (\S+), has " + NUMBER
            + r"\. All it had was text\.",
            opening_reveal,
        ),
    ],
    1: [
        (r"Which word is missing\?", nothing),
        (
            r"You need no dictionary: the words around the gap tell you\. That is the game the "
            r"model plays, over and over\.",
            nothing,
        ),
        (
            r"(\S+) stands in (\d+) of the ([\d,]+) sentences here; in (\d+) of them with (\S+), "
            r"in none with (\S+), (\S+) or (\S+)\. A word is known by its company\.",
            guessed,
        ),
        (
            r"Guessing words from their company is what this model was trained to do\. "
            r"What does it expect beside (\S+)\?",
            nothing,
        ),
        (
            r"(\S+): of the rows for neighbours, its points most along (\S+)’s, with cosine "
            + NUMBER + r"\.",
            expected_beside,
        ),
    ],
    2: [
        (r"Which row is (\S+)’s\?", nothing),
        (
            r"A word is a row of " + NUMBER + r" numbers: blue above zero, orange below\. "
            r"One of the lower two is (\S+), the other (\S+)\.",
            row_length,
        ),
        (
            r"The rows began at random: cosine " + NUMBER + r" between (\S+) and (\S+)\. It ended "
            r"at " + NUMBER + r"\. Like company, like numbers\.",
            rows_reveal,
        ),
    ],
    3: [
        (r"How many pairs does this sentence make\?", nothing),
        (
            r"The window reaches " + NUMBER + r" words? to either side\. Each word in it makes a "
            r"pair with its centre(?: \(ours: the model’s text is not here\))?\. Drag it along\."
            r"(?: Struck words are left out\.)?",
            window_width,
        ),
        (
            NUMBER + r" pairs, not (\d+) × (\d+): at the ends the window hangs over\."
            r"(?: The whole text gives ([\d,]+) (pairs|windows)\. That is all it learns from\.)?",
            window_reveal,
        ),
    ],
    4: [
        (r"Which word stood (?:near \S+|in the middle)\?", nothing),
        (
            r"Step ([\d,]+) of ([\d,]+)\. (?:Around it: ([^.]+)\. )?The text has one answer here; "
            r"the model must bet on it\. So must you\.",
            step_number,
        ),
        (
            r"The model gave (\S+) " + NUMBER + r" %\. Its surprise is −ln of that: " + NUMBER
            + r"\. Learning means being surprised less\.",
            step_reveal,
        ),
        (
            r"Its surprise, the loss of all its (?:negative sampling|hierarchical softmax) "
            r"questions, is " + NUMBER + r"\. Learning means being surprised less\.",
            step_reveal,
        ),
    ],
    5: [
        (r"How sure after 100 times\?", nothing),
        (
            r"The same pair again: blue pulls (.+) towards (\S+), orange pushes it off what was "
            r"expected instead\. The learning rate η says how far\.",
            nothing,
        ),
        (
            NUMBER + r" % before, " + NUMBER + r" % after one, " + NUMBER + r" % after " + NUMBER
            + r"(, by plain descent \(this run used Adam\))?\. What happens where η is larger\?",
            pull_reveal,
        ),
    ],
    6: [
        (r"(?:[\d,]+ steps|One run) in ten seconds", nothing),
        (
            r"How much of the words’ way is done after a fifth of it\? Bet, then watch\. Choose a "
            r"word to follow it\.",
            nothing,
        ),
        (
            NUMBER + r" % of the way, averaged over " + NUMBER + r" words\.(?: (\d+) of (\d+) "
            r"groups, named here, end a third closer together than words at large; the first is "
            r"(.+), from (?:step ([\d,]+)|([\d.]+) %)\.)?",
            film_reveal,
        ),
    ],
    7: [
        (r"(\S+) − (\S+) \+ (\S+) is nearest to …\?", nothing),
        (
            r"Rows of numbers can be added\. Take the arrow from (\S+) to (\S+), and put its foot "
            r"on (\S+)\. (?:Where does it end\?|People say (\S+)\. This model\?)",
            nothing,
        ),
        (
            r"(\S+), cosine " + NUMBER + r"; next (\S+), " + NUMBER + r"\. (\S+), (\S+) and (\S+) "
            r"themselves do not count\. " + NUMBER + r" of the " + NUMBER + r" such sums tried "
            r"here comes? out\.",
            sum_holds,
        ),
        (
            r"(\S+) \(" + NUMBER + r"\), not (\S+?)(?: \(" + NUMBER + r"\))?\. Arrows are parallel "
            r"only as far as the text makes them so\.",
            sum_fails,
        ),
    ],
    8: [
        (r"Which word is nearest to (\S+)\?", nothing),
        (
            r"We sorted the words by meaning and put (\S+) under (.+)\. The model never saw that "
            r"list\.",
            sorted_under,
        ),
        (
            r"(\S+), at " + NUMBER + r", before (\S+), at " + NUMBER + r"\. It learned who stands "
            r"beside whom, not what things are\.",
            wrong_reveal,
        ),
        (
            r"Ask for neighbours and you get a list, always, even where nothing is near\.",
            nothing,
        ),
        (
            r"(\S+), at cosine " + NUMBER + r"\. The nearest of (\S+) has " + NUMBER
            + r"\. Being first in a list does not mean being near\.",
            lonely_reveal,
        ),
    ],
    9: [
        (r"(.+) is how many times as large\?", nothing),
        (
            r"This model has " + NUMBER + r" numbers for " + NUMBER + r" words\. The largest "
            r"language models begin with the same: a row of numbers for every token\.",
            scale_text,
        ),
        (
            r"(.+) times: ([\d.]+ [MBT]) numbers, learned by guessing words\. The next text can be "
            r"yours\.",
            scale_reveal,
        ),
    ],
}  # fmt: skip


def check_scene(facts: Facts, scene: Mapping[str, Any]) -> None:
    """Holds a scene's question, text and reveal against the run."""
    known = SENTENCES[scene["scene"]]
    for part in ("question", "text", "reveal"):
        said = scene[part]
        found = [(match, check) for shape, check in known if (match := re.fullmatch(shape, said))]
        assert found, f"scene {scene['scene']} says what nothing holds: {said!r}"
        for match, check in found:
            check(facts, match, scene)
    assert Counter(scene["options"])[scene["answer"]] == 1
