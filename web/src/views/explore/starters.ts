/** Words to begin with, where the vocabulary has them. */
export const STARTERS = [
  'king',
  'queen',
  'man',
  'woman',
  'prince',
  'princess',
  'dog',
  'cat',
  'bread',
  'milk',
  'river',
  'sea',
] as const;

export interface Starts {
  word: string;
  plus: string[];
  minus: string[];
  words: string[];
  a: string;
  b: string;
}

/** What each part shows before anyone has chosen: from the known starters, else from `others`. */
export function startsFrom(known: readonly string[], others: readonly string[]): Starts {
  const has = (word: string) => known.includes(word);
  const all = [...known, ...others.filter((word) => !has(word))];
  const [first = '', second = first, third = second] = all;
  const royal = ['king', 'man', 'woman'].every(has);
  return {
    word: first,
    plus: royal ? ['king', 'woman'] : [first, third],
    minus: royal ? ['man'] : [second],
    words: all.slice(0, STARTERS.length),
    a: first,
    b: second,
  };
}
