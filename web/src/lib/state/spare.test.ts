import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { doSpare, whenSpare } from './spare';

let frames: FrameRequestCallback[];

beforeEach(() => {
  vi.useFakeTimers();
  frames = [];
  vi.stubGlobal('requestAnimationFrame', (call: FrameRequestCallback) => frames.push(call));
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** A frame, and what is put behind it. */
function frame(): void {
  frames.splice(0).forEach((call) => call(0));
  vi.advanceTimersByTime(1);
}

it('does a piece a frame, once nothing more is asked for', () => {
  const done: number[] = [];
  whenSpare(() => done.push(1));
  vi.advanceTimersByTime(60);
  whenSpare(() => done.push(2));
  whenSpare(() => done.push(3));
  vi.advanceTimersByTime(60);
  expect(done).toEqual([]);
  vi.advanceTimersByTime(60);
  expect(done).toEqual([1]);
  frame();
  expect(done).toEqual([1, 2]);
  frame();
  expect(done).toEqual([1, 2, 3]);
});

it('lets be what was taken back', () => {
  const [gone, kept] = [vi.fn(), vi.fn()];
  const takeBack = whenSpare(gone);
  whenSpare(kept);
  takeBack();
  vi.advanceTimersByTime(200);
  frame();
  expect(gone).not.toHaveBeenCalled();
  expect(kept).toHaveBeenCalledTimes(1);
});

it('does all of it before printing, and what that asks for in turn', () => {
  const done: number[] = [];
  whenSpare(() => {
    done.push(1);
    whenSpare(() => done.push(3));
  });
  whenSpare(() => done.push(2));
  window.dispatchEvent(new Event('beforeprint'));
  expect(done.sort()).toEqual([1, 2, 3]);
  doSpare();
  expect(done).toHaveLength(3);
});

it('waits while a slider is moved', () => {
  const piece = vi.fn();
  whenSpare(piece);
  for (let moved = 0; moved < 5; moved++) {
    vi.advanceTimersByTime(60);
    window.dispatchEvent(new Event('input'));
  }
  expect(piece).not.toHaveBeenCalled();
  vi.advanceTimersByTime(100);
  expect(piece).toHaveBeenCalledTimes(1);
});
