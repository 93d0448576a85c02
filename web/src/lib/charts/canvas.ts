/** Canvases as sharp as the screen, and the size of text. */
import { fonts } from '$lib/state/fonts.svelte';

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
 * Draws on a canvas at the next frame, once however often that is asked for until then. The returned
 * function takes the wish back: an effect returns it, as a canvas may leave the page before the frame.
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
  if (!asked) requestAnimationFrame(drawAll);
  asked = true;
  waiting.set(canvas, { width, height, draw });
  return () => waiting.delete(canvas);
}

function drawAll(): void {
  asked = false;
  const wishes = [...waiting];
  waiting.clear();
  for (const [canvas, { width, height, draw }] of wishes) {
    const context = prepare(canvas, width, height);
    if (context) draw(context);
  }
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
