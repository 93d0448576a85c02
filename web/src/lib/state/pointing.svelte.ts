/** What the reader points with: fingers know no keys, and nothing to hover with. */

class Pointing {
  #touch = $state(false);

  constructor() {
    const asked = globalThis.matchMedia?.('(pointer: coarse)');
    if (!asked) return;
    this.#touch = asked.matches;
    asked.addEventListener?.('change', ({ matches }) => (this.#touch = matches));
  }

  /** Whether a finger is the first thing to point with, as on telephones and tablets. */
  get touch(): boolean {
    return this.#touch;
  }
}

const pointing = new Pointing();

/**
 * How something is done, for what it is done with.
 *
 * @param keys With a mouse and a keyboard.
 * @param touch With a finger; nothing where there is nothing to say.
 */
export function byHand(keys: string, touch = ''): string {
  return pointing.touch ? touch : keys;
}

/** Said to those who listen, who have no arrow keys on a touch screen. */
export const walkedBy = (what: string): string => byHand(`Walk ${what} with the arrow keys.`);
