/** What is done once the reader has begun to read, and not while the first view is still coming. */

const SIGNS = ['pointermove', 'pointerdown', 'keydown', 'wheel', 'touchstart'] as const;

/**
 * Calls at the reader's first move, when the browser has nothing else to do.
 *
 * @returns Lets it be.
 */
export function whenBegun(work: () => void): () => void {
  const leave = () => SIGNS.forEach((sign) => window.removeEventListener(sign, begun));
  const later = globalThis.requestIdleCallback ?? ((run: () => void) => setTimeout(run, 1000));
  function begun(): void {
    leave();
    later(work);
  }
  for (const sign of SIGNS) window.addEventListener(sign, begun, { passive: true });
  return leave;
}

/** Loads one after the other, so that what is asked for meanwhile never stands behind many. */
export async function loadInTurn(
  parts: readonly { load: () => Promise<unknown> }[],
): Promise<void> {
  for (const part of parts) {
    // What does not come is told when it is shown.
    await part.load().catch(() => undefined);
  }
}
