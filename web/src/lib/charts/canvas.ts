/** Canvases as sharp as the screen, and the size of text. */
import { flushSync } from 'svelte';
import { fonts } from '$lib/state/fonts.svelte';
import { whenSpare } from '$lib/state/spare';

/** Fits a canvas's pixels to its size on screen; drawing is then in CSS pixels. */
export function prepare(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
): CanvasRenderingContext2D | null {
  const context = canvas.getContext('2d', { alpha: true });
  if (!context) return null;
  const ratio = globalThis.devicePixelRatio || 1;
  const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== across) canvas.width = across;
  if (canvas.height !== down) canvas.height = down;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

type Draw = (context: CanvasRenderingContext2D) => void;
const waiting = new Map<HTMLCanvasElement, { width: number; height: number; draw: Draw }>();
let asked = false;

/**
 * Draws on a canvas at the next frame, once however often that is asked for until then; one that is
 * out of sight is drawn when the page has time. The returned function takes the wish back: an effect
 * returns it, as a canvas may leave the page before the frame.
 *
 * Setting a canvas's font makes the browser lay the page out. Between changes of the page each canvas
 * would cost a layout, and hold up the keys meanwhile; at a frame the page is laid out anyway.
 */
export function atNextFrame(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
  draw: Draw,
): () => void {
  if (!asked) requestAnimationFrame(drawSeen);
  asked = true;
  const wish = { width, height, draw };
  waiting.set(canvas, wish);
  return () => {
    if (waiting.get(canvas) === wish) waiting.delete(canvas);
  };
}

function drawSeen(): void {
  asked = false;
  for (const canvas of [...waiting.keys()]) {
    if (inSight(canvas)) drawOne(canvas);
    else whenSpare(() => drawOne(canvas));
  }
}

function inSight(canvas: HTMLCanvasElement): boolean {
  const { top, bottom } = canvas.getBoundingClientRect();
  return bottom >= 0 && top <= window.innerHeight;
}

function drawOne(canvas: HTMLCanvasElement): void {
  const wish = waiting.get(canvas);
  if (!wish) return;
  waiting.delete(canvas);
  const context = prepare(canvas, wish.width, wish.height);
  if (context) wish.draw(context);
}

/** On paper everything is in sight; what is spare has been done before. */
function drawAll(): void {
  flushSync();
  for (const canvas of [...waiting.keys()]) drawOne(canvas);
}

/** What comes into sight does not wait: the next frame has it. */
function look(): void {
  if (!waiting.size || asked) return;
  asked = true;
  requestAnimationFrame(drawSeen);
}

if (typeof window !== 'undefined') {
  window.addEventListener('beforeprint', drawAll);
  window.addEventListener('scroll', look, { passive: true, capture: true });
  window.addEventListener('resize', look);
}

let measuring: CanvasRenderingContext2D | null = null;

/** The width of the widest of some texts, in pixels. */
export function widest(texts: Iterable<string>, font: string): number {
  measuring ??= document.createElement('canvas').getContext('2d');
  let most = 0;
  if (!measuring) return most;
  measuring.font = font;
  for (const text of texts) most = Math.max(most, measuring.measureText(text).width);
  return most;
}

/** The page's root font size in pixels, which grows with the screen. */
export function rem(): number {
  return parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
}

/** The family behind a font token, as a canvas wants it. */
export function family(token: 'sans' | 'serif' | 'mono'): string {
  fonts.follow();
  const found = getComputedStyle(document.documentElement).getPropertyValue(`--${token}`).trim();
  return found || 'sans-serif';
}
