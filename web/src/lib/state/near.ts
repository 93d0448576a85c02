/** What waits until a part of the page is nearly in sight. */

/** How far below or above the screen a part is near. */
const MARGIN = '400px';

/**
 * Calls once an element is nearly in sight, or at once where that cannot be told.
 *
 * @returns Lets it be.
 */
export function whenNear(element: Element, work: () => void): () => void {
  if (typeof IntersectionObserver === 'undefined') {
    work();
    return () => undefined;
  }
  const observer = new IntersectionObserver(
    (entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      work();
    },
    { rootMargin: MARGIN },
  );
  observer.observe(element);
  return () => observer.disconnect();
}

/** So far beyond the screen a part counts as seen: what a turn of the wheel brings. */
const SEEN_MARGIN = '120px';

/**
 * Tells whether an element is in sight, whenever that changes; nothing where it cannot be told.
 *
 * @returns Lets it be.
 */
export function whileSeen(element: Element, tell: (seen: boolean) => void): () => void {
  if (typeof IntersectionObserver === 'undefined') return () => undefined;
  const observer = new IntersectionObserver(
    (entries) => tell(entries[entries.length - 1]!.isIntersecting),
    { rootMargin: SEEN_MARGIN },
  );
  observer.observe(element);
  return () => observer.disconnect();
}
