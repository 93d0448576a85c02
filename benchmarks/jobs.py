"""The inside of a measured process: reads a request on stdin, answers in JSON on stdout.

`python -m benchmarks.jobs` is what `benchmarks.runner` starts. Each job has a process of its own,
so that its peak memory is its own. Imports and a training on a few lines come before the clock.
"""

from __future__ import annotations

import importlib
import json
import platform
import resource
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import opens
from benchmarks.measurement import (
    ALPHA,
    NEGATIVE,
    SAMPLE,
    WINDOW,
    Job,
    Measurement,
)
from benchmarks.zipf import write_zipf

PAIR_TESTS = {"WordSim-353": "wordsim353.tsv", "SimLex-999": "simlex999.txt"}
ANALOGIES = {"analogies": "questions-words.txt"}
_SGEMM_SIZE = 2048
_SGEMM_TIMES = 8


def run(
    job: Job, text: str, warm_up: str, seed: int, tests: str | None, vectors: str
) -> Measurement:
    """Does a job.

    Args:
        job: What to do.
        text: Plain file, one sentence a line.
        warm_up: A few lines, for what must not be timed.
        seed: Of the training.
        tests: Folder with the word pairs and analogies; None: no evaluation.
        vectors: Folder with the vectors files that are opened.
    """
    if job.work == "about":
        return Measurement(about=_about())
    if job.work == "sgemm":
        return _sgemm()
    if job.file is not None:
        begin = opens.prepare(job, Path(vectors))
        before = peak_bytes()
        measured = opens.measure(job, begin)
        measured.peak_bytes = peak_bytes()
        measured.grown_bytes = measured.peak_bytes - before
        return measured
    if job.work == "phrases":
        _phrases(job.system, warm_up)
        return _phrases(job.system, text)
    measure = _lexiscope if job.system == "lexiscope" else _gensim
    measure(job, warm_up, seed)
    if job.work == "baseline":
        return Measurement(peak_bytes=peak_bytes())
    if job.words:
        text = str(zipf_path(Path(vectors), job))
    before = written_bytes()
    if job.words and job.system == "lexiscope":
        measured = _session(job, text, seed)
        trained: tuple[list[str], Any] = ([], None)
    else:
        measured, trained = measure(job, text, seed)
    measured.peak_bytes = peak_bytes()
    measured.written_bytes = written_bytes() - before
    if tests is not None and job.work == "train":
        measured.quality = evaluated(*trained, Path(tests))
    return measured


def accepts_schedule() -> bool:
    """Whether this Lexiscope has schedules to choose from."""
    import inspect

    from lexiscope import Word2Vec

    return "schedule" in inspect.signature(Word2Vec).parameters


def peak_bytes() -> int:
    """The process's largest resident memory.

    Linux keeps ru_maxrss across exec, so that a child starts with its parent's; VmHWM is the same
    figure without that.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def written_bytes() -> int:
    """Bytes that the process has handed to the system to be written; 0 where that is not told."""
    try:
        lines = Path("/proc/self/io").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next(int(line.split()[1]) for line in lines if line.startswith("wchar:"))


def zipf_path(folder: Path, job: Job) -> Path:
    """Where the made-up text of a job lies."""
    return folder / f"zipf-{job.words}-{job.tokens}.txt"


def make_texts(folder: Path, jobs: Iterable[Job]) -> None:
    """Writes the made-up texts of some jobs, where there are any."""
    for job in jobs:
        path = zipf_path(folder, job)
        if job.words and not path.exists():
            write_zipf(path, words=job.words, tokens=job.tokens)


def _options(job: Job, seed: int) -> dict[str, Any]:
    """The constructor's, the same for both systems."""
    hierarchical = job.loss == "hierarchical"
    return {
        "vector_size": job.dimension,
        "window": WINDOW,
        "min_count": job.min_count,
        "sample": SAMPLE,
        "alpha": ALPHA,
        "min_alpha": job.min_alpha,
        "sg": int(job.architecture == "skipgram"),
        "hs": int(hierarchical),
        "negative": 0 if hierarchical else NEGATIVE,
        "epochs": 1,
        "workers": job.workers,
        "seed": seed,
    }


def _lexiscope(job: Job, text: str, seed: int) -> tuple[Measurement, tuple[list[str], Any]]:
    import lexiscope

    Word2Vec: Any = lexiscope.FastText if job.subwords else lexiscope.Word2Vec
    options = _options(job, seed)
    if job.schedule is not None and accepts_schedule():
        options["schedule"] = job.schedule
    if job.work == "vocabulary":
        model = Word2Vec(**options)
        began = time.perf_counter()
        model.build_vocab(corpus_file=text)
        seconds = {"vocabulary": time.perf_counter() - began}
        return Measurement(seconds=seconds, tokens=model.corpus_total_words), ([], None)
    began = time.perf_counter()
    model = Word2Vec(corpus_file=text, **options)
    whole = time.perf_counter() - began
    report = model.corpus_report
    if report is None:
        raise RuntimeError("no corpus report after training")
    # All that is not reading counts as training: fresh weights and the fingerprint too.
    result = model.wv.metadata["result"]
    measured = Measurement(
        seconds={
            "vocabulary": report.seconds,
            "train": whole - report.seconds,
            "whole": whole,
            "kernels": float(result["seconds"]),
        },
        tokens=report.tokens,
        pairs=int(result["pairs"]),
        centers=int(result["windows"]),
    )
    return measured, (model.wv.index_to_key, model.wv.vectors)


def _session(job: Job, text: str, seed: int) -> Measurement:
    """A run as the command line makes it, with what it announces and what watching takes."""
    from lexiscope.corpus import VocabularyOptions
    from lexiscope.training import TrainingConfig, TrainingSession
    from lexiscope.training.events import Event, MemoryEstimated

    told: list[Event] = []
    names = ("vector_size", "window", "sample", "alpha", "min_alpha", "negative", "epochs", "seed")
    options = {name: value for name, value in _options(job, seed).items() if name in names}
    if job.schedule is not None:
        options["schedule"] = job.schedule
    config = TrainingConfig(architecture=job.architecture, **options)
    began = time.perf_counter()
    session = TrainingSession(
        config,
        vocabulary=VocabularyOptions(min_count=job.min_count),
        workers=job.workers,
        tell=told.append,
    )
    with session.read(files=text) as corpus:
        read = time.perf_counter()
        run = session.begin()
        session.train(gauge=True)
        ended = time.perf_counter()
        tokens = corpus.report.tokens
    return Measurement(
        seconds={
            "vocabulary": read - began,
            "train": ended - read,
            "whole": ended - began,
            "watching": run.state.allowance.spent,
        },
        tokens=tokens,
        pairs=run.totals.all_pairs,
        centers=run.totals.centers,
        announced_bytes=next(e.estimate.total for e in told if isinstance(e, MemoryEstimated)),
    )


def _gensim(job: Job, text: str, seed: int) -> tuple[Measurement, tuple[list[str], Any]]:
    from gensim import models

    model = (models.FastText if job.subwords else models.Word2Vec)(**_options(job, seed))
    began = time.perf_counter()
    model.build_vocab(corpus_file=text)
    built = time.perf_counter()
    seconds = {"vocabulary": built - began}
    if job.work != "vocabulary":
        model.train(
            corpus_file=text,
            total_examples=model.corpus_count,
            total_words=model.corpus_total_words,
            epochs=1,
        )
        ended = time.perf_counter()
        seconds |= {"train": ended - built, "whole": ended - began}
    measured = Measurement(seconds=seconds, tokens=int(model.corpus_total_words))
    return measured, (list(model.wv.index_to_key), model.wv.vectors)


def _phrases(system: str, text: str) -> Measurement:
    """Phrases of a text found: out of the file, out of lists of words, and of phrases."""
    kinds: Any = importlib.import_module(
        "gensim.models.phrases" if system == "gensim" else "lexiscope.gensim.models.phrases"
    )
    readers: Any = importlib.import_module(
        "gensim.models.word2vec" if system == "gensim" else "lexiscope.gensim.models.word2vec"
    )
    began = time.perf_counter()
    phrases = kinds.Phrases(readers.LineSentence(text))
    counted = time.perf_counter()
    frozen = phrases.freeze()
    seconds = {"file": counted - began, "freeze": time.perf_counter() - counted}
    began = time.perf_counter()
    kinds.Phrases(phrases[readers.LineSentence(text)])
    seconds["again"] = time.perf_counter() - began
    sentences = list(readers.LineSentence(text))
    began = time.perf_counter()
    kinds.Phrases(sentences)
    seconds["lists"] = time.perf_counter() - began
    began = time.perf_counter()
    for sentence in sentences:
        frozen[sentence]
    seconds["join"] = time.perf_counter() - began
    return Measurement(seconds=seconds, tokens=int(phrases.corpus_word_count))


def evaluated(words: list[str], vectors: Any, tests: Path) -> dict[str, float]:
    """Spearman's correlations and the share of right analogies, by one evaluator for both."""
    from lexiscope.errors import ConfigError
    from lexiscope.vectors import KeyedVectors
    from lexiscope.vectors.evaluation import analogies, word_pairs

    table = KeyedVectors(words, vectors)
    found: dict[str, float] = {}
    for name, file in PAIR_TESTS.items():
        if (tests / file).exists():
            try:
                found[name] = float(word_pairs(table, tests / file).spearman)
            except ConfigError:
                continue  # a small text knows none of the words
    for name, file in ANALOGIES.items():
        if (tests / file).exists():
            report = analogies(table, tests / file)
            if report.total:
                found[name] = report.accuracy
    return found


def _sgemm() -> Measurement:
    """The best of several float32 matrix products; the caller sets the number of threads."""
    import numpy as np

    rng = np.random.default_rng(1)
    shape = (_SGEMM_SIZE, _SGEMM_SIZE)
    one, other = (rng.random(shape, dtype=np.float32) for _ in range(2))
    out = np.empty(shape, np.float32)
    best = float("inf")
    for _ in range(_SGEMM_TIMES):
        began = time.perf_counter()
        np.matmul(one, other, out=out)
        best = min(best, time.perf_counter() - began)
    return Measurement(rate=2 * _SGEMM_SIZE**3 / best)


def _about() -> dict[str, Any]:
    import gensim
    import numba
    import numpy as np
    from gensim.models.word2vec import CORPUSFILE_VERSION, FAST_VERSION

    import lexiscope

    config: Any = np.show_config(mode="dicts")
    blas = config.get("Build Dependencies", {}).get("blas", {})
    return {
        "python": platform.python_version(),
        "lexiscope": lexiscope.__version__,
        "numpy": np.__version__,
        "numba": numba.__version__,
        "gensim": gensim.__version__,
        "blas": f"{blas.get('name', 'unknown')} {blas.get('version', '')}".strip(),
        "fast_version": FAST_VERSION,
        "corpusfile_version": CORPUSFILE_VERSION,
        "schedule": accepts_schedule(),
    }


def main() -> None:
    """Answers one request."""
    request = json.load(sys.stdin)
    job = Job(**request.pop("job"))
    measured = run(job, **request)
    json.dump(asdict(measured), sys.stdout)


if __name__ == "__main__":
    main()
