import { describe, expect, it } from 'vitest';
import type { Schemas } from '$lib/api/routes';
import { fromBase64 } from '$lib/api/safetensors';
import { readBlock } from './block';
import { binaryAnswer, difference, fixture, FIXTURES } from './fixtures';
import { gradientCheck } from './gradient-check';
import { Replayer } from './replayer';

const CLOSE = 1e-5; // the recordings are in float32

const replayerOf = (name: string) => new Replayer(readBlock(fromBase64(fixture(name).replay)));

it('has a fixture of every kind of run', () => {
  expect(FIXTURES).toHaveLength(25);
});

describe.each(FIXTURES.map((one) => [one.name, one] as const))('replaying %s', (name, one) => {
  it.each([150, 300])('does step %i as the server has it, number by number', (number) => {
    const expected = binaryAnswer(one, `/api/steps/${number}`);
    const found = replayerOf(name).step(number);
    expect(Object.keys(found.arrays).sort()).toEqual(Object.keys(expected.arrays).sort());
    for (const [array, tensor] of Object.entries(expected.arrays)) {
      const own = found.arrays[array as keyof typeof found.arrays]!;
      expect(difference(own, tensor), array).toBeLessThan(CLOSE);
    }
    expect(Object.keys(found.payload).sort()).toEqual(Object.keys(expected.payload).sort());
    for (const [field, value] of Object.entries(expected.payload)) {
      const own = found.payload[field as keyof typeof found.payload];
      if (typeof value === 'number')
        expect(Math.abs(Number(own) - value), field).toBeLessThan(CLOSE);
      else expect(own, field).toEqual(value);
    }
  });

  it('has the weights after any step, whatever was looked at before', () => {
    const expected = binaryAnswer(one, '/api/weights?step=200').arrays.inputs!;
    const replayer = replayerOf(name);
    replayer.at(250);
    const { inputs } = replayer.at(200);
    expect(difference({ data: inputs.values, shape: expected.shape }, expected)).toBeLessThan(
      CLOSE,
    );
  });

  it('checks its gradients as the server does', () => {
    const expected = one.answers['/api/steps/150/gradient-check'] as Schemas['GradientCheck'];
    const found = gradientCheck(replayerOf(name), 150);
    expect(found.classic).toBe(expected.classic);
    expect(found.matrices.map((m) => [m.name, m.rows])).toEqual(
      expected.matrices.map((m) => [m.name, m.rows]),
    );
    found.matrices.forEach((matrix, i) => {
      const [own, other] = [matrix.numeric.flat(), expected.matrices[i]!.numeric.flat()];
      own.forEach((value, place) => expect(Math.abs(value - other[place]!)).toBeLessThan(CLOSE));
    });
    expect(found.largest_difference).toBeLessThan(1e-6);
  });
});

it('says that a step is not there', () => {
  const replayer = replayerOf('skipgram-softmax-sgd');
  expect(() => replayer.step(0)).toThrow(/step 0 is not there; the run has the steps 1 … 300/);
  expect(() => replayer.step(301)).toThrow(/1 … 300/);
  expect(() => replayer.at(301)).toThrow(/0 … 300/);
});

it('changes nothing behind the back of who looks at a step', () => {
  const replayer = replayerOf('skipgram-softmax-sgd');
  const before = replayer.step(42);
  replayer.step(43);
  expect(replayer.step(42)).toEqual(before);
});
