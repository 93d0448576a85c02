/**
 * What the page does when it has time: a piece after each frame, once nothing more has been asked for.
 *
 * A step that is shown changes what is in sight at once. What is out of sight follows here, so that no
 * key, no finger on a slider and no wheel waits for it.
 */

/** So long nothing must have been asked for: longer than lies between two steps of a slider. */
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
  clearTimeout(timer);
  cancelAnimationFrame(frame);
  timer = setTimeout(next, QUIET_MS);
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

if (typeof window !== 'undefined') window.addEventListener('beforeprint', doSpare);
