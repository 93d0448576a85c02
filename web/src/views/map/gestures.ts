/** What hands do on the map: drag, wheel, pinch, tap, and drawing a part of it. */
import type { Point } from './plane';

export type Tool = 'move' | 'rectangle' | 'lasso';

export interface Hands {
  tool: () => Tool;
  move: (across: number, down: number) => void;
  /** @param at What stays where it is. */
  zoom: (factor: number, at: Point) => void;
  tap: (at: Point) => void;
  /** null where the pointer has left. */
  hover: (at: Point | null) => void;
  /** A part that is being drawn; a rectangle by two corners. */
  draw: (corners: Point[], done: boolean) => void;
}

const A_TAP = 5; // pixels that a finger may slip
const A_LINE = 16; // pixels of a wheel that tells lines

/** Lets an element be handled; an attachment. */
export function handled(hands: Hands): (element: HTMLElement) => () => void {
  return (element) => {
    const gestures = new Gestures(element, hands);
    const listeners: [string, (event: never) => void][] = [
      ['pointerdown', (event: PointerEvent) => gestures.down(event)],
      ['pointermove', (event: PointerEvent) => gestures.moved(event)],
      ['pointerup', (event: PointerEvent) => gestures.up(event)],
      ['pointercancel', (event: PointerEvent) => gestures.cancelled(event)],
      ['pointerleave', () => hands.hover(null)],
      ['wheel', (event: WheelEvent) => gestures.wheel(event)],
    ];
    for (const [name, hear] of listeners) {
      element.addEventListener(name, hear as EventListener, { passive: false });
    }
    return () => {
      for (const [name, hear] of listeners) {
        element.removeEventListener(name, hear as EventListener);
      }
    };
  };
}

class Gestures {
  readonly #fingers = new Map<number, Point>();
  #began: Point | null = null;
  #slipped = false;
  #drawn: Point[] | null = null;

  constructor(
    private readonly element: HTMLElement,
    private readonly hands: Hands,
  ) {}

  #at({ clientX, clientY }: MouseEvent): Point {
    const { left, top } = this.element.getBoundingClientRect();
    return [clientX - left, clientY - top];
  }

  down(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.element.setPointerCapture(event.pointerId);
    const at = this.#at(event);
    this.#fingers.set(event.pointerId, at);
    if (this.#fingers.size > 1) {
      // A second finger pinches, whatever the first had begun.
      this.#slipped = true;
      this.#drawn = null;
      return;
    }
    this.#began = at;
    this.#slipped = false;
    if (event.shiftKey || this.hands.tool() !== 'move') this.#drawn = [at];
    this.hands.hover(null);
  }

  moved(event: PointerEvent): void {
    const at = this.#at(event);
    const before = this.#fingers.get(event.pointerId);
    if (!before) {
      this.hands.hover(at);
      return;
    }
    if (this.#fingers.size > 1) {
      this.#pinch(event.pointerId, before, at);
    } else if (this.#began) {
      this.#slipped ||= Math.hypot(at[0] - this.#began[0], at[1] - this.#began[1]) > A_TAP;
      if (this.#slipped && this.#drawn) this.#draw(at, false);
      else if (this.#slipped) this.hands.move(at[0] - before[0], at[1] - before[1]);
      else return; // so that what slipped is not lost when it becomes a drag
    }
    this.#fingers.set(event.pointerId, at);
  }

  up(event: PointerEvent): void {
    const at = this.#at(event);
    if (!this.#fingers.delete(event.pointerId)) return;
    if (this.#fingers.size) return;
    if (!this.#slipped) this.hands.tap(at);
    else if (this.#drawn) this.#draw(at, true);
    this.#began = this.#drawn = null;
  }

  cancelled(event: PointerEvent): void {
    this.#fingers.delete(event.pointerId);
    if (this.#drawn) this.hands.draw([], true);
    this.#began = this.#drawn = null;
  }

  wheel(event: WheelEvent): void {
    event.preventDefault();
    const way = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? A_LINE : 1;
    // A trackpad's pinch comes as a wheel with this key, in smaller numbers.
    const speed = event.ctrlKey ? 0.01 : 0.002;
    const turned = Math.max(-200, Math.min(200, event.deltaY * way));
    this.hands.zoom(Math.exp(-turned * speed), this.#at(event));
  }

  #draw(at: Point, done: boolean): void {
    if (!this.#drawn) return;
    if (this.hands.tool() === 'lasso') this.#drawn.push(at);
    else this.#drawn = [this.#drawn[0]!, at];
    this.hands.draw(this.#drawn, done);
  }

  #pinch(finger: number, before: Point, at: Point): void {
    const other = [...this.#fingers].find(([id]) => id !== finger)?.[1];
    if (!other) return;
    const [was, is] = [before, at].map((one) => Math.hypot(one[0] - other[0], one[1] - other[1]));
    this.hands.move((at[0] - before[0]) / 2, (at[1] - before[1]) / 2);
    const middle: Point = [(at[0] + other[0]) / 2, (at[1] + other[1]) / 2];
    if (was! > 0 && is! > 0) this.hands.zoom(is! / was!, middle);
  }
}
