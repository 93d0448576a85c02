import { describe, expect, it } from 'vitest';
import { orderedViews, VIEWS } from '$views/registry';
import { keyOfPlace, keysOfViews, placeOfKey } from './view-keys';

// Words in their sentences are no model that could be compared with another.
const features = (contextual: boolean, senses = false) =>
  ({
    contextual,
    map: contextual,
    comparison: contextual && !senses,
    senses,
    steps: true,
  }) as never;

describe('keys of views', () => {
  it('open every view there can be, each by a key of its own', () => {
    const views = orderedViews(features(true));
    expect(views).toHaveLength(VIEWS.length - 1);
    expect(orderedViews(features(true, true))).toHaveLength(VIEWS.length - 1);
    const keys = views.map((_, place) => keyOfPlace(place));
    expect(keys).toEqual(['1', '2', '3', '4', '5', '6', '7', '8', '9', '0', '-', '=']);
    expect(keys.map(placeOfKey)).toEqual(views.map((_, place) => place));
  });

  it('are told as they are', () => {
    expect(keysOfViews(orderedViews(features(true)).length)).toBe('1 … 9, 0, -, =');
    expect(keysOfViews(orderedViews(features(false)).length)).toBe('1 … 9');
    expect(keysOfViews(3)).toBe('1 … 3');
  });

  it('are digits and nothing else', () => {
    for (const key of ['', 'a', 'F1', '12', 'Enter', ' ']) expect(placeOfKey(key)).toBe(-1);
  });
});
