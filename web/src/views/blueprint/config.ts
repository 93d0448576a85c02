/** The training configuration in words. */
import type { Schemas } from '$lib/api/routes';
import { LOSSES } from '$lib/losses';

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

const LOSS_NAMES: Record<string, [string, string]> = Object.fromEntries(
  LOSSES.map(({ name, title, note }) => [name, [title, note]]),
);

const ONLY_CBOW = ['cbow_mean', 'cbow_update'];

const OPTIMIZERS: Record<string, [string, string]> = {
  sgd: ['Gradient descent', 'plain: weight − η · gradient'],
  adam: ['Adam', 'a step size of its own for every weight'],
};

/** What kind of training it was: only what is known. */
export function choices(subject: Facts): Choice[] {
  const found: Choice[] = [];
  for (const [name, key, known] of [
    ['Task', subject.architecture, ARCHITECTURES],
    ['Loss', subject.loss, LOSS_NAMES],
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
  const readers = LOSSES.filter(({ options }) => options.includes(name));
  if (readers.length) {
    const reads = readers.some((one) => one.name === subject.loss);
    const why = `only with ${readers.map((one) => one.inProse).join(' or ')}`;
    return subject.loss !== null && !reads ? why : null;
  }
  if (ONLY_CBOW.includes(name)) {
    const other = subject.architecture !== null && subject.architecture !== 'cbow';
    return other ? 'only with CBOW' : null;
  }
  if (name === 'window' && subject.architecture === 'next-word')
    return 'the next word has no window';
  return null;
}

/** How often the run went through its examples. */
export function passes(steps: number, examples: number): number {
  return examples > 0 ? steps / examples : 0;
}
