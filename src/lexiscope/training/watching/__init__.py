"""Instruments beside a run: held-out loss, gauges, stability, callbacks."""
