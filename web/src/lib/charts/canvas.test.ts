import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { doSpare } from '$lib/state/spare';
import { atNextFrame } from './canvas';

let frames: FrameRequestCallback[];

beforeEach(() => {
  frames = [];
  vi.stubGlobal('requestAnimationFrame', (call: FrameRequestCallback) => frames.push(call));
});
afterEach(() => vi.unstubAllGlobals());

const frame = () => frames.splice(0).forEach((call) => call(0));

function someCanvas(top = 0): HTMLCanvasElement {
  const context = { setTransform: () => {} } as unknown as CanvasRenderingContext2D;
  const getBoundingClientRect = () => ({ top, bottom: top + 20 });
  const canvas = { width: 0, height: 0, getContext: () => context, getBoundingClientRect };
  return canvas as unknown as HTMLCanvasElement;
}

it('draws the last wish of a frame, once, at the size asked for', () => {
  const canvas = someCanvas();
  const [first, second] = [vi.fn(), vi.fn()];
  atNextFrame(canvas, 10, 20, first);
  atNextFrame(canvas, 30, 40, second);
  expect(second).not.toHaveBeenCalled();
  frame();
  frame();
  expect(first).not.toHaveBeenCalled();
  expect(second).toHaveBeenCalledTimes(1);
  expect([canvas.width, canvas.height]).toEqual([30, 40]);
});

it('draws nothing for a canvas that left the page before the frame', () => {
  const [gone, kept] = [vi.fn(), vi.fn()];
  const takeBack = atNextFrame(someCanvas(), 10, 20, gone);
  takeBack();
  atNextFrame(someCanvas(), 10, 20, kept);
  expect(frames).toHaveLength(1);
  frame();
  expect(gone).not.toHaveBeenCalled();
  expect(kept).toHaveBeenCalledTimes(1);
});

it('draws again at a later frame', () => {
  const canvas = someCanvas();
  const draw = vi.fn();
  atNextFrame(canvas, 10, 20, draw);
  frame();
  atNextFrame(canvas, 10, 20, draw);
  frame();
  expect(draw).toHaveBeenCalledTimes(2);
});

it('draws what is out of sight when there is time, and before printing', () => {
  const below = window.innerHeight + 100;
  const [seen, far, farther, gone] = [vi.fn(), vi.fn(), vi.fn(), vi.fn()];
  atNextFrame(someCanvas(), 10, 20, seen);
  atNextFrame(someCanvas(below), 10, 20, far);
  const takeBack = atNextFrame(someCanvas(below), 10, 20, gone);
  frame();
  expect(seen).toHaveBeenCalledTimes(1);
  expect(far).not.toHaveBeenCalled();
  takeBack();
  doSpare();
  expect(far).toHaveBeenCalledTimes(1);
  expect(gone).not.toHaveBeenCalled();
  atNextFrame(someCanvas(below), 10, 20, farther);
  window.dispatchEvent(new Event('beforeprint'));
  expect(farther).toHaveBeenCalledTimes(1);
  frame();
});

it('draws what is scrolled into sight at the next frame', () => {
  let top = window.innerHeight + 100;
  const canvas = someCanvas();
  canvas.getBoundingClientRect = () => ({ top, bottom: top + 20 }) as DOMRect;
  const draw = vi.fn();
  atNextFrame(canvas, 10, 20, draw);
  frame();
  expect(draw).not.toHaveBeenCalled();
  top = 50;
  window.dispatchEvent(new Event('scroll'));
  frame();
  expect(draw).toHaveBeenCalledTimes(1);
});
