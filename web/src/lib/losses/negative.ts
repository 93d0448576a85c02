/** Negative sampling: the target against a few words that were drawn (Mikolov et al. 2013). */
import { negativesOf, type ReplayBlock } from '$lib/replay/block';
import { type LossColumn, type LossStep, type RunOption, SCORE } from './base';
import { sigmoid } from './numerics';
import { ANSWER, askedOf, Questions, sigmaOf } from './questions';

class NegativeSampling extends Questions {
  readonly name = 'negative';
  readonly title = 'Negative sampling';
  readonly note = 'the true word against some drawn ones';
  override readonly measures =
    'How badly the model tells true words from drawn ones: −log of the probability that it gives to the right answers. Lower is better.';
  override readonly besideItself = ': drawn as a negative beside itself, it is a wrong answer.';
  override readonly options = ['negative', 'ns_exponent'];

  scored(_words: number, options: readonly RunOption[]) {
    return {
      size: askedOf(options),
      does: 'a dot product with W′ for the true word and each one drawn',
    };
  }

  readonly scoresLead =
    'Only the target and a few words drawn at random, the negatives, get a score: the dot ' +
    'product of their rows u of W′ with h. The rest of the vocabulary is left alone, which is ' +
    'why this is fast.';
  readonly probabilities = {
    title: 'Sigmoid: a question of yes or no',
    short: 'sigmoid',
    lead:
      'σ turns a score into the probability that the pair was seen in the text. It should be ' +
      '1 for the target and 0 for each negative.',
  };
  lossLead(): string {
    return (
      'Each question costs minus the logarithm of the probability of its right answer: σ for the ' +
      'target, 1 − σ for a negative. The loss is their sum.'
    );
  }
  readonly pulledTowards = 'the target’s row';
  readonly pushedFrom = 'the rows of the negatives, each by its σ';

  rowNote(step: LossStep, place: number): string {
    return place === step.targetPlace ? 'target' : 'negative';
  }
  readonly columns: readonly LossColumn[] = [SCORE, sigmaOf('z'), ANSWER];
  override readonly repeatedRow =
    'drawn more than once: each time the row stood where the time before had left it';

  readonly probabilitySymbols = String.raw`\sigma(z_w) = \frac{1}{1 + e^{-z_w}}`;
  readonly lossSymbols = String.raw`L = -\ln \sigma(z_o) - \sum_{k} \ln\bigl(1 - \sigma(z_k)\bigr)`;
  readonly forceSymbols = String.raw`\underbrace{\sum_k \sigma(z_k)\, u_k}_{\text{repulsion}} - \underbrace{\bigl(1 - \sigma(z_o)\bigr)\, u_o}_{\text{attraction}}`;
  readonly p = String.raw`\sigma(z_w)`;

  protected probabilityOf(row: string): string {
    return String.raw`\sigma(z_{${row}})`;
  }

  override targetName(target: string): string {
    return `σ(z) of ${target}`;
  }

  rows(block: ReplayBlock, step: number, target: number): Int32Array {
    return Int32Array.of(target, ...negativesOf(block, step));
  }

  targetProbability(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
    return sigmoid(scores[Array.from(labels).indexOf(1)]!);
  }
}

export const NEGATIVE = new NegativeSampling();
