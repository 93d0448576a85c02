/**
 * NumPy's default generator of random numbers, so that a run starts and is shuffled as in Python:
 * PCG XSL-RR 128/64 (O'Neill 2014), seeded by NumPy's SeedSequence (after O'Neill's seed_seq_fe),
 * and what `Generator` makes of its bits: `random`, `uniform`, `permutation`, `standard_normal`.
 */
import { normalFrom } from './normal';

const LIMBS = 8; // of 16 bits each, the lowest first: 128 bits
// 2549297995355413924 · 2⁶⁴ + 4865540595714422341
const MULTIPLIER = limbsOf([0x2360ed05, 0x1fc65da4, 0x4385df64, 0x9fccf645]);

/** 128 bits from four words of 32, the highest first. */
function limbsOf(words: readonly number[]): Uint16Array {
  const limbs = new Uint16Array(LIMBS);
  words.forEach((word, place) => {
    limbs[LIMBS - 1 - 2 * place] = word >>> 16;
    limbs[LIMBS - 2 - 2 * place] = word & 0xffff;
  });
  return limbs;
}

/**
 * Words of 32 bits spread over a pool and drawn from it again.
 *
 * @param entropy Whole numbers, each as its words of 32 bits, the lowest first.
 * @param count How many words to draw.
 */
export function seedWords(entropy: readonly number[], count: number): number[] {
  const words = entropy.flatMap((value) => {
    const high = Math.floor(value / 2 ** 32);
    return high ? [(value % 2 ** 32) | 0, high] : [value | 0];
  });
  let factor = 0x43b0d7e5;
  const hashed = (value: number): number => {
    const turned = value ^ factor;
    factor = Math.imul(factor, 0x931e8875);
    const product = Math.imul(turned, factor);
    return product ^ (product >>> 16);
  };
  const mixed = (a: number, b: number): number => {
    const result = Math.imul(0xca01f9dd, a) - Math.imul(0x4973f715, b);
    return result ^ (result >>> 16);
  };
  const pool = [0, 1, 2, 3].map((place) => hashed(words[place] ?? 0));
  for (let source = 0; source < 4; source++) {
    for (let target = 0; target < 4; target++) {
      if (source !== target) pool[target] = mixed(pool[target]!, hashed(pool[source]!));
    }
  }
  for (const word of words.slice(4)) {
    for (let target = 0; target < 4; target++) pool[target] = mixed(pool[target]!, hashed(word));
  }
  factor = 0x8b51f9dd;
  return Array.from({ length: count }, (_, place) => {
    const turned = pool[place % 4]! ^ factor;
    factor = Math.imul(factor, 0x58f38ded);
    const product = Math.imul(turned, factor);
    return (product ^ (product >>> 16)) >>> 0;
  });
}

export class Generator {
  #state = new Uint16Array(LIMBS);
  #product = new Uint16Array(LIMBS);
  readonly #increment: Uint16Array;
  /** The upper half of the last 64 bits, where only the lower was used; −1 where none is left. */
  #left = -1;
  #high = 0;
  #low = 0;

  /** @param entropy As `numpy.random.default_rng` takes it: one whole number, or several. */
  constructor(...entropy: number[]) {
    const [a, b, c, d, e, f, g, h] = seedWords(entropy, 8) as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    // Each pair of words is a number of 64 bits, its lower half first.
    const start = limbsOf([b, a, d, c]);
    this.#increment = limbsOf([
      (f << 1) | (e >>> 31),
      (e << 1) | (h >>> 31),
      (h << 1) | (g >>> 31),
      (g << 1) | 1,
    ]);
    this.#step();
    this.#add(start);
    this.#step();
  }

  /** Evenly from 0 … 1, 1 left out. */
  random(): number {
    this.#draw();
    // The upper 53 bits.
    return (this.#high * 2 ** 21 + (this.#low >>> 11)) * 2 ** -53;
  }

  /** Evenly from least … most. */
  uniform(least: number, most: number): number {
    return least + (most - least) * this.random();
  }

  /** From the normal distribution of mean 0 and variance 1. */
  normal(): number {
    for (;;) {
      this.#draw();
      const [high, low] = [this.#high, this.#low];
      // 8 bits name the layer, one the sign, 52 the place in it; 3 are not used.
      const place = (high & 0x1fffffff) * 2 ** 23 + (low >>> 9);
      const drawn = normalFrom(low & 0xff, Boolean(low & 0x100), place, () => this.random());
      if (drawn !== null) return drawn;
    }
  }

  /** 0 … count − 1 in a random order. */
  permutation(count: number): Int32Array {
    const order = Int32Array.from({ length: count }, (_, place) => place);
    for (let place = count - 1; place > 0; place--) {
      const other = this.#upTo(place);
      const value = order[place]!;
      order[place] = order[other]!;
      order[other] = value;
    }
    return order;
  }

  /** Evenly from 0 … most: as many bits as it has, drawn until they are not above it. */
  #upTo(most: number): number {
    const mask = 2 ** (32 - Math.clz32(most)) - 1;
    for (;;) {
      const value = (this.#word() & mask) >>> 0;
      if (value <= most) return value;
    }
  }

  /** 32 bits; 64 are drawn at a time, and the lower half is used first. */
  #word(): number {
    if (this.#left >= 0) {
      const word = this.#left;
      this.#left = -1;
      return word;
    }
    this.#draw();
    this.#left = this.#high;
    return this.#low;
  }

  /** The next 64 bits: both halves of the state in one, turned by its highest 6 bits. */
  #draw(): void {
    this.#step();
    const state = this.#state;
    const high = (((state[7]! ^ state[3]!) << 16) | (state[6]! ^ state[2]!)) >>> 0;
    const low = (((state[5]! ^ state[1]!) << 16) | (state[4]! ^ state[0]!)) >>> 0;
    const turn = state[7]! >>> 10;
    const [upper, lower] = turn & 32 ? [low, high] : [high, low];
    const rest = turn & 31;
    this.#high = rest ? ((upper >>> rest) | (lower << (32 - rest))) >>> 0 : upper;
    this.#low = rest ? ((lower >>> rest) | (upper << (32 - rest))) >>> 0 : lower;
  }

  #step(): void {
    const state = this.#state;
    const product = this.#product;
    let carry = 0;
    for (let place = 0; place < LIMBS; place++) {
      let sum = carry;
      for (let other = 0; other <= place; other++) {
        sum += state[other]! * MULTIPLIER[place - other]!;
      }
      product[place] = sum % 0x10000;
      carry = Math.floor(sum / 0x10000);
    }
    this.#state = product;
    this.#product = state;
    this.#add(this.#increment);
  }

  #add(other: Uint16Array): void {
    const state = this.#state;
    let carry = 0;
    for (let place = 0; place < LIMBS; place++) {
      const sum = state[place]! + other[place]! + carry;
      state[place] = sum & 0xffff;
      carry = sum >>> 16;
    }
  }
}
