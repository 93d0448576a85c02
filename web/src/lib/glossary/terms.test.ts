import { describe, expect, it } from 'vitest';
import { closed, pieces, symbolsIn, TERMS, termOf } from './terms';

const marked = (text: string) =>
  pieces(text).flatMap(({ term, text: spelled }) => (term ? [[term, spelled]] : []));

describe('terms in a text', () => {
  it('are cut out once each, and the text stays whole', () => {
    const text = 'The cosine of two rows: cosines are between −1 and 1, at each epoch.';
    expect(marked(text)).toEqual([
      ['cosine', 'cosine'],
      ['epoch', 'epoch'],
    ]);
    expect(
      pieces(text)
        .map(({ text: part }) => part)
        .join(''),
    ).toBe(text);
  });

  it('are the longer ones where two begin together', () => {
    expect(marked('Hierarchical softmax, then softmax')).toEqual([
      ['hierarchical-softmax', 'Hierarchical softmax'],
      ['softmax', 'softmax'],
    ]);
    expect(marked('the rank correlation')).toEqual([['rank-correlation', 'rank correlation']]);
  });

  it('are no parts of other words', () => {
    expect(marked('lossless epochal αη')).toEqual([]);
  });

  it('are symbols too', () => {
    expect(marked('−∂L/∂h, η times as far')).toEqual([
      ['partial', '∂L/∂h'],
      ['eta', 'η'],
    ]);
    expect(symbolsIn(String.raw`\theta - \eta \frac{\partial L}{\partial \theta}`)).toEqual([
      'partial',
      'eta',
      'theta',
    ]);
  });

  it('have what the page needs of each, and each its own spelling', () => {
    for (const { id, name, means } of TERMS) {
      expect(termOf(id).name).toBe(name);
      expect(means).toMatch(/[.)]$/);
    }
    expect(new Set(TERMS.map(({ id }) => id)).size).toBe(TERMS.length);
    for (const word of [
      'cosine',
      'softmax',
      'epoch',
      'variance',
      'rank correlation',
      'η',
      '∂L/∂x',
    ]) {
      expect(marked(word), word).toHaveLength(1);
    }
  });
});

it('keeps signs in the line of the word that they stand close to', () => {
  const cut = closed(pieces('As near as this (cosine). Or farther: variance, and more.'));
  expect(cut.map(({ before, text, after }) => [before, text, after])).toEqual([
    ['', 'As near as this ', ''],
    ['(', 'cosine', ').'],
    ['', ' Or farther: ', ''],
    ['', 'variance', ','],
    ['', ' and more.', ''],
  ]);
});
