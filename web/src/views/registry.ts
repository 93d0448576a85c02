/** The views, in the order of the bar. A view to come is one more entry and one more folder. */
import type { Component } from 'svelte';
import type { Schemas } from '$lib/api/routes';

export interface ViewInfo {
  /** In the address: `#/walkthrough`. */
  id: string;
  title: string;
  /** What it answers, under its title. */
  question: string;
  load: () => Promise<{ default: Component }>;
}

export const VIEWS: readonly ViewInfo[] = [
  {
    id: 'blueprint',
    title: 'Blueprint',
    question: 'What the model is made of, how it was trained, and on what.',
    load: () => import('./blueprint/View.svelte'),
  },
  {
    id: 'walkthrough',
    title: 'Walkthrough',
    question: 'One training step, from the word that goes in to the weights that change.',
    load: () => import('./walkthrough/View.svelte'),
  },
  {
    id: 'journey',
    title: 'Journey',
    question: 'How the words found their places, from the first step to the last.',
    load: () => import('./journey/View.svelte'),
  },
  {
    id: 'weights',
    title: 'Weights',
    question: 'Every number that the model learned, in both of its matrices.',
    load: () => import('./weights/View.svelte'),
  },
  {
    id: 'code',
    title: 'Code',
    question: 'The program that trained it, line by line, and what to try next.',
    load: () => import('./code/View.svelte'),
  },
  {
    id: 'explore',
    title: 'Explore',
    question: 'Ask the vectors: neighbours, analogies, likeness, norms.',
    load: () => import('./explore/View.svelte'),
  },
  {
    id: 'context',
    title: 'Context',
    question: 'What a transformer makes of a word in its sentence, layer by layer.',
    load: () => import('./context/View.svelte'),
  },
];

/**
 * The views of the bar. Explore comes first where there is no recording to walk through; Context is
 * there where there is a transformer. At its address it says so where there is none.
 */
export function orderedViews(features: Schemas['Features']): readonly ViewInfo[] {
  const views = VIEWS.filter((view) => view.id !== 'context' || features.context);
  if (features.steps || features.snapshots) return views;
  const explore = views.filter((view) => view.id === 'explore');
  return [...explore, ...views.filter((view) => view.id !== 'explore')];
}
