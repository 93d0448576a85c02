"""gensim.test.utils: nine titles as lists of words, and places for temporary files.

The titles are the published example of Deerwester et al. 1990, table 2, without words that occur
once. Of gensim's folder of test data there is nothing here: `datapath` names the file that is
missing.
"""

from __future__ import annotations

from lexiscope.corpus.scripting import datapath, get_tmpfile, temporary_file
from lexiscope.data import deerwester_titles

common_texts = deerwester_titles()

__all__ = ["common_texts", "datapath", "get_tmpfile", "temporary_file"]
