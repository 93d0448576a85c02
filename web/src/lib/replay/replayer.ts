/** Any step and any step of a recorded run, done again from the keyframe before it. */
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
    this.approach(step, Infinity);
    return this.#state!;
  }

  /**
   * Does some of the steps to a state, from the keyframe before it or from where it was left.
   *
   * @returns Whether it is there.
   */
  approach(step: number, most: number): boolean {
    this.check(step, 0);
    const { keyframes } = this.block.facts;
    let keyframe = 0;
    while (keyframe + 1 < keyframes.length && keyframes[keyframe + 1]! <= step) {
      keyframe++;
    }
    const here = this.#state;
    const near = here && here.step <= step && here.step >= keyframes[keyframe]!;
    const state = near ? here : stateAt(this.block, keyframe);
    this.#state = state;
    for (let done = 0; done < most && state.step < step; done++) this.#advance(state);
    return state.step === step;
  }

  /** @throws RangeError There is no such step. */
  check(step: number, least: number): void {
    const { steps } = this.block.facts;
    if (Number.isInteger(step) && step >= least && step <= steps) return;
    throw new RangeError(`step ${step} is not there; the run has the steps ${least} … ${steps}`);
  }

  /** Step 1 … steps with every number of it. */
  step(number: number): StepData {
    this.check(number, 1);
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
