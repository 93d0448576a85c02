import { expect, it } from 'vitest';
import { stepAfter } from './stepping';

const after = (key: string, { shiftKey = false, altKey = false } = {}) =>
  stepAfter({ key, shiftKey, altKey }, 500, 1, 1000);

it('goes one, ten, a hundred, a thousand steps, to the ends, and not beyond', () => {
  expect(after('ArrowRight')).toBe(501);
  expect(after('ArrowLeft')).toBe(499);
  expect(after('ArrowRight', { shiftKey: true })).toBe(510);
  expect(after('PageDown')).toBe(400);
  expect(after('PageUp', { shiftKey: true })).toBe(1000);
  expect(after('Home')).toBe(1);
  expect(after('End')).toBe(1000);
});

it('leaves other keys, and the browser’s way back, alone', () => {
  expect(after('x')).toBeNull();
  expect(after('ArrowLeft', { altKey: true })).toBeNull();
});
