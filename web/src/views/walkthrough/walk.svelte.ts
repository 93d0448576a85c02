/** What the stages of a walkthrough have in common: the steps shown and what is looked at in them. */
import { getContext, setContext } from 'svelte';
import { route } from '$lib/router.svelte';
import { type Scales, sharedScales } from './scales';
import type { ShownStep } from './shown-step';

export class Walk {
  readonly #shown: () => readonly ShownStep[];
  /** Bounds that all steps shown share. */
  readonly scales: Scales = $derived.by(() => sharedScales(this.shown));
  /** Name of the row of W′ looked at; '' for the target. */
  readonly word: string = $derived(route.text('word'));
  /** The gradient is being checked. */
  readonly check: boolean = $derived(route.flag('check'));

  /** @param shown The steps shown, the first of which the address tells. */
  constructor(shown: () => readonly ShownStep[]) {
    this.#shown = shown;
  }

  get shown(): readonly ShownStep[] {
    return this.#shown();
  }

  /** Place of the row looked at among those that a step asks. */
  chosen(step: ShownStep): number {
    return step.place(this.word);
  }

  /** Looks at a row; the target is what is looked at first. */
  choose(name: string): void {
    route.set({ word: name === this.shown[0]?.target ? null : name }, { replace: true });
  }

  /** Opens the check of the gradient, or closes it. */
  toggleCheck(): void {
    route.set({ check: !this.check });
  }
}

const KEY = Symbol('walk');

/** For the view: hands its walk to all stages below. */
export function provideWalk(walk: Walk): Walk {
  return setContext(KEY, walk);
}

/** For a stage or a part of one, while it is made. */
export function getWalk(): Walk {
  return getContext<Walk>(KEY);
}
