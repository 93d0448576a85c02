/**
 * Noise-contrastive estimation (Gutmann and Hyvärinen 2010), for word vectors (Mnih and Kavukcuoglu
 * 2013): was a word drawn from the text or from the noise? The noise Pn draws word w in proportion to
 * count ** ns_exponent, k words a step; the logit of w is its score less ln k·Pn(w).
 */
import { carried, decimals, digitsOf, fixed, told } from '$lib/charts/format';
import { negativesOf, type ReplayBlock } from '$lib/replay/block';
import type { TipContent } from '$lib/state/tip.svelte';
import { type LossColumn, type LossStep, type RunOption, SCORE } from './base';
import { chance, type Filled, Filling } from './filling';
import { ANSWER, askedOf, Questions, sigmaOf, sigmaTold } from './questions';

const long = (value: number) => fixed(value, { digits: 4 });

class NoiseContrastive extends Questions {
  readonly name = 'nce';
  readonly title = 'Noise-contrastive estimation';
  readonly note = 'was a word drawn from the text or from the noise?';
  override readonly measures =
    'How badly the model tells the text’s words from words of the noise: −log of the probability that it gives to the right answers. Lower is better.';
  override readonly besideItself = ': drawn as noise beside itself, it is a wrong answer.';
  override readonly options = ['negative', 'ns_exponent'];

  scored(_words: number, options: readonly RunOption[]) {
    return {
      size: askedOf(options),
      does: 'a dot product with W′ for the true word and each one of the noise',
    };
  }

  readonly scoresLead =
    'Only the target and k words drawn from the noise get a score: the dot product of their rows ' +
    'u of W′ with h. The noise Pₙ draws a word in proportion to a power of its count. The rest of ' +
    'the vocabulary is left alone.';
  readonly probabilities = {
    title: 'Sigmoid: from the text or from the noise?',
    short: 'sigmoid',
    lead:
      'Was this word drawn from the text or from the noise? The odds are the model’s probability ' +
      'eᶻ against k · Pₙ(w), so σ of Δ = z − ln k·Pₙ(w) is the probability of the text. It should ' +
      'be 1 for the target and 0 for each word of the noise. Unlike negative sampling, this counts ' +
      'how often the noise draws a word, which makes eᶻ an estimate of P(w).',
  };
  lossLead(): string {
    return (
      'Each question costs minus the logarithm of the probability of its right answer: σ for the ' +
      'target, 1 − σ for a word of the noise. The loss is their sum; the more words of the noise, ' +
      'the nearer its gradient comes to that of the exact softmax.'
    );
  }
  readonly pulledTowards = 'the target’s row';
  readonly pushedFrom = 'the rows of the noise words, each by its σ';
  override readonly aside =
    'The model learns to normalise itself: P(w) is eᶻ as it stands, and nothing makes these add up ' +
    'to 1 over all words, or keeps one of them below 1.';

  rowNote(_step: LossStep, place: number): string {
    return place === 0 ? 'target' : 'noise';
  }
  readonly columns: readonly LossColumn[] = [
    SCORE,
    { label: 'ln k·Pₙ', value: (step, place) => step.offset(place) },
    sigmaOf('Δ'),
    ANSWER,
    { label: 'eᶻ', value: (step, place) => Math.exp(step.score(place)), digits: 4 },
  ];
  protected override readonly logitName = 'Δ';

  readonly probabilitySymbols = String.raw`\Delta_w = z_w - \ln k P_n(w), \qquad P(\text{text} \mid w) = \sigma(\Delta_w) = \frac{1}{1 + e^{-\Delta_w}}, \qquad P(w) = e^{z_w}`;
  readonly lossSymbols = String.raw`L = -\ln \sigma(\Delta_o) - \sum_{j} \ln\bigl(1 - \sigma(\Delta_j)\bigr)`;
  readonly forceSymbols = String.raw`\underbrace{\sum_j \sigma(\Delta_j)\, u_j}_{\text{repulsion}} - \underbrace{\bigl(1 - \sigma(\Delta_o)\bigr)\, u_o}_{\text{attraction}}`;
  readonly p = String.raw`\sigma(\Delta_w)`;

  protected probabilityOf(row: string): string {
    return String.raw`P(\text{text} \mid ${row})`;
  }

  override probabilityFilled(step: LossStep, place: number): Filled {
    const f = new Filling();
    const { logit, inverse, p } = sigmaTold(step.logit(place), step.probability(place));
    const name = () => f.slot(step.rows[place]!);
    const parts = carried(
      [step.score(place), step.offset(place)],
      ([score, offset]) => score! - offset!,
      told(logit),
      digitsOf(logit),
    );
    const second = parts[1]!.startsWith('−') ? `(${parts[1]!})` : parts[1]!;
    return f.done(
      String.raw`\Delta_{${name()}} = ${f.slot(parts[0]!)} - ${f.slot(second)} = ${f.slot(logit)}, \qquad ` +
        String.raw`${this.probabilityOf(name())} = \frac{1}{1 + ${f.slot(inverse)}} = ${f.slot(p)}`,
    );
  }

  override wordFilled(step: LossStep): Filled {
    const f = new Filling();
    const { probability } = step.facts;
    const [z] = carried(
      [step.score(0)],
      ([one]) => Math.exp(one!),
      probability,
      decimals(probability),
    );
    return f.done(`P(${f.slot(step.target)}) = e^{${f.slot(z!)}} = ${f.slot(chance(probability))}`);
  }

  override probabilityTrace(step: LossStep, place: number): TipContent {
    const [score, offset, logit] = [step.score(place), step.offset(place), step.logit(place)];
    const difference = `Δ = z − ln k·Pₙ = ${long(score)} − ${bracketed(offset)} = ${long(logit)}`;
    return `${difference}\n${this.sigmaTrace(step, place)}`;
  }

  rows(block: ReplayBlock, step: number, target: number): Int32Array {
    return Int32Array.of(target, ...negativesOf(block, step));
  }

  /** By place: the noise may draw the target as well. */
  override labels(_block: ReplayBlock, rows: Int32Array): Int8Array {
    return Int8Array.from(rows, (_, place) => Number(place === 0));
  }

  override shifts({ arrays }: ReplayBlock, rows: Int32Array): Float64Array {
    const logs = arrays.shifts;
    if (!logs) throw new RangeError('this run’s noise is missing: expected the array shifts');
    return Float64Array.from(rows, (row) => logs.data[row]!);
  }

  targetProbability(scores: ArrayLike<number>): number {
    return Math.exp(scores[0]!);
  }
}

const bracketed = (value: number) => (value < 0 ? `(${long(value)})` : long(value));

export const NCE = new NoiseContrastive();
