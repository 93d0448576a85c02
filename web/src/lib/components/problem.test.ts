import { expect, test } from 'vitest';
import { ProblemError } from '$lib/api/source';
import { again, sentence } from './problem';

const problem = (status: number, message = 'no') => new ProblemError(message, status, '/api/x?v=1');

test('an error is a sentence, without the address that was asked', () => {
  expect(sentence(problem(404, "'kng' is not among the words"))).toBe(
    "'kng' is not among the words.",
  );
  expect(sentence(problem(404, 'the run has 3 steps'))).toBe('The run has 3 steps.');
  expect(
    sentence(new TypeError('Failed to fetch dynamically imported module: http://a/b.js')),
  ).toMatch(/^This part of the page could not be fetched\./);
  expect(sentence('')).toBe('Something went wrong.');
});

test('asking again is offered only where another answer may come', () => {
  expect([400, 404, 414, 422].map((status) => again(problem(status)))).toEqual(
    Array(4).fill('none'),
  );
  expect([0, 500, 503].map((status) => again(problem(status)))).toEqual(Array(3).fill('retry'));
  expect(again(problem(409))).toBe('afresh');
  expect(again(new Error('a fault of the page'))).toBe('retry');
});
