/** A step as the view shows it: names beside the numbers, and what follows from them. */
import { row as rowOf } from '$lib/api/safetensors';
import type { StepArrays, StepData } from '$lib/api/routes';

export type Numbers = ArrayLike<number>;
export type Architecture = 'skipgram' | 'cbow' | 'next-word';
export type LossName = 'softmax' | 'negative' | 'hierarchical';

/** What the model would say if it were asked again after the step. */
export interface Again {
  loss: number;
  probability: number;
}

export class ShownStep {
  readonly number: number;
  readonly architecture: Architecture;
  readonly loss: LossName;
  readonly adam: boolean;
  readonly dim: number;
  /** Words that make h, in order; one but for CBOW. */
  readonly members: readonly string[];
  readonly center: string;
  readonly context: readonly string[];
  readonly target: string;
  /** Names of the rows of W′ that the step touches: words, or nodes of the tree. */
  readonly rows: readonly string[];
  /** The target's place among the rows; −1 for a tree, where it has none. */
  readonly targetPlace: number;

  /**
   * @param words All words, by row.
   * @param classic CBOW: each context row moves by the whole of h's change.
   */
  constructor(
    readonly data: StepData,
    readonly words: readonly string[],
    readonly classic = false,
  ) {
    const { payload, arrays } = data;
    this.number = payload.number;
    this.architecture = payload.architecture as Architecture;
    this.loss = payload.loss_name as LossName;
    this.adam = payload.optimizer === 'adam';
    this.dim = arrays.hidden.data.length;
    this.members = Array.from(arrays.input_rows.data, (row) => this.word(row));
    this.center = this.word(payload.center);
    this.context = payload.context.map((row) => this.word(row));
    this.target = this.word(payload.target);
    this.rows = Array.from(arrays.output_rows.data, (row) =>
      payload.tree ? `node ${row}` : this.word(row),
    );
    this.targetPlace = payload.tree ? -1 : arrays.output_rows.data.indexOf(payload.target);
  }

  get arrays(): StepArrays {
    return this.data.arrays;
  }

  get facts(): StepData['payload'] {
    return this.data.payload;
  }

  word(row: number): string {
    return this.words[row] ?? `row ${row}`;
  }

  /** The words that go in, and the one that should come out: `king → queen`. */
  get pair(): string {
    return this.architecture === 'cbow'
      ? `${this.members.join(' + ')} → ${this.target}`
      : `${this.center} → ${this.target}`;
  }

  /** A row's place among the touched ones by its name; the target, or the first turn, if none. */
  place(name: string): number {
    const found = name === '' ? -1 : this.rows.indexOf(name);
    return found >= 0 ? found : Math.max(0, this.targetPlace);
  }

  /** A touched row of W′, before the step or after. */
  output(place: number, when: 'before' | 'after' = 'before'): Numbers {
    return rowOf(when === 'before' ? this.arrays.output_before : this.arrays.output_after, place);
  }

  /** A row of W that makes h, before the step or after. */
  input(member: number, when: 'before' | 'after' = 'before'): Numbers {
    return rowOf(when === 'before' ? this.arrays.input_before : this.arrays.input_after, member);
  }

  outputGradient(place: number): Numbers {
    return rowOf(this.arrays.output_gradients, place);
  }

  inputGradient(member: number): Numbers {
    return rowOf(this.arrays.input_gradients, member);
  }

  /** Adam's running means after the step: of the gradient, or of its square. */
  outputMoment(place: number, order: 'first' | 'second'): Numbers | null {
    const moments = this.arrays[`output_${order}`];
    return moments ? rowOf(moments, place) : null;
  }

  inputMoment(member: number, order: 'first' | 'second'): Numbers | null {
    const moments = this.arrays[`input_${order}`];
    return moments ? rowOf(moments, member) : null;
  }

  score(place: number): number {
    return this.arrays.logits.data[place]!;
  }

  probability(place: number): number {
    return this.arrays.probabilities.data[place]!;
  }

  /** 1 where the probability should have been 1, else 0. */
  label(place: number): number {
    return this.arrays.labels.data[place]!;
  }

  /** P − y: what drives both gradients. */
  error(place: number): number {
    return this.probability(place) - this.label(place);
  }

  /** The probability of what should have been said of a row: P, or 1 − P where y is 0. */
  agreed(place: number): number {
    return sigmoid(this.label(place) ? this.score(place) : -this.score(place));
  }

  /** Σ e^z over the vocabulary. */
  readonly total = lazy(() => sum(Array.from(this.arrays.logits.data, Math.exp)));

  /** P − y of all rows. */
  readonly errors = lazy(() => this.rows.map((_, place) => this.error(place)));

  /** x: a place a word, what each context word puts there. */
  readonly oneHot = lazy(() => {
    const x = new Float64Array(this.words.length);
    for (const row of this.arrays.input_rows.data) x[row]! += 1 / this.members.length;
    return x;
  });

  /** All touched rows: the most probable first, or as the step asks them. */
  readonly #order = lazy(() => {
    const places = this.rows.map((_, place) => place);
    if (this.loss !== 'softmax') return places;
    return places.sort((a, b) => this.probability(b) - this.probability(a));
  });

  /** All touched rows, those that the step concerns most first. */
  order(): readonly number[] {
    return this.#order();
  }

  leading(most: number): number[] {
    return this.#order().slice(0, most);
  }

  /** Rows to be named in a picture of all of them, the most important first. */
  named(chosen: number): number[] {
    return [...new Set([chosen, this.targetPlace, ...this.leading(4)])];
  }

  /** Rows for a table, in order: the target, the chosen one, and those that lead. */
  worthShowing(chosen: number): number[] {
    const order = this.#order();
    const most = this.loss === 'softmax' ? 8 : 64;
    const shown = new Set([this.targetPlace, chosen].filter((place) => place >= 0));
    for (const place of order) if (shown.size < most) shown.add(place);
    return order.filter((place) => shown.has(place));
  }

  /** The probability of the way from the root up to and with a turn. */
  path(place: number): number {
    let product = 1;
    for (let turn = 0; turn <= place; turn++) product *= this.agreed(turn);
    return product;
  }

  /** The loss and the probability of the same example with the weights after the step. */
  readonly again = lazy((): Again => {
    const hidden = mean(this.members.map((_, member) => this.input(member, 'after')));
    const bias = this.arrays.bias_after?.data;
    const scores = this.rows.map(
      (_, place) => dot(this.output(place, 'after'), hidden) + (bias?.[place] ?? 0),
    );
    return this.loss === 'softmax' ? softmaxAgain(scores, this.targetPlace) : this.#turns(scores);
  });

  #turns(scores: number[]): Again {
    const agreed = scores.map((score, place) => sigmoid(this.label(place) ? score : -score));
    const loss = -sum(agreed.map(Math.log));
    const probability = this.loss === 'hierarchical' ? Math.exp(-loss) : agreed[0]!;
    return { loss, probability };
  }
}

function softmaxAgain(scores: number[], target: number): Again {
  const most = scores.reduce((a, b) => Math.max(a, b), -Infinity);
  const total = sum(scores.map((score) => Math.exp(score - most)));
  const loss = Math.log(total) + most - scores[target]!;
  return { loss, probability: Math.exp(-loss) };
}

/** Rows of a matrix, in another order. */
export function reordered(matrix: Numbers, width: number, order: readonly number[]): Float64Array {
  const found = new Float64Array(order.length * width);
  order.forEach((from, to) => {
    for (let d = 0; d < width; d++) found[to * width + d] = matrix[from * width + d]!;
  });
  return found;
}

export function dot(a: Numbers, b: Numbers): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i]! * b[i]!;
  return total;
}

export function sum(values: Numbers): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i]!;
  return total;
}

export function norm(a: Numbers): number {
  return Math.sqrt(dot(a, a));
}

export function minus(a: Numbers, b: Numbers): Float64Array {
  return Float64Array.from(a, (value, i) => value - b[i]!);
}

export function mean(rows: Numbers[]): Float64Array {
  return Float64Array.from(rows[0] ?? [], (_, d) => sum(rows.map((row) => row[d]!)) / rows.length);
}

/** 1 / (1 + e^−x), without overflow. */
export function sigmoid(x: number): number {
  const small = Math.exp(-Math.abs(x));
  return x >= 0 ? 1 / (1 + small) : small / (1 + small);
}

function lazy<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** Headings of a vector's numbers. */
export function dimensions(dim: number): { label: string }[] {
  return Array.from({ length: dim }, (_, d) => ({ label: String(d + 1) }));
}
