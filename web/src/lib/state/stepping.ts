/** Where a key leads from a step. */

type Pressed = Pick<KeyboardEvent, 'key' | 'shiftKey' | 'altKey'>;

/** The step that a key leads to, within bounds; null for a key that leads nowhere. */
export function stepAfter(
  { key, shiftKey, altKey }: Pressed,
  step: number,
  least: number,
  most: number,
): number | null {
  if (altKey) return null; // the browser's own way back
  const wide = shiftKey ? 10 : 1;
  const moves: Record<string, number> = {
    ArrowLeft: step - wide,
    ArrowRight: step + wide,
    ArrowDown: step - wide,
    ArrowUp: step + wide,
    PageDown: step - 100 * wide,
    PageUp: step + 100 * wide,
    Home: least,
    End: most,
  };
  const next = moves[key];
  return next === undefined ? null : Math.max(least, Math.min(most, next));
}
