/** The exact softmax: every step asks every word (Bengio et al. 2003). */
import { carried, decimals, digitsOf, fixed, told, whole } from '$lib/charts/format';
import type { ReplayBlock } from '$lib/replay/block';
import type { TipContent } from '$lib/state/tip.svelte';
import { type Forces, Loss, type LossColumn, type LossStep, SCORE } from './base';
import { chance, type Filled, Filling } from './filling';
import { logOfSoftmax, softmax } from './numerics';

const long = (value: number) => fixed(value, { digits: 4 });

class Softmax extends Loss {
  readonly name = 'softmax';
  readonly title = 'Softmax';
  readonly note = 'exact, over the whole vocabulary';
  override readonly besideItself =
    ': among all the candidates for its own company, it is a wrong answer.';

  override readonly asksAll = true;
  override readonly hasBias = true;

  scored(words: number) {
    return { size: words, does: 'a dot product with every row of W′' };
  }
  override readonly symbol = 'P';
  readonly probable = { symbol: 'P', does: 'scores to probabilities that add up to 1' };

  readonly scoresLead =
    'Each word has a second vector, its row u of W′. The dot product u · h is the word’s score: ' +
    'large where the two point the same way.';
  readonly probabilities = {
    title: 'Softmax: scores become probabilities',
    short: 'softmax',
    lead:
      'e to the power of the score makes every score positive; divided by their sum, they are ' +
      'probabilities that add up to 1.',
  };
  lossLead(words: number): string {
    return (
      'The loss is the surprise: minus the logarithm of the probability that the target got. ' +
      `Certainty costs 0; a guess among all ${whole(words)} words costs ` +
      `ln ${whole(words)} = ${fixed(Math.log(words), { digits: 3 })}.`
    );
  }
  readonly pulledTowards = 'the target’s row';
  readonly pushedFrom = 'the rows of all words, each by the probability it got';
  override readonly changes = 'every row of W′';
  override readonly rankedBy = 'its probability';

  rowNote(step: LossStep, place: number): string {
    return place === step.targetPlace ? 'target' : '';
  }
  readonly columns: readonly LossColumn[] = [
    SCORE,
    { label: 'eᶻ', value: (step, place) => Math.exp(step.score(place)) },
    {
      label: 'P = eᶻ / Σ',
      value: (step, place) => step.probability(place),
      traced: 'probability',
      digits: 4,
    },
  ];

  readonly probabilitySymbols = String.raw`P(w) = \frac{e^{z_w}}{\sum_{v} e^{z_v}}`;
  readonly lossSymbols = String.raw`L = -\ln P(o)`;
  readonly forceSymbols = String.raw`\underbrace{\sum_w P(w)\, u_w}_{\text{repulsion}} - \underbrace{u_o}_{\text{attraction}}`;
  readonly p = 'P(w)';

  probabilityFilled(step: LossStep, place: number): Filled {
    const f = new Filling();
    const [score, total, p] = [step.score(place), step.total(), step.probability(place)];
    // Each number follows from those before it, as they are written.
    const digits = decimals(p);
    const parts = carried([Math.exp(score), total], ([e, sum]) => e! / sum!, p, digits);
    const [z] = carried([score], ([one]) => Math.exp(one!), told(parts[0]!), digitsOf(parts[0]!));
    return f.done(
      String.raw`P(${f.slot(step.rows[place]!)}) = \frac{e^{${f.slot(z!)}}}{\sum_v e^{z_v}} ` +
        String.raw`= \frac{${f.slot(parts[0]!)}}{${f.slot(parts[1]!)}} = ${f.slot(chance(p))}`,
    );
  }

  lossFilled({ facts: { loss, probability } }: LossStep): Filled {
    const f = new Filling();
    const [p] = f.carried([probability], ([one]) => -Math.log(one!), loss);
    return f.done(String.raw`L = -\ln ${p!} = ${f.number(loss)}`);
  }

  probabilityTrace(step: LossStep, place: number): TipContent {
    const [score, total, name] = [step.score(place), step.total(), step.rows[place]!];
    return {
      trace: {
        title: `P(${name})`,
        terms: [[Math.exp(score), 1 / total]],
        names: ['e^z', '1 / Σ'],
        labels: [name],
        result: step.probability(place),
        note: `z = ${long(score)}; Σ = ${long(total)} over ${whole(step.rows.length)} words`,
      },
    };
  }

  lossTrace({ target, facts: { loss, probability } }: LossStep): TipContent {
    const [p] = carried([probability], ([one]) => -Math.log(one!), loss, 4);
    return `loss = −ln P(${target}) = −ln ${p!} = ${long(loss)}`;
  }

  override readonly pullName = 'y';
  override alongAttraction(target: string): string {
    return `the row of ${target}, u`;
  }

  rows({ facts }: ReplayBlock): Int32Array {
    return Int32Array.from({ length: facts.words }, (_, row) => row);
  }

  probabilitiesOf(logits: Float64Array): Float64Array {
    return softmax(logits);
  }

  value(logits: Float64Array, labels: ArrayLike<number>): number {
    return -logOfSoftmax(logits, Array.from(labels).indexOf(1));
  }

  forces(probability: number, label: number): Forces {
    return { pull: label, push: probability };
  }

  targetProbability(_scores: ArrayLike<number>, _labels: ArrayLike<number>, loss: number): number {
    return Math.exp(-loss);
  }
}

export const SOFTMAX = new Softmax();
