import { expect, it } from 'vitest';
import { address } from './address';

it('fills the path, sorts the query, and leaves out what is not said', () => {
  expect(address('/api/steps/{number}', { number: 7 })).toBe('/api/steps/7');
  expect(address('/a', {}, { topn: 3, b: undefined, a: null, word: 'x' })).toBe('/a?topn=3&word=x');
});

it('writes a list as the same name several times, and escapes words', () => {
  expect(address('/a', {}, { word: ['new york', 'a&b', 'née'] })).toBe(
    '/a?word=new%20york&word=a%26b&word=n%C3%A9e',
  );
  expect(address('/s/{number}', { number: '../x' })).toBe('/s/..%2Fx');
});
