import { afterEach, expect, it, vi } from 'vitest';
import { loadInTurn, whenBegun } from './begun';
import { whenNear } from './near';

afterEach(() => vi.unstubAllGlobals());

it('does nothing until the reader moves, and then does it once', () => {
  vi.stubGlobal('requestIdleCallback', (run: () => void) => run());
  const work = vi.fn();
  whenBegun(work);
  expect(work).not.toHaveBeenCalled();
  window.dispatchEvent(new Event('pointermove'));
  window.dispatchEvent(new Event('keydown'));
  expect(work).toHaveBeenCalledTimes(1);
});

it('lets it be when told so', () => {
  vi.stubGlobal('requestIdleCallback', (run: () => void) => run());
  const work = vi.fn();
  whenBegun(work)();
  window.dispatchEvent(new Event('keydown'));
  expect(work).not.toHaveBeenCalled();
});

it('loads one part after the other, past those that do not come', async () => {
  const [order, under]: [string[], { now: number; most: number }] = [[], { now: 0, most: 0 }];
  const part = (name: string, comes = true) => ({
    load: async () => {
      under.most = Math.max(under.most, ++under.now);
      await Promise.resolve();
      under.now--;
      order.push(name);
      if (!comes) throw new Error(name);
    },
  });
  await loadInTurn([part('a'), part('b', false), part('c')]);
  expect(order).toEqual(['a', 'b', 'c']);
  expect(under.most).toBe(1);
});

it('waits until an element is nearly in sight, and not where that cannot be told', () => {
  let tell: (entries: { isIntersecting: boolean }[]) => void = () => undefined;
  const disconnect = vi.fn();
  class Observer {
    disconnect = disconnect;
    observe = vi.fn();
    constructor(callback: typeof tell) {
      tell = callback;
    }
  }
  const work = vi.fn();
  vi.stubGlobal('IntersectionObserver', undefined);
  whenNear(document.body, work);
  expect(work).toHaveBeenCalledTimes(1);
  vi.stubGlobal('IntersectionObserver', Observer);
  whenNear(document.body, work);
  tell([{ isIntersecting: false }]);
  expect(work).toHaveBeenCalledTimes(1);
  tell([{ isIntersecting: true }]);
  expect(work).toHaveBeenCalledTimes(2);
  expect(disconnect).toHaveBeenCalledTimes(1);
});
