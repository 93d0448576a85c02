/** The time of a film, 0 … 1; whoever wants no motion sees its end at once. */

export function isStill(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}

export class Clock {
  /** What has gone by. */
  share = $state(0);
  playing = $state(false);
  #frame = 0;
  #last = 0;

  /** @param seconds That the whole takes. */
  constructor(private readonly seconds: number) {}

  play(from = this.share < 1 ? this.share : 0): void {
    this.stop();
    this.share = from;
    if (isStill()) {
      this.share = 1;
      return;
    }
    this.playing = true;
    this.#last = performance.now();
    this.#frame = requestAnimationFrame(this.#tick);
  }

  stop(): void {
    this.playing = false;
    cancelAnimationFrame(this.#frame);
  }

  toggle(): void {
    if (this.playing) this.stop();
    else this.play();
  }

  #tick = (now: number): void => {
    // A tab that was hidden does not leap.
    this.share = Math.min(1, this.share + Math.min(now - this.#last, 100) / 1000 / this.seconds);
    this.#last = now;
    if (this.share < 1) this.#frame = requestAnimationFrame(this.#tick);
    else this.playing = false;
  };
}
