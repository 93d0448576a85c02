import { describe, expect, it } from 'vitest';
import {
  changed,
  clock,
  type Live,
  lossCurves,
  memorySize,
  MOST_POINTS,
  neighboursAt,
  NOTHING,
  type Point,
  rate,
  type Report,
  shareDone,
  speedCurve,
  standing,
} from './events';

const report = (done: number, more: Partial<Report> = {}): Report => ({
  stage: 'training',
  done,
  total: 400,
  unit: 'words',
  rate: 50,
  remaining: 3,
  memory: 2 ** 28,
  values: { epoch: 2, loss: 2.5, epoch_loss: 2.4, alpha: 0.0125 },
  ...more,
});

const BEGUN: Live = changed(NOTHING, {
  name: 'model',
  state: 'training',
  epochs_total: 4,
  latest: report(100),
  points: [
    [50, null, 40, 0.02],
    [100, 2.5, 50, 0.0125],
  ],
});

describe('changes', () => {
  it('add to lists and replace everything else', () => {
    const live = changed(BEGUN, { points: [[150, 2.25, 60, 0.01]], latest: report(150) });
    expect(live.points.map(([done]) => done)).toEqual([50, 100, 150]);
    expect(live.latest?.done).toBe(150);
    expect([live.name, live.epochs_total]).toEqual(['model', 4]);
    expect(BEGUN.points).toHaveLength(2);
  });

  it('of a whole run begin anew', () => {
    const again = changed(NOTHING, { points: BEGUN.points });
    expect(again.points).toEqual(BEGUN.points);
  });

  it('keep a page that stays open for days bounded, its beginning as fine as its end', () => {
    let live = NOTHING;
    const most = 3 * MOST_POINTS;
    for (let done = 0; done < most; done++) live = changed(live, { points: [[done, 1, 1, 1]] });
    const places = live.points.map(([done]) => done);
    expect(places.length).toBeLessThanOrEqual(MOST_POINTS);
    expect([places[0], places.at(-1)]).toEqual([0, most - 1]);
    const steps = places.slice(1).map((place, i) => place - places[i]!);
    expect(Math.max(...steps)).toBeLessThanOrEqual(16);
    expect(Math.min(...steps)).toBeGreaterThan(0);
  });
});

describe('where the run stands', () => {
  it.each<[Partial<Live>, string, number | null]>([
    [{}, 'Training epoch 2 of 4, 25.0 % done.', 0.25],
    [{ asked: 'pause' }, 'Pausing at 25.0 %, after the stretch under way.', 0.25],
    [{ asked: 'pause', state: 'paused' }, 'Paused at 25.0 %.', 0.25],
    [{ asked: 'stop' }, 'Stopping at 25.0 %: a checkpoint is written.', 0.25],
    [{ state: 'saving' }, 'Trained; the model is being written.', 1],
    [{ state: 'reading', latest: report(9, { stage: 'reading' }) }, 'Reading.', null],
    [{ state: 'reading', latest: null }, 'Beginning.', null],
    [
      { state: 'ended', end: { outcome: 'finished', note: 'It is whole: m', command: '' } },
      'It is whole: m',
      1,
    ],
    [{ end: { outcome: 'stopped', note: 'Stopped.', command: '' } }, 'Stopped.', 0.25],
  ])('is told in a sentence: %o', (change, said, share) => {
    const live = changed(BEGUN, change);
    expect(standing(live)).toBe(said);
    expect(shareDone(live)).toBe(share);
  });
});

describe('curves', () => {
  it('have the points where a number is known', () => {
    const [loss] = lossCurves(BEGUN);
    expect(loss).toMatchObject({ name: 'running loss', x: [100], y: [2.5] });
    expect(speedCurve(BEGUN)).toMatchObject({ x: [50, 100], y: [40, 50] });
  });

  it('set means and held-out losses at the ends of their epochs', () => {
    const epochs = [
      { loss: 2.75, held_out: null },
      { loss: 2.5, held_out: 2.625 },
    ];
    const [, means, heldOut] = lossCurves(changed(BEGUN, { epochs }));
    expect(means).toMatchObject({ name: 'mean of the epoch', x: [100, 200], y: [2.75, 2.5] });
    expect(heldOut).toMatchObject({ name: 'held-out loss', x: [200], y: [2.625] });
    const without = lossCurves(changed(BEGUN, { epochs: [{ loss: 2.75, held_out: null }] }));
    expect(without.map(({ name }) => name)).toEqual(['running loss', 'mean of the epoch']);
  });

  it('are drawn of many points', () => {
    const points = Array.from({ length: 3000 }, (_, done): Point => [done, 1, 1, 1]);
    expect(speedCurve(changed(NOTHING, { points })).x).toHaveLength(3000);
  });
});

describe('neighbours', () => {
  const live = changed(BEGUN, {
    words: ['river'],
    looks: [
      { share: 0, nearest: [['a', 'b']] },
      { share: 0.5, nearest: [['bank', 'a']] },
    ],
  });

  it('tell what is new and what is gone since the snapshot before', () => {
    expect(neighboursAt(live, 1)).toEqual([
      {
        word: 'river',
        nearest: [
          { word: 'bank', isNew: true },
          { word: 'a', isNew: false },
        ],
        gone: ['b'],
      },
    ]);
  });

  it('are all as they are at the first, and none where there was no look', () => {
    expect(neighboursAt(live, 0)[0]).toMatchObject({ gone: [] });
    expect(neighboursAt(live, 0)[0]!.nearest.every(({ isNew }) => !isNew)).toBe(true);
    expect(neighboursAt(BEGUN, -1)).toEqual([]);
  });
});

it('times, sizes and rates are written as the terminal writes them', () => {
  expect([0.4, 42, 727, 11_100].map(clock)).toEqual(['0:00', '0:42', '12:07', '3:05:00']);
  expect(clock(null)).toBe('–');
  expect(memorySize(427 * 2 ** 20)).toBe('427 MB');
  expect(memorySize(12 * 2 ** 30)).toBe('12.0 GB');
  expect(rate(0.025)).toBe('0.02500');
});
