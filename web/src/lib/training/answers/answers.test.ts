import ANALOGIES from '$data/analogies.txt?raw';
import GROUPS from '$data/groups.tsv?raw';
import { describe, expect, it } from 'vitest';
import { decode, fromBase64 } from '$lib/api/safetensors';
import { ProblemError } from '$lib/api/source';
import { FIXTURES, trainingOf } from '../fixtures';
import { TrainedRun } from '../run';
import { answerOf, RunHistory, type TextNotes } from '.';
import { layers, subjectOf } from './text';

const CLOSE = 2e-6; // the server answers in float32

const groups: Record<string, string[]> = {};
for (const line of GROUPS.trim().split('\n')) {
  const [group, word] = line.split('\t') as [string, string];
  (groups[group] ??= []).push(word);
}
const NOTES: TextNotes = {
  groups,
  questions: ANALOGIES.split('\n')
    .filter((line) => line && !line.startsWith(':'))
    .map((line) => line.split(' ') as [string, string, string, string]),
};

const asked = FIXTURES.filter(({ answers }) => Object.keys(answers).length);

function historyOf(name: string): RunHistory {
  const training = trainingOf(asked.find((one) => one.name === name)!);
  training.advance(training.steps);
  return new RunHistory(new TrainedRun(training), NOTES);
}

/** A path with its parameters taken out again, and its query. */
function question(address: string) {
  const [path, query = ''] = address.split('?') as [string, string?];
  const number = /\/(\d+)(?=\/|$)/.exec(path)?.[1];
  return {
    path: path.replace(/\/\d+(?=\/|$)/, '/{number}'),
    ask: { path: { number }, query: Object.fromEntries(new URLSearchParams(query)) },
  };
}

function expectAlike(found: unknown, expected: unknown, where: string): void {
  if (typeof expected === 'number') {
    expect(Math.abs(Number(found) - expected), where).toBeLessThan(
      CLOSE * Math.max(1, Math.abs(expected)),
    );
  } else if (expected !== null && typeof expected === 'object') {
    const keys = Object.keys(expected);
    expect(Object.keys(found as object).sort(), where).toEqual(keys.sort());
    for (const key of keys) {
      const [own, other] = [found, expected] as Record<string, unknown>[];
      expectAlike(own![key], other![key], `${where}.${key}`);
    }
  } else if (typeof expected === 'string') {
    // The server shows what has no ink as an escape.
    expect(found, where).toBe(expected.replaceAll('\\ufeff', '\ufeff'));
  } else expect(found, where).toBe(expected);
}

describe.each(asked.map((one) => [one.name, one] as const))('answers of %s', (name, fixture) => {
  const history = historyOf(name);

  it.each(Object.entries(fixture.answers))('%s as the server gives it', (address, expected) => {
    if (address === '/api/subject') {
      const own = subjectOf(history, '0', (expected as { version: string }).version);
      expect(own.features.map).toBe(false); // its layout is the server's
      const features = { ...own.features, map: true };
      expectAlike({ ...own, features, format: 'Lexiscope model folder' }, expected, address);
      return;
    }
    if (address === '/api/census') {
      expectAlike(layers(history), (expected as { layers: unknown }).layers, address);
      return;
    }
    const { path, ask } = question(address);
    const found = answerOf(history, path, ask);
    if (!(expected as { base64?: string }).base64) {
      const told = { ...(expected as Record<string, unknown>), name: '' };
      const own = { ...(found as Record<string, unknown>), name: '' };
      expectAlike(own, told, address);
      return;
    }
    const { metadata, arrays } = decode(fromBase64((expected as { base64: string }).base64));
    const own = found as { payload: unknown; arrays: Record<string, { data: unknown }> };
    expectAlike(own.payload, JSON.parse(metadata.payload!), address);
    for (const [array, { data, shape }] of Object.entries(arrays)) {
      expectAlike(
        { ...own.arrays[array]!, data: Array.from(own.arrays[array]!.data as Float32Array) },
        { data: Array.from(data as Float32Array), shape },
        `${address} ${array}`,
      );
    }
    expect(Object.keys(own.arrays).sort()).toEqual(Object.keys(arrays).sort());
  });
});

it('says what is not there, in words', () => {
  const history = historyOf('cbow-hierarchical-adam');
  const ask = (path: string, query = {}, parameters = {}) =>
    expect(() => answerOf(history, path, { path: parameters, query }));
  ask('/api/steps/{number}', {}, { number: 151 }).toThrow(/step 151 is not there/);
  ask('/api/sentences/{number}', {}, { number: 99 }).toThrow(/sentences 0 … /);
  ask('/api/weights', { step: 151 }).toThrow(ProblemError);
  ask('/api/weights/two-vectors').toThrow(/hierarchical softmax/);
  ask('/api/explore/neighbors', { word: 'kimg' }).toThrow(/"kimg" is not in the vocabulary/);
  ask('/api/elsewhere').toThrow(/no answer to that/);
});
