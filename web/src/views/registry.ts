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
  /** It fills a screen of its own: its title and question are for those who listen. */
  screen?: boolean;
}

/** Ids of addresses that were written down before a view had its present name. */
export const FORMER_IDS: Readonly<Record<string, string>> = { context: 'contextual' };

export const VIEWS: readonly ViewInfo[] = [
  {
    id: 'story',
    title: 'Story',
    question: 'What word vectors are, in nine scenes told with this model.',
    load: () => import('./story/View.svelte'),
    screen: true,
  },
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
    question: 'The numbers themselves, a row a word.',
    load: () => import('./weights/View.svelte'),
  },
  {
    id: 'code',
    title: 'Code',
    question: 'The code behind what is open, line by line, and what to try next.',
    load: () => import('./code/View.svelte'),
  },
  {
    id: 'explore',
    title: 'Explore',
    question: 'Ask the vectors: neighbours, analogies, likeness, norms.',
    load: () => import('./explore/View.svelte'),
  },
  {
    id: 'map',
    title: 'Map',
    question: 'All words in a plane: what stands together, and how far that is true.',
    load: () => import('./map/View.svelte'),
  },
  {
    id: 'compare',
    title: 'Compare',
    question: 'Two models side by side: which words moved, and which model to keep.',
    load: () => import('./compare/View.svelte'),
  },
  {
    id: 'quiz',
    title: 'Quiz',
    question: 'Questions made from this very model: predict, then see the numbers.',
    load: () => import('./quiz/View.svelte'),
  },
  {
    id: 'own',
    title: 'Your text',
    question: 'Give it a text of your own, turn the knobs, and see every view of what it learns.',
    load: () => import('./own/View.svelte'),
  },
  {
    id: 'contextual',
    title: 'Contextual',
    question: 'What a transformer makes of a word in its sentence, layer by layer.',
    load: () => import('./contextual/View.svelte'),
  },
  {
    id: 'senses',
    title: 'Senses',
    question: 'Every occurrence of a word in a text, by what it seems to mean there.',
    load: () => import('./senses/View.svelte'),
  },
];

/**
 * The views of the bar. Explore and the map come right after the story where there is no recording to walk
 * through; Contextual is there where there is a transformer, Map where a server makes one, Compare where
 * there are two models, and Senses, before all others, where words in their sentences are open. At their addresses they say so where there is none.
 */
export function orderedViews(features: Schemas['Features']): readonly ViewInfo[] {
  const needed: Partial<Record<string, boolean>> = {
    contextual: features.contextual,
    map: features.map,
    compare: features.comparison,
    senses: features.senses,
  };
  const views = VIEWS.filter(({ id }) => needed[id] ?? true);
  if (features.steps || features.snapshots) return views;
  const first = ['senses', 'story', 'explore', 'map', 'compare'];
  return [
    ...first.flatMap((id) => views.filter((view) => view.id === id)),
    ...views.filter((view) => !first.includes(view.id)),
  ];
}
