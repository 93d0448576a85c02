import { describe, expect, it } from 'vitest';
import { train, TrainingError, type TrainingOptions } from '.';
import { CORPUS, doubles, ENGLISH, FIXTURES, floats, ints, trainingOf } from './fixtures';

function worst(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i]! - b[i]!));
  return most;
}

it('has a fixture of every kind of run, and of what is rare', () => {
  expect(FIXTURES).toHaveLength(25 + 4);
});

describe.each(FIXTURES.map((one) => [one.name, one] as const))('training %s', (_, fixture) => {
  const training = trainingOf(fixture);

  it('reads the text as Python does', () => {
    expect(training.text.words).toEqual(fixture.words);
    expect(training.text.counts).toEqual(fixture.counts);
    if (fixture.facts) {
      expect({ ...training.text.facts, fingerprint: fixture.fingerprint }).toEqual(fixture.facts);
    }
  });

  it('learns the same examples in the same order, with the same words drawn', () => {
    const { members, starts, targets } = training.examples;
    expect(training.epochLength).toBe(fixture.epoch_length);
    expect(members).toEqual(ints(fixture.members));
    expect(starts).toEqual(ints(fixture.starts));
    expect(targets).toEqual(ints(fixture.targets));
    expect(training.order).toEqual(ints(fixture.order));
    expect(training.tables.negatives).toEqual(fixture.negatives && ints(fixture.negatives));
  });

  it('has the same weights and losses', () => {
    expect(training.spacing).toBe(fixture.spacing);
    // Powers and logarithms are the platform's own; all else is the same to the bit.
    const { optimizer, architecture, loss } = training.options;
    const own = optimizer === 'adam' || architecture === 'next-word' || loss === 'nce';
    for (const [step, packed] of Object.entries(fixture.states)) {
      training.advance(Number(step) - training.done);
      const difference = worst(training.state, doubles(packed));
      expect(difference, `after ${step}`).toBeLessThanOrEqual(own ? 1e-9 : 0);
    }
    expect(worst(training.losses, floats(fixture.losses))).toBeLessThan(1e-6);
  });
});

it('replays any step of a run from the state before it', () => {
  const training = trainingOf(FIXTURES.find(({ name }) => name === 'bundled')!);
  const at = training.spacing + 7;
  training.advance(at);
  const expected = training.state.slice();
  const run = train(CORPUS, { stopwords: ENGLISH });
  const { inputs, outputs } = run.weights(at);
  expect(inputs.values).toEqual(expected.slice(0, inputs.values.length));
  const { dim, padded } = training.layout;
  const turned = expected.subarray(inputs.values.length);
  outputs.values.forEach((value, i) => {
    expect(value).toBe(turned[(i % dim) * padded + Math.floor(i / dim)]);
  });
  expect(() => run.weights(-1)).toThrow(RangeError);
});

describe('what gives no run', () => {
  it.each<[string, string, Partial<TrainingOptions>, RegExp]>([
    ['an empty text', ' \n# only a comment\n', {}, /the text is empty/],
    [
      'rare words only',
      'a b c d',
      {},
      /none of the 4 words .* occurs 3 times, the most frequent 1/,
    ],
    ['one word', 'a\na\na b', { min_count: 2 }, /none of the 2 words/],
    ['no pairs', 'a b\na c\na d', { min_count: 3 }, /no two neighbouring words/],
    ['an option out of range', 'a b', { window: 0 }, /window is 0; expected a whole number/],
    ['a loss that is none', 'a b', { loss: 'x' as 'nce' }, /loss is “x”; expected one of softmax/],
    ['a rate that is too high', CORPUS, { alpha: 100, loss: 'negative' }, /take a smaller η/],
  ])('%s', (_, text, options, message) => {
    expect(() => train(text, options)).toThrow(TrainingError);
    expect(() => train(text, options)).toThrow(message);
  });
});
