"""The model in a few lines of PyTorch, to read beside ours and to check ours against.

`lexiscope record` computes the same numbers, step by step; an export names this class as its model.
The page shows a whole script of this kind for each run, out of `lexiscope.server.script`.
"""

from __future__ import annotations

from collections.abc import Iterable

from lexiscope.errors import MissingExtraError

try:
    import torch
    from torch import nn
except ImportError as error:
    raise MissingExtraError("the PyTorch twin of the model", "torch") from error


class SkipGram(nn.Module):
    def __init__(self, words: int, dim: int) -> None:
        super().__init__()
        self.W = nn.Embedding(words, dim)
        self.W_prime = nn.Linear(dim, words, bias=False)
        for weights in self.parameters():
            nn.init.uniform_(weights, -0.5, 0.5)

    def forward(self, center: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        hidden = self.W(center)
        logits = self.W_prime(hidden)
        return hidden, logits


def train(model: SkipGram, pairs: Iterable[tuple[int, int]], lr: float) -> list[float]:
    """The plain loop: one pair a step, gradient descent on the cross-entropy.

    Args:
        model: Trained in place.
        pairs: (center, context) of each step.
        lr: Learning rate.

    Returns:
        Each step's loss.
    """
    cross_entropy = nn.CrossEntropyLoss()
    losses = []
    for center, context in pairs:
        model.zero_grad()
        _, logits = model(torch.tensor([center]))
        loss = cross_entropy(logits, torch.tensor([context]))
        loss.backward()
        with torch.no_grad():
            for weights in model.parameters():
                if weights.grad is not None:
                    weights.sub_(lr * weights.grad)
        losses.append(loss.item())
    return losses
