"""Spark's Word2Vec, in an interpreter of its own that has pyspark and needs nothing of ours.

    PYTHON benchmarks/spark_word2vec.py TEXT VECTORS CORES DIMENSION EPOCHS SEED

Writes the vectors as word2vec text, and prints the version and the seconds from the text to the
model, without the start of Java, as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any


def main(text: str, vectors: str, cores: int, dimension: int, epochs: int, seed: int) -> None:
    """Trains and writes."""
    import pyspark
    from pyspark.ml.feature import Word2Vec
    from pyspark.sql import SparkSession
    from pyspark.sql.functions import split

    # The least that lets what is collected pass; everything else is Spark's own.
    session: Any = (
        SparkSession.builder.master(f"local[{cores}]")
        .config("spark.driver.memory", "6g")
        .config("spark.ui.enabled", "false")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    estimator = Word2Vec(
        vectorSize=dimension,
        minCount=5,
        numPartitions=cores,
        stepSize=0.025,
        maxIter=epochs,
        windowSize=5,
        seed=seed,
        inputCol="words",
        outputCol="vectors",
    )
    began = time.perf_counter()
    lines = session.read.text(text).select(split("value", " ").alias("words"))
    model = estimator.fit(lines)
    seconds = time.perf_counter() - began
    rows = [row for row in model.getVectors().collect() if row.word]
    with Path(vectors).open("w", encoding="utf-8") as out:
        out.write(f"{len(rows)} {dimension}\n")
        for row in rows:
            out.write(f"{row.word} {' '.join(f'{value:.7g}' for value in row.vector)}\n")
    session.stop()
    print(json.dumps({"seconds": seconds, "version": pyspark.__version__}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:7]))
