/** Random decisions that are the same for the same seed, whoever asks, in every browser. */

const INCREMENT = 0x9e3779b9; // 2³² / golden ratio: a Weyl sequence, mixed as MurmurHash3 ends

export class Rng {
  #state: number;

  /** @param seed Any text. */
  constructor(seed: string) {
    this.#state = hash(seed);
  }

  /** Evenly in [0, 1). */
  next(): number {
    this.#state = (this.#state + INCREMENT) | 0;
    return mixed(this.#state) / 2 ** 32;
  }

  /** A whole number in 0 … count − 1. */
  below(count: number): number {
    return Math.floor(this.next() * count);
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  /** @throws RangeError There is none. */
  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new RangeError('nothing to pick from');
    return list[this.below(list.length)]!;
  }

  /** In a new order (Fisher and Yates 1938). */
  shuffled<T>(list: readonly T[]): T[] {
    const all = [...list];
    for (let last = all.length - 1; last > 0; last--) {
      const other = this.below(last + 1);
      [all[last], all[other]] = [all[other]!, all[last]!];
    }
    return all;
  }

  /** So many different places of a list, in random order; all where there are fewer. */
  sample<T>(list: readonly T[], count: number): T[] {
    return this.shuffled(list).slice(0, count);
  }
}

/** FNV-1a over the code units (Fowler, Noll and Vo). */
function hash(text: string): number {
  let sum = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    sum = Math.imul(sum ^ text.charCodeAt(at), 0x01000193);
  }
  return sum | 0;
}

function mixed(value: number): number {
  let bits = value;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
