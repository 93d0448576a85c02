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

const waiting = new Map<HTMLCanvasElement, () => void>();

/**
 * Draws on a canvas at the next frame, once however often that is asked for until then.
 *
 * Setting a canvas's font makes the browser lay the page out. Between changes of the page each canvas
 * would cost a layout, and hold up the keys meanwhile; at a frame the page is laid out anyway.
 */
export function atNextFrame(canvas: HTMLCanvasElement, draw: () => void): void {
  if (waiting.size === 0) requestAnimationFrame(drawAll);
  waiting.set(canvas, draw);
}

function drawAll(): void {
  const draws = [...waiting.values()];
  waiting.clear();
  draws.forEach((draw) => draw());
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
