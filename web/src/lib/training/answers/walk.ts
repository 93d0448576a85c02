/** The state of a run after any of its steps, done again from the nearest state that was kept. */
import type { Training } from '../run';
import { Stepper } from '../stepper';

export class StateWalk {
  readonly #stepper: Stepper;
  #at = -1;

  constructor(private readonly training: Training) {
    const { layout, options, examples, order, tables } = training;
    this.#stepper = new Stepper(layout, options, examples, order, tables);
  }

  /** @returns The state after some steps: a view that the next call changes. */
  to(step: number): Float64Array {
    const { spacing, states, steps } = this.training;
    const place = step === steps ? states.length - 1 : Math.floor(step / spacing);
    const kept = Math.min(place * spacing, steps);
    if (!(kept <= this.#at && this.#at <= step)) {
      this.#stepper.state.set(states[place]!);
      this.#at = kept;
    }
    while (this.#at < step) this.#stepper.advance(this.#at++);
    return this.#stepper.state;
  }
}
