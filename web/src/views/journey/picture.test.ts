import { describe, expect, it } from 'vitest';
import { chosenWords, toggled } from './chosen';
import { scrollFor } from './columns';
import { bounds, pointsAt } from './picture';
import { lying } from './strip';

const paths = {
  words: ['king', 'dog'],
  groups: [0, 1],
  snapshots: [0, 10, 20],
  positions: [0, 0, 5, 5, 1, 1, 6, 6, 2, 2, 7, 7],
};
const none = new Set<number>();

describe('the picture', () => {
  it('shows the words at a snapshot, with the way that those pointed out came', () => {
    const [king, dog] = pointsAt(paths, 2, 'chosen', ['king'], none);
    expect([king.x, king.y, king.trail]).toEqual([2, 2, [[0, 0], [1, 1]]]); // prettier-ignore
    expect([dog.x, dog.y, dog.trail]).toEqual([7, 7, []]);
    expect(pointsAt(paths, 2, 'all', [], none).map(({ trail }) => trail?.length)).toEqual([2, 2]);
    expect(pointsAt(paths, 2, 'none', ['king'], none)[0].trail).toEqual([]);
  });

  it('leaves out groups that are hidden, but no word that is pointed out', () => {
    expect(pointsAt(paths, 0, 'none', [], new Set([0])).map(({ label }) => label)).toEqual(['dog']);
    expect(pointsAt(paths, 0, 'none', ['king'], new Set([0, 1]))).toHaveLength(1);
  });

  it('has axes that hold all snapshots', () => {
    const { x, y } = bounds(paths.positions);
    expect(x[0]).toBeLessThan(0);
    expect(x[1]).toBeGreaterThan(7);
    expect(y).toEqual(x);
    expect(bounds([])).toEqual({ x: [-1, 1], y: [-1, 1] });
  });
});

describe('the words pointed out', () => {
  const words = ['the', 'king', 'dog', 'queen'];

  it('are known ones unless chosen', () => {
    expect(chosenWords('', words)).toEqual(['king', 'queen']);
    expect(chosenWords('', ['a', 'b', 'c', 'd'])).toEqual(['a', 'b', 'c']);
    expect(chosenWords('dog,nonsense,dog', words)).toEqual(['dog']);
  });

  it('can be none, and stay none', () => {
    expect(toggled(['dog'], 'dog')).toBe(',');
    expect(chosenWords(',', words)).toEqual([]);
    expect(toggled([], 'dog')).toBe('dog');
  });

  it('are never more than there are colours', () => {
    const many = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    expect(toggled(many, 'i')).toBe('b,c,d,e,f,g,h,i');
  });
});

describe('matrices on their side', () => {
  it('have a column a word, or a row a word, in the order asked for', () => {
    const values = [1, 2, 3, 4, 5, 6];
    expect([...lying(values, [2, 0], 2, true)]).toEqual([5, 1, 6, 2]);
    expect([...lying(values, [2, 0], 2, false)]).toEqual([5, 6, 1, 2]);
  });
});

describe('wide tables', () => {
  it('scroll no farther than it takes to see a column', () => {
    expect(scrollFor(300, 100, 500, 150, 0)).toBe(0);
    expect(scrollFor(600, 100, 500, 150, 0)).toBe(200);
    expect(scrollFor(300, 100, 500, 150, 400)).toBe(150);
    expect(scrollFor(40, 100, 500, 150, 400)).toBe(0);
  });
});
