import { describe, expect, it } from 'vitest';
import {
  classed,
  evenBounds,
  pointScale,
  readOwn,
  rgb,
  scaleColors,
  STEPS,
  usualBounds,
} from './colors';

describe('classes of numbers', () => {
  it('go from the first to the last; 0 is for what is no number', () => {
    const values = Float32Array.of(-5, 0, 0.5, 1, 7, NaN);
    expect([...classed(values, [0, 1])]).toEqual([1, 1, 1 + STEPS / 2, STEPS, STEPS, 0]);
  });

  it('have bounds that a few far ones do not move', () => {
    const values = Float32Array.from({ length: 1_000 }, (_, i) => i);
    values[500] = 1e9;
    const [least, most] = usualBounds(values);
    expect(least).toBe(6);
    expect(most).toBe(994); // 500 is no longer among them
    expect(evenBounds(Float32Array.of(-3, 1, 2))).toEqual([-3, 3]);
    expect(usualBounds(Float32Array.of(4, 4))).toEqual([4, 5]);
    expect(usualBounds(Float32Array.of(NaN))).toEqual([0, 1]);
  });

  it('have colours from the first to the last', () => {
    const scale = pointScale('diverging', [-1, 1], ['#ff0000', '#808080', '#0000ff']);
    expect(rgb(scale.color(-1))).toEqual([255, 0, 0]);
    expect(rgb(scale.color(0))).toEqual([128, 128, 128]);
    expect(rgb(scale.color(9))).toEqual([0, 0, 255]);
    const colors = scaleColors(scale, '#010203');
    expect(colors).toHaveLength(1 + STEPS);
    expect(colors[0]).toEqual([1, 2, 3]);
    expect(colors[1]![0]).toBeGreaterThan(240);
    expect(colors[STEPS]![2]).toBeGreaterThan(240);
  });
});

describe('a list of one’s own', () => {
  it('has numbers', () => {
    const { words, values, groups } = readOwn('\uFEFFword\tvalue\nking\t1.5\r\n\nqueen\t-2\n');
    expect(words).toEqual(['king', 'queen']);
    expect([...values]).toEqual([1.5, -2]);
    expect(groups).toEqual([]);
  });

  it('or names, the most common first', () => {
    const { groups, group } = readOwn('king\tpeople\ndog\tanimals\ncat\tanimals');
    expect(groups).toEqual(['animals', 'people']);
    expect(group).toEqual([1, 0, 0]);
  });

  it('is refused where it is none, with the line', () => {
    expect(() => readOwn('king\t1\nqueen 2')).toThrow('line 2 has no tab');
    expect(() => readOwn(' \n')).toThrow('the file is empty');
    expect(() => readOwn('w\t1\n'.repeat(20_001))).toThrow('20001 lines; expected 20000');
  });
});
