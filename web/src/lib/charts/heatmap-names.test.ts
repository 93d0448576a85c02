import { describe, expect, it } from 'vitest';
import { nameRoom, spread } from './heatmap-names';

const widths = { rows: 52, columns: 52, rowGroups: 50, columnGroups: 50 };

describe('room for names', () => {
  it('is there for groups at every width, for words where they can be read', () => {
    for (const width of [280, 390, 768, 1440, 2560]) {
      const room = nameRoom({ mode: 'fit', width, columns: 96 }, widths, 12);
      expect(room.leftBand).toBeGreaterThan(50);
      expect(room.topBand).toBeGreaterThan(50);
      expect(room.top > room.topBand).toBe((width - room.left) / 96 >= 9);
    }
    expect(nameRoom({ mode: 'numbers', width: 390, columns: 8 }, widths, 12)).toMatchObject({
      leftBand: 18,
      left: 84,
    });
  });

  it('is none where there are no groups', () => {
    const none = { ...widths, rowGroups: 0, columnGroups: 0 };
    expect(nameRoom({ mode: 'fit', width: 1440, columns: 12 }, none, 12)).toMatchObject({
      leftBand: 0,
      topBand: 0,
    });
  });
});

describe('places of names', () => {
  it('stay where they are wanted, or move as little as the distance asks', () => {
    expect(spread([10, 40, 80], 14, 5, 100)).toEqual([10, 40, 80]);
    expect(spread([10, 12, 14], 14, 5, 100)).toEqual([10, 24, 38]);
    expect(spread([90, 95, 98], 14, 5, 100)).toEqual([72, 86, 100]);
  });

  it('never leave the line, and keep their order, however many they are', () => {
    const many = spread(
      Array.from({ length: 30 }, () => 50),
      14,
      0,
      100,
    );
    expect(Math.min(...many)).toBeGreaterThanOrEqual(-1e-9);
    expect(Math.max(...many)).toBeLessThanOrEqual(100 + 1e-9);
    expect([...many].sort((a, b) => a - b)).toEqual(many);
    expect(spread([], 14, 0, 100)).toEqual([]);
  });
});
