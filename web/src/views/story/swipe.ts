/** Swipes to either side; what is dragged itself is left alone. */

interface Touches {
  target: EventTarget | null;
  changedTouches: ArrayLike<{ clientX: number; clientY: number }>;
}

const FAR = 56; // pixels
const STEEP = 0.6; // of the way across, what a finger may go up or down

/** Where a finger's way leads: on (1), back (−1), or nowhere. */
export function direction(across: number, down: number): 1 | -1 | 0 {
  if (Math.abs(across) < FAR || Math.abs(down) > STEEP * Math.abs(across)) return 0;
  return across < 0 ? 1 : -1;
}

export class Swipe {
  #from: { x: number; y: number } | null = null;

  constructor(private readonly go: (by: 1 | -1) => void) {}

  start({ target, changedTouches }: Touches): void {
    const dragged = target instanceof Element && target.closest('input, select, [data-drag]');
    const touch = changedTouches[0];
    this.#from = dragged || !touch ? null : { x: touch.clientX, y: touch.clientY };
  }

  end({ changedTouches }: Touches): void {
    const touch = changedTouches[0];
    if (!this.#from || !touch) return;
    const by = direction(touch.clientX - this.#from.x, touch.clientY - this.#from.y);
    this.#from = null;
    if (by) this.go(by);
  }
}
