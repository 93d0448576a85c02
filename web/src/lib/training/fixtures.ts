/** What Python makes of texts (scripts/web_fixtures.py), for tests. */
import CORPUS from '$data/corpus.txt?raw';
import STOPWORDS from '$data/english_stopwords.txt?raw';
import { fromBase64 } from '$lib/api/safetensors';
import type { TrainingOptions } from './options';
import { Training } from './run';
import type { TextFacts } from './text';

export { CORPUS };
export const ENGLISH = STOPWORDS.trim().split(/\s+/);

/** What `lexiscope record --precision float64` makes of a text. */
export interface Fixture {
  name: string;
  /** Null: the bundled one, without the English stop words. */
  text: string | null;
  stopwords: string[] | null;
  options: Partial<TrainingOptions>;
  config: Record<string, unknown>;
  words: string[];
  counts: number[];
  facts: (TextFacts & { fingerprint: string }) | null;
  fingerprint: string;
  epoch_length: number;
  spacing: number;
  members: string;
  starts: string;
  targets: string;
  order: string;
  negatives: string | null;
  losses: string;
  states: Record<string, string>;
  /** The server's, by their addresses. */
  answers: Record<string, unknown>;
}

const files = import.meta.glob<{ default: Fixture }>('./fixtures/*.json', { eager: true });

export const FIXTURES: readonly Fixture[] = Object.values(files).map((file) => file.default);

export const ints = (text: string) => new Int32Array(fromBase64(text).buffer);
export const floats = (text: string) => new Float32Array(fromBase64(text).buffer);
export const doubles = (text: string) => new Float64Array(fromBase64(text).buffer);

export function trainingOf({ text, stopwords, options }: Fixture): Training {
  return new Training(text ?? CORPUS, { ...options, stopwords: stopwords ?? ENGLISH }, 'text');
}
