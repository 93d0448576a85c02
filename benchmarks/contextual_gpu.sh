#!/usr/bin/env bash
# Tokens a second of contextual vectors on a GPU: end to end, and the bare forward passes. One run
# takes less than five minutes and needs nothing but this folder, PyTorch and transformers.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ -z "${PYTHON:-}" ]; then
	PYTHON=python3
	[ ! -x .venv/bin/python ] || PYTHON=.venv/bin/python
fi
export PYTHONPATH="src:.${PYTHONPATH:+:$PYTHONPATH}" HF_HUB_OFFLINE=1 PYTHONUNBUFFERED=1
exec timeout 290 "$PYTHON" -m benchmarks.contextual_gpu "$@"
