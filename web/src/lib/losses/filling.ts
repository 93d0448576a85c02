/**
 * Formulas with a step's numbers, as templates: `\slot{name}` stands where the text `values[name]`
 * goes. A template depends on a step's shape only, so that stepping changes texts and sets nothing
 * anew.
 */
import { carried, figures, fixed } from '$lib/charts/format';

export interface Filled {
  template: string;
  values: Record<string, string>;
}

export const MOST = 6; // terms written out; the others are dots

export const plain = (value: number) => fixed(value, { digits: 3 });
/** Digits that count in a probability. */
const OF_PROBABILITY = 4;
/** A probability as every number of a screen tells it: `0.0064`, never `0.64 %` beside it. */
export const chance = (value: number) => figures(value, OF_PROBABILITY, 4);
/** In parentheses where it stands behind a sign. */
export const bracketed = (text: string) => (text.startsWith('−') ? `(${text})` : text);
const closed = (value: number) => bracketed(plain(value));

/** Puts together a template and its values. */
export class Filling {
  readonly values: Record<string, string> = {};
  #count = 0;

  slot(text: string): string {
    const name = `s${this.#count++}`;
    this.values[name] = text;
    return String.raw`\slot{${name}}`;
  }

  number(value: number): string {
    return this.slot(plain(value));
  }

  /**
   * Operands with the digits that the result needs (see `carried`), each as a slot.
   *
   * @param signed Which of them stand behind a sign, and so in parentheses where they are negative.
   */
  carried(
    operands: readonly number[],
    compute: (told: readonly number[]) => number,
    result: number,
    signed: (place: number) => boolean = () => false,
  ): string[] {
    return carried(operands, compute, result).map((text, place) =>
      this.slot(signed(place) ? bracketed(text) : text),
    );
  }

  closed(value: number): string {
    return this.slot(closed(value));
  }

  /** Terms joined; the middle of many is left out. */
  terms<T>(all: readonly T[], write: (term: T) => string, joint: string, dots: string): string {
    const most = all.length > MOST ? MOST - 2 : all.length;
    const parts = all.slice(0, most).map(write);
    if (most < all.length) parts.push(dots, write(all[all.length - 1]!));
    return parts.join(joint);
  }

  done(template: string): Filled {
    return { template, values: this.values };
  }
}
