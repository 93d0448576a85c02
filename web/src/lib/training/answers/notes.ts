/** What the page knows of its own texts, beyond their words. */

/** Words that belong together, and analogies: of the page's own texts. */
export interface TextNotes {
  groups: Readonly<Record<string, readonly string[]>>;
  questions: readonly (readonly [string, string, string, string])[];
}

export const NO_NOTES: TextNotes = { groups: {}, questions: [] };
