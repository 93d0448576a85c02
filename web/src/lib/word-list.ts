/** Lists of words in the address. */

/**
 * The parameter after a word was added, or taken out if it was there; `,` for none.
 *
 * @param most Words that are kept at the most, the latest ones.
 */
export function toggled(words: readonly string[], word: string, most = Infinity): string {
  const next = words.includes(word) ? words.filter((one) => one !== word) : [...words, word];
  return next.slice(-most).join(',') || ',';
}
