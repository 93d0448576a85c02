/**
 * A loss: everything that depends on which one it is. Its arithmetic, for steps done again without a
 * server, and what the page says, draws and names; nothing outside this folder compares a loss's
 * name. R rows of W′ are asked in a step; a row of W′ is a word, or a node of a tree.
 */
import type { ReplayBlock } from '$lib/replay/block';
import type { TipContent } from '$lib/state/tip.svelte';
import type { Filled } from './filling';

/** What a loss reads of a step that is shown; places are those of the rows asked, 0 … R − 1. */
export interface LossStep {
  /** Names of the rows asked. */
  readonly rows: readonly string[];
  readonly target: string;
  readonly targetPlace: number;
  readonly facts: { readonly loss: number; readonly probability: number };
  /** u · h (+ bias). */
  score(place: number): number;
  /** What the loss takes off the score. */
  offset(place: number): number;
  /** Score − offset. */
  logit(place: number): number;
  probability(place: number): number;
  /** 1 where the probability should have been 1, else 0. */
  label(place: number): number;
  /** The probability of the right answer, where the questions are of yes or no. */
  agreed(place: number): number;
  /** The product of these up to and with a place. */
  path(place: number): number;
  /** Σ e^score over the rows. */
  total(): number;
}

/** A column of the table of probabilities. */
export interface LossColumn {
  label: string;
  value: (step: LossStep, place: number) => number;
  digits?: number;
  /** Where its numbers come from, as a tooltip tells. */
  traced?: 'score' | 'probability';
}

/** What a row of W′ with a label does to h: it pulls it by `pull` · u, and pushes it by `push` · u. */
export interface Forces {
  pull: number;
  push: number;
}

/** An option of a run, as it was set. */
export interface RunOption {
  name: string;
  value?: unknown;
}

/** How many scores a step makes, and how. */
export interface Scored {
  size: number | null;
  does: string;
}

/** Why W′ has no vectors of words, and what to do. */
export interface NoWords {
  /** Where words' two vectors are compared. */
  faces: { title: string; text: string; command: string };
  /** Where the matrices stand side by side. */
  matrix: { title: string; text: string };
}

/** The score itself, first in every table. */
export const SCORE: LossColumn = {
  label: 'z',
  value: (step, place) => step.score(place),
  traced: 'score',
};

/** What the loss of a model measures that gives every word a probability. */
export const SURPRISE =
  'How surprised the model is by the word that really stood there: −log of the probability that it gave it. Lower is better.';

export abstract class Loss {
  /** As in config.json. */
  abstract readonly name: string;

  // In words.
  abstract readonly title: string;
  /** Beside the title: what it asks. */
  abstract readonly note: string;
  /** What the curve of the loss measures. */
  readonly measures: string = SURPRISE;
  /** Why a word seldom is likely beside itself, after `… stands beside itself`. */
  readonly besideItself: string = '.';
  /** Options of a run that only some losses read. */
  readonly options: readonly string[] = [];

  get inProse(): string {
    return this.title.toLowerCase();
  }

  // What W′ is.
  /** Every step asks every row. */
  readonly asksAll: boolean = false;
  /** Where W′ has no row a word; null: row i is word i. */
  readonly noWords: NoWords | null = null;
  /** The output layer has a bias a word, where the next word is predicted. */
  readonly hasBias: boolean = false;

  get wordsHaveRows(): boolean {
    return this.noWords === null;
  }

  // The forward pass as stations: how many scores, and what becomes of them.
  /**
   * @param options Of the run.
   * @returns `size` null where it depends on the word, or is not known.
   */
  abstract scored(words: number, options: readonly RunOption[]): Scored;
  abstract readonly probable: { symbol: string; does: string };

  // What the stages of a step say.
  abstract readonly scoresLead: string;
  abstract readonly probabilities: { title: string; short: string; lead: string };
  abstract lossLead(words: number): string;
  /** `h is pulled towards …, and pushed away from …` */
  abstract readonly pulledTowards: string;
  abstract readonly pushedFrom: string;
  /** `This changes … and …` */
  readonly changes: string = 'the rows of W′ that had a score';
  /** `Attraction draws h towards …` */
  attracts(target: string): string {
    return `the row of ${target}`;
  }
  /** `Each row of W′ moves along h: … towards it` */
  readonly towards: string = 'the target';
  /** `The target has rank … by …` */
  readonly rankedBy: string = 'its score';
  /** What else is to be said of the probabilities. */
  readonly aside: string | null = null;

  // Names of rows and columns.
  readonly rowNoun: string = 'word';
  /** Row r of W′, where the words are known. */
  nameOfRow(row: number, word: (row: number) => string): string {
    return word(row);
  }
  /** The vector of a row of this name. */
  vectorName(row: string): string {
    return `W′[${row}]`;
  }
  /** Beside a row's name in tables. */
  abstract rowNote(step: LossStep, place: number): string;
  /** Beside a bar: what a question with this label costs, where each costs something. */
  costName?(label: number): string;
  abstract readonly columns: readonly LossColumn[];
  /** Said of a row with more than one gradient in a step. */
  readonly repeatedRow: string | undefined = undefined;

  // Formulas, in TeX: with symbols, and with a step's numbers.
  readonly rowSymbol: string = 'w';
  abstract readonly probabilitySymbols: string;
  abstract readonly lossSymbols: string;
  /** Repulsion − attraction. */
  abstract readonly forceSymbols: string;
  /** The probability of one row. */
  abstract readonly p: string;
  abstract probabilityFilled(step: LossStep, place: number): Filled;
  abstract lossFilled(step: LossStep): Filled;
  /** The target's probability, where no row of W′ has it. */
  wordFilled?(step: LossStep): Filled;

  // Where numbers come from.
  abstract probabilityTrace(step: LossStep, place: number): TipContent;
  abstract lossTrace(step: LossStep): TipContent;
  /** The factor by which an attracting row counts. */
  readonly pullName: string = '1 − σ';
  /** What the probability of one row is called: P of the softmax's, σ of an answer to a question. */
  readonly symbol: string = 'σ';
  /** What is told of the target as its probability. */
  targetName(target: string): string {
    return `P(${target})`;
  }
  /** What the arrow of attraction is as long as, and points along: `…, drawn from h`. */
  alongAttraction(target: string): string {
    return `the row of ${target}, u, times 1 − σ`;
  }

  // Arithmetic, in float64.
  /** The rows of W′ that a step asks: (R). */
  abstract rows(block: ReplayBlock, step: number, target: number): Int32Array;
  /** What they should answer: (R), 0 or 1. */
  labels(_block: ReplayBlock, rows: Int32Array, target: number): Int8Array {
    return Int8Array.from(rows, (row) => Number(row === target));
  }
  /** What is taken off their scores, where something is: (R). */
  shifts?(block: ReplayBlock, rows: Int32Array): Float64Array;
  /** Of the rows: (R), from score − offset. */
  abstract probabilitiesOf(logits: Float64Array): Float64Array;
  abstract value(logits: Float64Array, labels: ArrayLike<number>): number;
  abstract forces(probability: number, label: number): Forces;
  /** By what words are ranked: (V), from the scores of all rows of W′. */
  wordScores(_block: ReplayBlock, scores: Float64Array): Float64Array {
    return scores;
  }
  /**
   * P(target) of a step.
   *
   * @param scores Of the rows asked, nothing taken off.
   * @param loss Of the step.
   */
  abstract targetProbability(
    scores: ArrayLike<number>,
    labels: ArrayLike<number>,
    loss: number,
  ): number;
}
