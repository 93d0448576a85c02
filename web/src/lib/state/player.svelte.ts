/** Plays through positions: some a second, until the end. */

export class Player {
  playing = $state(false);
  /** Positions a second. */
  speed = $state(10);
  #frame = 0;
  #last = 0;
  #due = 0;

  /**
   * @param advance Moves on by so many positions; returns false at the end.
   */
  constructor(private readonly advance: (by: number) => boolean) {}

  play(): void {
    if (this.playing) return;
    this.playing = true;
    this.#due = 0;
    this.#last = performance.now();
    this.#frame = requestAnimationFrame(this.#tick);
  }

  pause(): void {
    this.playing = false;
    cancelAnimationFrame(this.#frame);
  }

  toggle(): void {
    if (this.playing) this.pause();
    else this.play();
  }

  #tick = (now: number): void => {
    // A tab that was hidden does not leap.
    this.#due += (Math.min(now - this.#last, 250) / 1000) * this.speed;
    this.#last = now;
    const by = Math.floor(this.#due);
    if (by > 0) {
      this.#due -= by;
      if (!this.advance(by)) {
        this.playing = false;
        return;
      }
    }
    this.#frame = requestAnimationFrame(this.#tick);
  };
}
