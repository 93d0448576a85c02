/** Formulas whose numbers change without being set anew. */
import katex from 'katex';

/** What slots are named inside KaTeX: letters only, so that each stays one piece of text. */
function token(index: number): string {
  const letters = [...String(index)].map((digit) => String.fromCharCode(97 + Number(digit)));
  return `zq${letters.join('')}qz`;
}

/** Texts of a formula that has been set, by the slot they belong to. */
export class LiveFormula {
  #texts = new Map<string, Text[]>();
  #note: Element | null;
  #tokens: [name: string, token: string][] = [];
  #source: string;

  /** @param template TeX with `\slot{name}` where texts go. */
  constructor(place: HTMLElement, template: string) {
    this.#source = template.replace(/\\slot\{(\w+)\}/g, (_, name: string) => {
      let known = this.#tokens.find(([other]) => other === name);
      if (!known) this.#tokens.push((known = [name, token(this.#tokens.length)]));
      return `\\text{${known[1]}}`;
    });
    katex.render(this.#source, place, {
      displayMode: true,
      output: 'htmlAndMathml',
      throwOnError: false,
      strict: false,
    });
    // What is read aloud is the MathML; the TeX beside it would only tell the tokens.
    this.#note = place.querySelector('annotation');
    const walker = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
    const found: Text[] = [];
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (node.parentNode !== this.#note) found.push(node as Text);
    }
    found.forEach((text) => this.#cut(text));
  }

  /** Cuts the tokens out of a text: MathML has words and what stands beside them in one. */
  #cut(text: Text): void {
    for (const [name, known] of this.#tokens) {
      const at = text.data.indexOf(known);
      if (at < 0) continue;
      const slot = text.splitText(at);
      const rest = slot.splitText(known.length);
      this.#texts.set(name, [...(this.#texts.get(name) ?? []), slot]);
      this.#cut(text);
      this.#cut(rest);
      return;
    }
  }

  fill(values: Readonly<Record<string, string>>): void {
    for (const [name, texts] of this.#texts) {
      const value = values[name] ?? '';
      for (const text of texts) if (text.data !== value) text.data = value;
    }
    if (!this.#note) return;
    let source = this.#source;
    for (const [name, known] of this.#tokens) source = source.replaceAll(known, values[name] ?? '');
    this.#note.textContent = source;
  }
}
