/** Keeps the page at a section while what stands above it is still coming. */

/** How long a page may take to be as long as it was. */
export const SETTLED_MS = 2000;
const OWN_WILL = ['wheel', 'touchstart', 'pointerdown', 'keydown'] as const;

/**
 * Scrolls to an element now, and again whenever the page's height changes, until the user scrolls
 * or presses something, or two seconds are over.
 *
 * @param left Called when the user scrolls or presses something, however late: from then on the
 *   page is no longer where the address said.
 * @returns Ends it.
 */
export function holdAt(element: HTMLElement, left: () => void): () => void {
  return holdWhere(() => element.scrollIntoView({ behavior: 'instant', block: 'start' }), left);
}

/** The same of any place. @param hold Scrolls there. */
export function holdWhere(hold: () => void, left: () => void): () => void {
  const observer = new ResizeObserver(hold);
  observer.observe(document.body);
  const timer = setTimeout(() => observer.disconnect(), SETTLED_MS);
  for (const name of OWN_WILL) window.addEventListener(name, leave, { passive: true });
  hold();

  function end(): void {
    observer.disconnect();
    clearTimeout(timer);
    for (const name of OWN_WILL) window.removeEventListener(name, leave);
  }
  function leave(): void {
    end();
    left();
  }
  return end;
}
