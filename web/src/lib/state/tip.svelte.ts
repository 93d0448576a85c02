/** The one tooltip of the page: what it says, and beside what. */
import type { Snippet } from 'svelte';
import type { Attachment } from 'svelte/attachments';

/** A number as the sum of products that it is. */
export interface Trace {
  /** What the number is: `score of queen`, `∂L/∂h, dimension 3`. */
  title: string;
  /** Factors of each product; a plain term has one. */
  terms: number[][];
  /** Names of the factors, over their columns. */
  names?: string[];
  /** What each term belongs to (a dimension, a word). */
  labels?: string[];
  result: number;
  digits?: number;
  /** What is done with the sum: `then divided by 2`. */
  note?: string;
}

export type TipContent = string | { trace: Trace } | { snippet: Snippet };

export interface Anchor {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export const TIP_ID = 'lexiscope-tip';
const LEAVE_MS = 120; // time to get from the number onto the tooltip

class Tip {
  content = $state.raw<TipContent | null>(null);
  anchor = $state.raw<Anchor | null>(null);
  #owner: unknown = null;
  #leaving: ReturnType<typeof setTimeout> | undefined;

  /** @param owner Who shows it: only the one who showed it last can hide it. */
  show(owner: unknown, anchor: Anchor, content: TipContent): void {
    this.stay();
    this.#owner = owner;
    this.anchor = anchor;
    this.content = content;
  }

  hide(owner: unknown, { now = false } = {}): void {
    if (this.#owner !== owner) return;
    this.stay();
    if (now) this.clear();
    else this.#leaving = setTimeout(() => this.clear(), LEAVE_MS);
  }

  /** The pointer is on the tooltip itself. */
  stay(): void {
    clearTimeout(this.#leaving);
  }

  leave(): void {
    this.hide(this.#owner);
  }

  clear(): void {
    clearTimeout(this.#leaving);
    this.#owner = null;
    this.content = null;
    this.anchor = null;
  }
}

export const tip = new Tip();

/**
 * Shows a tooltip on hover, focus and tap of an element; Escape closes it.
 *
 * @param content Read when it is shown; null where there is nothing to say.
 */
export function tooltip(content: () => TipContent | null): Attachment<HTMLElement> {
  return (element) => {
    const show = () => {
      const said = content();
      if (said === null) return;
      tip.show(element, element.getBoundingClientRect(), said);
      element.setAttribute('aria-describedby', TIP_ID);
    };
    const hide = () => {
      tip.hide(element);
      element.removeAttribute('aria-describedby');
    };
    const escape = (event: KeyboardEvent) => {
      if (event.key === 'Escape') tip.hide(element, { now: true });
    };
    const listeners: [string, EventListener][] = [
      ['pointerenter', show],
      ['pointerleave', hide],
      ['focus', show],
      ['blur', hide],
      ['click', show],
      ['keydown', escape as EventListener],
    ];
    for (const [name, listener] of listeners) element.addEventListener(name, listener);
    return () => {
      for (const [name, listener] of listeners) element.removeEventListener(name, listener);
      tip.hide(element, { now: true });
    };
  };
}

/** The trace of a dot product, dimension by dimension. */
export function dotTrace(
  title: string,
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  options: Partial<Pick<Trace, 'names' | 'labels' | 'digits' | 'note' | 'result'>> = {},
): Trace {
  const terms = Array.from({ length: a.length }, (_, i) => [a[i]!, b[i]!]);
  const result = options.result ?? terms.reduce((sum, [x, y]) => sum + x! * y!, 0);
  return { title, terms, ...options, result };
}
