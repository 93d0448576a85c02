/** Any step and any step of a recorded run, done again from the checkpoint before it. */
import type { StepData } from '$lib/api/routes';
import { copyState, exampleOf, type ReplayBlock, type State, stateAt } from './block';
import { forward } from './forward';
import { describeStep } from './step';
import { update } from './update';

export class Replayer {
  #state: State | null = null;

  constructor(readonly block: ReplayBlock) {}

  /** The weights after some steps, 0 … steps; not to be changed by the caller. */
  at(step: number): State {
    const { checkpoints, steps } = this.block.facts;
    if (!Number.isInteger(step) || step < 0 || step > steps) {
      throw new RangeError(`step ${step} is not there; the run has the steps 0 … ${steps}`);
    }
    let checkpoint = 0;
    while (checkpoint + 1 < checkpoints.length && checkpoints[checkpoint + 1]! <= step) {
      checkpoint++;
    }
    const here = this.#state;
    const near = here && here.step <= step && here.step >= checkpoints[checkpoint]!;
    const state = near ? here : stateAt(this.block, checkpoint);
    while (state.step < step) this.#advance(state);
    this.#state = state;
    return state;
  }

  /** Step 1 … steps with every number of it. */
  step(number: number): StepData {
    if (number < 1) throw new RangeError(`step ${number} is not there; the first is 1`);
    const { steps } = this.block.facts;
    if (number > steps) throw new RangeError(`step ${number} is not there; the last is ${steps}`);
    const before = copyState(this.at(number - 1));
    const after = copyState(before);
    this.#advance(after);
    return describeStep(this.block, number, before, after);
  }

  #advance(state: State): void {
    const step = state.step + 1;
    const example = exampleOf(this.block, step);
    update(this.block, state, forward(this.block, state, step, example), example);
  }
}
