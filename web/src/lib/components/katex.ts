/** KaTeX with its fonts: loaded by the first formula. */
import katex from 'katex';
import 'katex/dist/katex.min.css';

/**
 * Sets a formula inside an element. It builds elements rather than markup, so a page that forbids
 * inline styles shows it right.
 */
export function render(tex: string, element: HTMLElement, block: boolean): void {
  katex.render(tex, element, {
    displayMode: block,
    output: 'htmlAndMathml',
    throwOnError: false,
    strict: false,
  });
}
