/**
 * How far the page was scrolled at each step of the browser's history, so that Back and a reload lead
 * to the same place. Browsers do this themselves, but before the view's answers are there, when the
 * page is not yet so long.
 */
import { holdWhere, SETTLED_MS } from './anchor';

const WRITE_AFTER_MS = 120;

interface Kept {
  scrolled?: number;
}

/** The place kept with the history's present step; null where it is a new one. */
export function keptPlace(): number | null {
  const state = history.state as Kept | null;
  return typeof state?.scrolled === 'number' ? state.scrolled : null;
}

/** Keeps the place as it is scrolled, and takes it up again. Called once, by the shell. */
export function keepPlaces(): () => void {
  history.scrollRestoration = 'manual';
  let timer: ReturnType<typeof setTimeout> | undefined;
  let end: (() => void) | undefined;
  // Until then the page goes to its place step by step, as it grows: none of those is kept.
  let heldUntil = 0;

  const write = () => {
    timer = undefined;
    history.replaceState({ ...(history.state as Kept | null), scrolled: window.scrollY }, '');
  };
  const scrolled = () => {
    clearTimeout(timer);
    if (performance.now() >= heldUntil) timer = setTimeout(write, WRITE_AFTER_MS);
  };
  const takeUp = () => {
    clearTimeout(timer); // what was scrolled belongs to the step that was left
    end?.();
    const place = keptPlace();
    heldUntil = place === null ? 0 : performance.now() + SETTLED_MS;
    end =
      place === null
        ? undefined
        : holdWhere(
            () => window.scrollTo({ top: place, behavior: 'instant' }),
            () => (heldUntil = 0),
          );
  };
  window.addEventListener('scroll', scrolled, { passive: true });
  window.addEventListener('popstate', takeUp);
  takeUp();
  return () => {
    window.removeEventListener('scroll', scrolled);
    window.removeEventListener('popstate', takeUp);
    clearTimeout(timer);
    end?.();
  };
}
