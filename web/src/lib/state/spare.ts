/**
 * What the page does when it has time: a piece after each frame, once nothing more has been asked for.
 *
 * A step that is shown changes what is in sight at once. What is out of sight follows here, so that no
 * key, no finger on a slider and no wheel waits for it.
 */

/** So long nothing must have been asked for, and nobody have moved: longer than between two steps. */
const QUIET_MS = 90;

type Piece = () => void;

const waiting = new Set<Piece>();
let timer: ReturnType<typeof setTimeout> | undefined;
let frame = 0;

/**
 * Does a piece of work when the page has time; before it prints, at once.
 *
 * @returns Takes the wish back: whoever asks may leave the page before then.
 */
export function whenSpare(piece: Piece): () => void {
  waiting.add(piece);
  postpone();
  return () => void waiting.delete(piece);
}

/** Does all of it now. */
export function doSpare(): void {
  clearTimeout(timer);
  cancelAnimationFrame(frame);
  // What a piece asks for in its turn is done as well.
  for (const piece of waiting) {
    waiting.delete(piece);
    piece();
  }
}

function next(): void {
  const [piece] = waiting;
  if (!piece) return;
  waiting.delete(piece);
  piece();
  // The frame shows this piece; the next one comes behind it.
  if (waiting.size) frame = requestAnimationFrame(() => (timer = setTimeout(next)));
}

/** A finger on a slider goes on: nobody waits for what is out of sight meanwhile. */
function postpone(): void {
  if (!waiting.size) return;
  clearTimeout(timer);
  cancelAnimationFrame(frame);
  timer = setTimeout(next, QUIET_MS);
}

if (typeof window !== 'undefined') {
  window.addEventListener('beforeprint', doSpare);
  for (const sign of ['input', 'keydown', 'wheel', 'touchmove'])
    window.addEventListener(sign, postpone, { capture: true, passive: true });
}
