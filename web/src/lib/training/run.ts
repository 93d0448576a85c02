/** A run: the text read, the examples put in order, the words drawn, the steps done one by one. */
import type { State, Weights } from '$lib/replay/block';
import { type ExampleSet, makeExamples, orderOf } from './examples';
import { biasOf, type Layout, layoutOf, partsOf, rowsOf, spacingOf, startOf } from './layout';
import { drawAll, logNoise } from './noise';
import { resolved, TrainingError, type TrainingOptions } from './options';
import { Stepper, type Tables } from './stepper';
import { encodeText, type EncodedText } from './text';
import { huffmanTree } from './tree';

// The exact softmax goes through all of W′ at each step.
const MOST_PRODUCTS = 4e9;

/** A run under way; `advance` does some of its steps. */
export class Training {
  readonly options: TrainingOptions;
  readonly text: EncodedText;
  readonly layout: Layout;
  readonly order: Int32Array;
  readonly examples: ExampleSet;
  /** Examples of a whole pass over the text. */
  readonly epochLength: number;
  readonly tables: Tables;
  /** Steps between the states that are kept. */
  readonly spacing: number;
  /** Of each step. */
  readonly losses: Float64Array;
  /** Before step 1, after `spacing` steps, …, and after the last. */
  readonly states: Float64Array[] = [];
  /** Steps done. */
  done = 0;
  readonly #stepper: Stepper;

  /**
   * @param text One sentence a line; lines that start with # are skipped.
   * @param given Those that are not given have the defaults of `lexiscope record`.
   * @param name What to call the text.
   * @throws TrainingError There is nothing to learn from, too much, or an option is out of range.
   */
  constructor(text: string, given: Partial<TrainingOptions> = {}, name = 'your text') {
    this.options = resolved(given);
    const { architecture, loss, window, steps, seed } = this.options;
    this.text = encodeText(text, name, this.options);
    const { ids, words, counts } = this.text;
    this.layout = layoutOf(this.options, words.length);
    checkWork(this.layout, steps);
    const everything = makeExamples(ids, architecture, window);
    this.epochLength = everything.targets.length;
    const { order, examples } = orderOf(everything, steps, seed);
    this.order = order;
    this.examples = examples;
    const draws = loss === 'negative' || loss === 'nce';
    this.tables = {
      negatives: draws ? drawAll(counts, this.options, order, examples.targets) : null,
      shifts: loss === 'nce' ? logNoise(counts, this.options) : null,
      tree: loss === 'hierarchical' ? huffmanTree(counts) : null,
    };
    this.spacing = spacingOf(this.layout, this.options, steps);
    this.losses = new Float64Array(steps);
    this.#stepper = new Stepper(this.layout, this.options, examples, order, this.tables);
    this.#stepper.state.set(startOf(this.layout, this.options));
    this.states.push(this.#stepper.state.slice());
  }

  get steps(): number {
    return this.order.length;
  }

  get finished(): boolean {
    return this.done === this.steps;
  }

  /**
   * Does the next steps, at most `count`.
   *
   * @throws TrainingError The weights are no longer finite.
   */
  advance(count: number): void {
    const last = Math.min(this.done + count, this.steps);
    while (this.done < last) {
      const loss = this.#stepper.advance(this.done);
      if (!Number.isFinite(loss)) throw this.#diverged(`at step ${this.done + 1}`);
      this.losses[this.done] = loss;
      this.done++;
      if (this.done % this.spacing === 0 || this.finished) this.#keep();
    }
  }

  /** The state as it stands: a view. */
  get state(): Float64Array {
    return this.#stepper.state;
  }

  #keep(): void {
    const state = this.#stepper.state.slice();
    if (!state.every(Number.isFinite)) throw this.#diverged(`by step ${this.done}`);
    this.states.push(state);
  }

  #diverged(when: string): TrainingError {
    return new TrainingError(
      `the weights are no longer finite ${when} of ${this.steps}; take a smaller η ` +
        `(it is ${this.options.alpha})`,
    );
  }
}

function checkWork({ words, dim, dense, adam, size }: Layout, steps: number): void {
  const products = steps * (dense || adam ? size + words * dim : dim * 32);
  if (products <= MOST_PRODUCTS) return;
  throw new TrainingError(
    `${words.toLocaleString('en-US')} words × ${dim} dimensions × ${steps.toLocaleString('en-US')} ` +
      'steps are too much for a page; take fewer steps or dimensions, rarer words out (min_count), ' +
      'or negative sampling',
  );
}

/** A finished run. */
export class TrainedRun {
  constructor(readonly training: Training) {}

  get options(): TrainingOptions {
    return this.training.options;
  }

  /** The vocabulary, row by row. */
  get words(): readonly string[] {
    return this.training.text.words;
  }

  get counts(): readonly number[] {
    return this.training.text.counts;
  }

  get steps(): number {
    return this.training.steps;
  }

  /** Of each step, entry 0 is step 1's. */
  get losses(): Float64Array {
    return this.training.losses;
  }

  /** All weights after some steps, 0 … steps: W (V, D), W′ (R, D), the bias where there is one. */
  weights(step: number = this.steps): State {
    const { spacing, states, steps } = this.training;
    if (!Number.isInteger(step) || step < 0 || step > steps) {
      throw new RangeError(`step ${step} is not there; the run has the steps 0 … ${steps}`);
    }
    const place = step === steps ? states.length - 1 : Math.floor(step / spacing);
    const from = Math.min(place * spacing, steps);
    if (from === step) return readState(this.training.layout, states[place]!, step);
    const { layout, options, examples, order, tables } = this.training;
    const stepper = new Stepper(layout, options, examples, order, tables);
    stepper.state.set(states[place]!);
    for (let next = from; next < step; next++) stepper.advance(next);
    return readState(layout, stepper.state, step);
  }
}

/** A flat state as matrices. */
export function readState(layout: Layout, state: Float64Array, step: number): State {
  const { inputs, outputs, moments } = partsOf(layout, state);
  const output = (matrix: Float64Array | undefined) => (matrix ? rowsOf(layout, matrix) : null);
  const bias = (matrix: Float64Array | undefined) => (matrix ? biasOf(layout, matrix) : null);
  const own = bias(outputs);
  const biases: Weights | null = own && {
    values: own,
    first: bias(moments?.firstOut),
    second: bias(moments?.secondOut),
  };
  return {
    step,
    inputs: {
      values: inputs.slice(),
      first: moments?.firstIn.slice() ?? null,
      second: moments?.secondIn.slice() ?? null,
    },
    outputs: {
      values: output(outputs)!,
      first: output(moments?.firstOut),
      second: output(moments?.secondOut),
    },
    bias: biases,
  };
}
