/** Relations that word vectors are asked about: pairs of words that stand to each other alike. */

type Pairs = readonly (readonly [string, string])[];

/** Pairs of one relation make a question two by two: a : b = c : d. */
export const RELATIONS: readonly Pairs[] = [
  [
    ['man', 'woman'],
    ['king', 'queen'],
    ['boy', 'girl'],
    ['prince', 'princess'],
    ['husband', 'wife'],
    ['father', 'mother'],
    ['son', 'daughter'],
    ['brother', 'sister'],
  ],
  [
    ['dog', 'puppy'],
    ['cat', 'kitten'],
    ['cow', 'calf'],
    ['sheep', 'lamb'],
  ],
  [
    ['sun', 'summer'],
    ['snow', 'winter'],
  ],
  [
    ['france', 'paris'],
    ['germany', 'berlin'],
    ['italy', 'rome'],
    ['spain', 'madrid'],
  ],
  [
    ['good', 'better'],
    ['big', 'bigger'],
    ['small', 'smaller'],
  ],
  [
    ['walk', 'walked'],
    ['look', 'looked'],
    ['want', 'wanted'],
  ],
];

export interface Question {
  a: string;
  b: string;
  c: string;
  expected: string;
}

/** Every question whose four words are known, the best known one first. */
export function questionsFor(known: (word: string) => boolean): Question[] {
  return RELATIONS.flatMap((pairs) => {
    const there = pairs.filter((pair) => pair.every(known));
    return there.flatMap(([a, c], i) =>
      there.slice(i + 1).map(([b, expected]): Question => ({ a, b, c, expected })),
    );
  });
}

/** `king − man + woman` */
export const sumOf = ({ a, b, c }: Question) => `${b} − ${a} + ${c}`;
