#!/usr/bin/env bash
# Training on a GPU: the tests that need one, then words a second and quality as Markdown tables, beside the
# CPU's and, where it is installed, gensim's. Made for a bare machine that can be had for minutes only: an
# NVIDIA GPU with its driver, Linux, Python 3.11 or later, no network. It ends within five minutes.
#
# What must be there, or be carried as wheels in the folder .whl beside this one's parent (they are
# installed without their dependencies into a temporary folder, and nothing else is touched):
#   to train       numpy, numba, llvmlite, safetensors, regex, zstandard, threadpoolctl, psutil, and
#                  cupy-cuda12x with nvidia-cuda-nvrtc-cu12 and cuda-pathfinder (or cupy-cuda13x with
#                  nvidia-cuda-nvrtc): numba must be one that knows the NumPy at hand
#   for the tests  pytest, hypothesis, with iniconfig, pluggy, packaging, sortedcontainers, attrs
#   beside it      gensim with smart_open and scipy: left out where they are missing
#   the text       books.txt.xz, wordsim353.tsv, simlex999.txt and questions-words.txt, in ../shared/data,
#                  shared/data, or where CORPUS names the first of them
# On a machine that has PyTorch, CuPy and Numba, zstandard is what is left to carry. CuPy for CUDA 12 and
# NVRTC are 137 and 90 MB, which is too much for some ways of carrying.
#
#   benchmarks/gpu.sh                          tests and tables
#   TESTS=no benchmarks/gpu.sh --seconds 100   tables only, rows that begin within 100 seconds
#   TESTS=no benchmarks/gpu.sh --device emulated --megabytes 1 --seconds 60 --words 5000 \
#     --positions 200000 --long 400000         tries the program on a machine without a GPU
set -euo pipefail
cd "$(dirname "$0")/.."
if [ -z "${PYTHON:-}" ]; then
	PYTHON=python3
	[ ! -x .venv/bin/python ] || PYTHON=.venv/bin/python
fi
export PYTHONPATH="src:.${PYTHONPATH:+:$PYTHONPATH}" PYTHONUNBUFFERED=1
if compgen -G ".whl/*.whl" >/dev/null; then
	SITE=$(mktemp -d)
	trap 'rm -rf "$SITE"' EXIT
	"$PYTHON" -m pip install -q --no-index --no-deps --no-compile --no-cache-dir --target "$SITE" .whl/*.whl
	export PYTHONPATH="$PYTHONPATH:$SITE"
	# CuPy looks for NVIDIA's libraries among installed packages, of which these are none.
	for folder in "$SITE"/nvidia/*/lib; do
		export LD_LIBRARY_PATH="$folder${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
	done
fi
if [ -z "${CORPUS:-}" ]; then
	CORPUS=../shared/data/books.txt.xz
	[ -f "$CORPUS" ] || CORPUS=shared/data/books.txt.xz
fi
# Kernels that Numba compiles go where this user may write.
export NUMBA_CACHE_DIR="${NUMBA_CACHE_DIR:-${TMPDIR:-/tmp}/lexiscope-numba-$(id -u)}"
failed=0
if [ "${TESTS:-yes}" != no ]; then
	timeout 90 "$PYTHON" -m pytest -m gpu tests/training/test_gpu_device.py -q -p no:cacheprovider ||
		failed=$?
fi
timeout 205 "$PYTHON" -m benchmarks.gpu --corpus "$CORPUS" "$@" || failed=$?
exit "$failed"
