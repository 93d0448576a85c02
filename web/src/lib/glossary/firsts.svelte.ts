/** Where each term first stands in what is shown: there, and only there, it is marked. */
import { untrack } from 'svelte';
import type { Attachment } from 'svelte/attachments';

interface Claim {
  element: Element;
  terms: readonly string[];
}

class Firsts {
  #claims = $state.raw<readonly Claim[]>([]);

  readonly #first = $derived.by(() => {
    const found = new Map<string, Element>();
    for (const { element, terms } of this.#claims) {
      for (const term of terms) {
        const other = found.get(term);
        if (!other || element.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING)
          found.set(term, element);
      }
    }
    return found;
  });

  /** The terms that are marked somewhere. */
  get shown(): ReadonlySet<string> {
    return new Set(this.#claims.flatMap(({ terms }) => terms));
  }

  /** Whether an element is the first one with a term; what is folded away marks its own. */
  isAt(element: Element | undefined, term: string): boolean {
    return element !== undefined && (folded(element) || this.#first.get(term) === element);
  }

  add(claim: Claim): () => void {
    // What is folded away is nobody's first.
    if (folded(claim.element)) return () => undefined;
    // Whoever claims does not follow what others claim.
    this.#claims = [...untrack(() => this.#claims), claim];
    return () => {
      this.#claims = untrack(() => this.#claims).filter((one) => one !== claim);
    };
  }
}

const folded = (element: Element) => element.closest('details') !== null;

export const firsts = new Firsts();

/** Says which terms stand in an element. */
export function standing(terms: readonly string[]): Attachment<HTMLElement> {
  return (element) => (terms.length ? firsts.add({ element, terms }) : undefined);
}
