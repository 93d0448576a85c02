/** The training configuration in words. */
import type { Schemas } from '$lib/api/routes';

type Value = Schemas['Option']['value'];
type Facts = Pick<Schemas['Subject'], 'architecture' | 'loss' | 'optimizer' | 'options' | 'steps'>;

export interface Choice {
  name: string;
  value: string;
  note: string;
}

const ARCHITECTURES: Record<string, [string, string]> = {
  skipgram: ['Skip-gram', 'a word predicts each word near it, one at a time'],
  cbow: ['CBOW', 'the words around predict the one at the center'],
  'next-word': ['Next word', 'each word predicts the one behind it'],
};

const LOSSES: Record<string, [string, string]> = {
  softmax: ['Softmax', 'exact, over the whole vocabulary'],
  negative: ['Negative sampling', 'the true word against some drawn ones'],
  hierarchical: ['Hierarchical softmax', 'turns on a word’s path through a Huffman tree'],
};

const OPTIMIZERS: Record<string, [string, string]> = {
  sgd: ['Gradient descent', 'plain: weight − η · gradient'],
  adam: ['Adam', 'a step size of its own for every weight'],
};

/** What kind of training it was: only what is known. */
export function choices(subject: Facts): Choice[] {
  const found: Choice[] = [];
  for (const [name, key, known] of [
    ['Task', subject.architecture, ARCHITECTURES],
    ['Loss', subject.loss, LOSSES],
    ['Optimizer', subject.optimizer, OPTIMIZERS],
  ] as const) {
    if (!key) continue;
    const [value, note] = known[key] ?? [key, ''];
    found.push({ name, value, note });
  }
  return found;
}

/** A value as it is shown; `on` and `off` for switches. */
export function shown(value: Value): string {
  if (value === null || value === undefined) return 'not set';
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (typeof value === 'number') return String(value).replace('-', '−');
  return value;
}

/** Why an option made no difference to this run, or null where it did. */
export function unused(name: string, subject: Facts): string | null {
  const needed: Record<string, ['loss' | 'architecture', string, string]> = {
    negative: ['loss', 'negative', 'only with negative sampling'],
    ns_exponent: ['loss', 'negative', 'only with negative sampling'],
    cbow_mean: ['architecture', 'cbow', 'only with CBOW'],
    cbow_update: ['architecture', 'cbow', 'only with CBOW'],
  };
  const rule = needed[name];
  if (rule) {
    const [field, value, why] = rule;
    return subject[field] !== null && subject[field] !== value ? why : null;
  }
  if (name === 'window' && subject.architecture === 'next-word')
    return 'the next word has no window';
  return null;
}

/** How often the run went through its examples. */
export function passes(steps: number, examples: number): number {
  return examples > 0 ? steps / examples : 0;
}
