/**
 * A text in words and ids, as Python's `encode_text` reads it: words are what stands between
 * whitespace, lower-cased; stop words go first; a sentence with fewer than two words left is
 * dropped; then words rarer than min_count go.
 */
import { TrainingError, type TrainingOptions } from './options';

const KEPT_BYTES = 256 * 1024;
const KEPT_WORDS = 2_000;
// What Python's `str.split` splits at; JavaScript's `\s` differs in six of them.
// eslint-disable-next-line no-control-regex
const SPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;

export type Counted = [word: string, count: number];

/** What a recording keeps of its text: see Python's `CorpusFacts`. */
export interface TextFacts {
  name: string;
  sentences: string[];
  sentence_count: number;
  used_sentences: number;
  tokens: number;
  distinct: number;
  stopword_tokens: number;
  stopwords: Counted[];
  rare_tokens: number;
  rare: Counted[];
}

export interface EncodedText {
  /** −1 behind each sentence. */
  ids: Int32Array;
  /** The vocabulary by code points, V words. */
  words: string[];
  /** (V). */
  counts: number[];
  facts: TextFacts;
}

export function wordsOf(line: string): string[] {
  return line.toLowerCase().split(SPACE).filter(Boolean);
}

/** The lines of a text without comments and blank ones. */
export function linesOf(text: string): string[] {
  const lines = text.replace(/^\ufeff/, '').split('\n');
  return lines.filter((line) => {
    const first = line.split(SPACE).find(Boolean);
    return first !== undefined && !first.startsWith('#');
  });
}

/**
 * @throws TrainingError No word is left.
 */
export function encodeText(
  text: string,
  name: string,
  { stopwords, min_count, architecture }: TrainingOptions,
): EncodedText {
  const stopped = new Set(stopwords);
  const shortest = architecture === 'next-word' ? 1 : 2;
  const raw = new Map<string, number>();
  const used = new Map<string, number>();
  const cleaned: string[][] = [];
  const kept: string[] = [];
  let [keptBytes, count, tokens] = [0, 0, 0];
  for (const line of linesOf(text)) {
    const words = wordsOf(line);
    if (!words.length) continue;
    count++;
    tokens += words.length;
    tally(raw, words);
    if (keptBytes < KEPT_BYTES) {
      kept.push(words.join(' '));
      keptBytes += new TextEncoder().encode(kept.at(-1)).length + 1;
    }
    const content = words.filter((word) => !stopped.has(word));
    if (content.length >= shortest) {
      cleaned.push(content);
      tally(used, content);
    }
  }
  const words = [...used.keys()].filter((word) => used.get(word)! >= min_count).sort(byCodePoint);
  if (!words.length) throw new TrainingError(nothingLeft(count, used, min_count));
  const rows = new Map(words.map((word, row) => [word, row]));
  const ids: number[] = [];
  for (const content of cleaned) {
    for (const word of content) {
      const row = rows.get(word);
      if (row !== undefined) ids.push(row);
    }
    ids.push(-1);
  }
  const stopwordCounts = mostCommon(raw).filter(([word]) => stopped.has(word));
  const rare = mostCommon(used).filter(([, occurrences]) => occurrences < min_count);
  return {
    ids: Int32Array.from(ids),
    words,
    counts: words.map((word) => used.get(word)!),
    facts: {
      name,
      sentences: kept,
      sentence_count: count,
      used_sentences: cleaned.length,
      tokens,
      distinct: raw.size,
      stopword_tokens: total(stopwordCounts),
      stopwords: stopwordCounts.slice(0, KEPT_WORDS),
      rare_tokens: total(rare),
      rare: rare.slice(0, KEPT_WORDS),
    },
  };
}

function tally(counts: Map<string, number>, words: readonly string[]): void {
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
}

/** Most frequent first; of equally frequent ones, that which came first. */
function mostCommon(counts: ReadonlyMap<string, number>): Counted[] {
  return [...counts].sort((a, b) => b[1] - a[1]);
}

const total = (counted: readonly Counted[]) => counted.reduce((sum, [, count]) => sum + count, 0);

/** As Python orders texts: JavaScript's own order puts emoji before ｆｕｌｌ ｗｉｄｔｈ letters. */
export function byCodePoint(a: string, b: string): number {
  const [one, other] = [Array.from(a), Array.from(b)];
  for (let place = 0; place < Math.min(one.length, other.length); place++) {
    const difference = one[place]!.codePointAt(0)! - other[place]!.codePointAt(0)!;
    if (difference) return difference;
  }
  return one.length - other.length;
}

function nothingLeft(sentences: number, used: Map<string, number>, minCount: number): string {
  if (!sentences) return 'the text is empty; expected one sentence a line';
  const most = Math.max(0, ...[...used.values()].slice(0, 10_000));
  return (
    `none of the ${used.size.toLocaleString('en-US')} words (without stop words) occurs ` +
    `${minCount} times, the most frequent ${most}; take a smaller min_count or more text`
  );
}
