import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { atNextFrame } from './canvas';

let frames: FrameRequestCallback[];

beforeEach(() => {
  frames = [];
  vi.stubGlobal('requestAnimationFrame', (call: FrameRequestCallback) => frames.push(call));
});
afterEach(() => vi.unstubAllGlobals());

const frame = () => frames.splice(0).forEach((call) => call(0));

function someCanvas(): HTMLCanvasElement {
  const context = { setTransform: () => {} } as unknown as CanvasRenderingContext2D;
  return { width: 0, height: 0, getContext: () => context } as unknown as HTMLCanvasElement;
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
