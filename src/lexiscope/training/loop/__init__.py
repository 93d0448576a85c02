"""The training loop: epochs, schedules, state, weights and their guard."""
