/** Wide tables with a column a snapshot. */
import type { Attachment } from 'svelte/attachments';

/**
 * Scrolls a wide table sideways, and only sideways, so that the column of the snapshot on screen can
 * be seen beside the first column, which stays.
 *
 * @param here Place of the snapshot; read so that it is followed.
 * @param stays Width of the column that stays, in pixels.
 */
export function follows(here: () => number, stays: () => number): Attachment<HTMLElement> {
  return (scroller) => {
    const head = scroller.querySelectorAll<HTMLElement>('thead th')[here() + 1];
    if (!head || scroller.scrollWidth <= scroller.clientWidth) return;
    scroller.scrollLeft = scrollFor(
      head.offsetLeft,
      head.offsetWidth,
      scroller.clientWidth,
      stays(),
      scroller.scrollLeft,
    );
  };
}

/** How far to scroll from `from` so that a column can be seen: no farther than it takes. */
export function scrollFor(
  left: number,
  width: number,
  room: number,
  stays: number,
  from: number,
): number {
  if (left - from < stays) return Math.max(0, left - stays);
  return left + width - from > room ? left + width - room : from;
}
