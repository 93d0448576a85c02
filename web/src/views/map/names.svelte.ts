/** Which words in sight have their names on the map, found now and then while it moves. */
import type { MapData } from './map-data.svelte';

/** While the map moves: drawing names takes longer than a frame. */
const EVERY_MS = 700;
const SAID = 8;

export class Names {
  /** Words by number, most frequent first. */
  numbers = $state.raw<number[]>([]);
  /** The first of them, for those who listen. */
  said = $state('');
  #last = 0;
  #later: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param find Finds the words to be named.
   * @param begin Called when it is time to find them.
   */
  constructor(
    private readonly data: MapData,
    private readonly find: () => Promise<number[]> | null,
    private readonly begin: () => void,
  ) {}

  /** The map has moved, or rests: names are found now, or in a moment. */
  follow(rests = false): void {
    clearTimeout(this.#later);
    const wait = rests ? 0 : this.#last + EVERY_MS - performance.now();
    if (wait > 0) {
      this.#later = setTimeout(() => this.follow(), wait);
      return;
    }
    this.#last = performance.now();
    this.begin();
    void this.find()?.then(async (found) => {
      this.numbers = found;
      await this.data.want(found);
      this.said = found
        .slice(0, SAID)
        .flatMap((one) => this.data.word(one) ?? [])
        .join(', ');
    });
  }

  end(): void {
    clearTimeout(this.#later);
  }
}
