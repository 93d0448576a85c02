/** Losses that ask some rows of W′ a question of yes or no each: σ of the logit is for yes. */
import { carried, decimals, digitsOf, told } from '$lib/charts/format';
import { distinct } from '$lib/distinct';
import type { TipContent } from '$lib/state/tip.svelte';
import { type Forces, Loss, type LossColumn, type LossStep, type RunOption } from './base';
import { chance, type Filled, Filling } from './filling';
import { sigmoid, softplus } from './numerics';

/** σ of a logit in the steps in which it is told, each following from the one before as written. */
export function sigmaTold(value: number, probability: number) {
  const p = chance(probability);
  const [inverse] = carried(
    [Math.exp(-value)],
    ([one]) => 1 / (1 + one!),
    probability,
    decimals(probability),
  );
  const [logit] = carried([value], ([one]) => Math.exp(-one!), told(inverse!), digitsOf(inverse!));
  return { logit: logit!, inverse: inverse!, p };
}

/** The probability of yes, over the logit of this name. */
export const sigmaOf = (logit: string): LossColumn => ({
  label: `σ(${logit})`,
  value: (step, place) => step.probability(place),
  digits: 4,
  traced: 'probability',
});

/** How many words a step asks, the target and those drawn; null where it is not known. */
export function askedOf(options: readonly RunOption[]): number | null {
  const drawn = options.find(({ name }) => name === 'negative')?.value;
  return typeof drawn === 'number' ? drawn + 1 : null;
}

/** The right answer. */
export const ANSWER: LossColumn = {
  label: 'should be',
  value: (step, place) => step.label(place),
  digits: 0,
};

export abstract class Questions extends Loss {
  readonly probable = { symbol: 'σ', does: 'each score to a yes-or-no probability' };

  /** The logit, as texts name it. */
  protected readonly logitName: string = 'z';

  override costName(label: number): string {
    return label ? `−ln σ(${this.logitName})` : `−ln (1 − σ(${this.logitName}))`;
  }

  /** Left of the formula of one row's probability. */
  protected abstract probabilityOf(row: string): string;

  probabilityFilled(step: LossStep, place: number): Filled {
    const f = new Filling();
    const { logit, inverse, p } = sigmaTold(step.logit(place), step.probability(place));
    const left = this.probabilityOf(f.slot(step.rows[place]!));
    const exponent = logit.startsWith('−') ? `(${logit})` : logit;
    return f.done(
      String.raw`${left} = \frac{1}{1 + e^{-${f.slot(exponent)}}} = \frac{1}{1 + ${f.slot(inverse)}} = ${f.slot(p)}`,
    );
  }

  lossFilled(step: LossStep): Filled {
    const f = new Filling();
    const costs = step.rows.map((_, place) => -Math.log(step.agreed(place)));
    const sum = (all: readonly number[]) => all.reduce((a, b) => a + b, 0);
    const terms = f.terms(
      carried(costs, sum, step.facts.loss),
      (text) => f.slot(text),
      ' + ',
      String.raw`\cdots`,
    );
    return f.done(`L = ${terms} = ${f.number(step.facts.loss)}`);
  }

  probabilityTrace(step: LossStep, place: number): TipContent {
    return this.sigmaTrace(step, place);
  }

  protected sigmaTrace(step: LossStep, place: number): string {
    const { logit, inverse, p } = sigmaTold(step.logit(place), step.probability(place));
    const exponent = logit.startsWith('−') ? logit.slice(1) : `−${logit}`;
    return (
      `σ(${this.logitName}) of ${step.rows[place]!} = 1 / (1 + e^${exponent})\n` +
      `= 1 / (1 + ${inverse}) = ${p}`
    );
  }

  lossTrace(step: LossStep): TipContent {
    const named = (name: string, place: number) => `${this.costName(step.label(place))}, ${name}`;
    return {
      trace: {
        title: 'loss',
        terms: step.rows.map((_, place) => [-Math.log(step.agreed(place))]),
        labels: distinct(step.rows.map(named)),
        result: step.facts.loss,
      },
    };
  }

  probabilitiesOf(logits: Float64Array): Float64Array {
    return logits.map(sigmoid);
  }

  value(logits: Float64Array, labels: ArrayLike<number>): number {
    return logits.reduce((sum, logit, i) => sum + softplus(labels[i] ? -logit : logit), 0);
  }

  forces(probability: number, label: number): Forces {
    return { pull: label * (1 - probability), push: (1 - label) * probability };
  }
}
