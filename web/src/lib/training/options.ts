/** The options of a run, by the names and within the bounds of Python's `RecordConfig`. */

export const ARCHITECTURES = ['skipgram', 'cbow', 'next-word'] as const;
export const LOSS_NAMES = ['softmax', 'negative', 'hierarchical', 'nce'] as const;
export const OPTIMIZERS = ['sgd', 'adam'] as const;
export const UPDATES = ['exact', 'classic'] as const;

export interface TrainingOptions {
  architecture: (typeof ARCHITECTURES)[number];
  loss: (typeof LOSS_NAMES)[number];
  optimizer: (typeof OPTIMIZERS)[number];
  /** Examples learned, one a step. */
  steps: number;
  vector_size: number;
  /** η, the learning rate. */
  alpha: number;
  /** Words to either side. */
  window: number;
  /** Rarer words are left out. */
  min_count: number;
  seed: number;
  /** Words drawn a step, with loss `negative` or `nce`. */
  negative: number;
  /** They are drawn by count to this power. */
  ns_exponent: number;
  cbow_update: (typeof UPDATES)[number];
  /** Lower-case words to leave out. */
  stopwords: readonly string[];
}

/** Least and most of each number. */
export const BOUNDS = {
  steps: [1, 1_000_000],
  vector_size: [1, 300],
  alpha: [1e-12, 100],
  window: [1, 10_000],
  min_count: [1, 2 ** 31],
  seed: [0, Number.MAX_SAFE_INTEGER],
  negative: [1, 1_000],
  ns_exponent: [-10, 10],
} as const satisfies Partial<Record<keyof TrainingOptions, readonly [number, number]>>;

const CHOICES = {
  architecture: ARCHITECTURES,
  loss: LOSS_NAMES,
  optimizer: OPTIMIZERS,
  cbow_update: UPDATES,
} as const;

const FRACTIONS: readonly string[] = ['alpha', 'ns_exponent'];

/** Why a text or its options give no run, to be shown to the one who asked. */
export class TrainingError extends Error {
  override name = 'TrainingError';
}

/**
 * All options, those that were not given at their defaults.
 *
 * @throws TrainingError One is out of range.
 */
export function resolved(given: Partial<TrainingOptions> = {}): TrainingOptions {
  const nextWord = given.architecture === 'next-word';
  const optimizer = given.optimizer ?? (nextWord ? 'adam' : 'sgd');
  const options: TrainingOptions = {
    architecture: 'skipgram',
    loss: 'softmax',
    steps: 15_000,
    vector_size: nextWord ? 16 : 8,
    alpha: optimizer === 'adam' ? 0.01 : 0.1,
    window: 3,
    min_count: nextWord ? 1 : 3,
    seed: 42,
    negative: 5,
    ns_exponent: 0.75,
    cbow_update: 'exact',
    stopwords: [],
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    optimizer,
  };
  for (const [name, choices] of Object.entries(CHOICES)) {
    const value = options[name as keyof typeof CHOICES];
    if (!(choices as readonly string[]).includes(value)) {
      throw new TrainingError(`${name} is “${value}”; expected one of ${choices.join(', ')}`);
    }
  }
  for (const [name, [least, most]] of Object.entries(BOUNDS)) {
    const value = options[name as keyof typeof BOUNDS];
    const whole = FRACTIONS.includes(name) || Number.isInteger(value);
    if (!whole || !(value >= least && value <= most)) {
      const kind = FRACTIONS.includes(name) ? 'a number' : 'a whole number';
      throw new TrainingError(`${name} is ${value}; expected ${kind} within ${least} … ${most}`);
    }
  }
  return options;
}
