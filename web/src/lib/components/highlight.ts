/** Colours of code, by Shiki with the few grammars that this page shows; loaded when needed. */
import { createHighlighterCore, type HighlighterCore } from 'shiki/core';
import { createJavaScriptRegexEngine } from 'shiki/engine/javascript';
import bash from 'shiki/langs/bash.mjs';
import json from 'shiki/langs/json.mjs';
import python from 'shiki/langs/python.mjs';
import { inkTheme } from './code-theme';

export type Language = 'python' | 'bash' | 'json';

export interface Colored {
  text: string;
  /** '' for the text's own. */
  color: string;
}

let making: Promise<HighlighterCore> | null = null;

/** The parts of each line with their colours. */
export async function highlight(
  text: string,
  language: Language,
  dark: boolean,
): Promise<Colored[][]> {
  making ??= createHighlighterCore({
    themes: [inkTheme(false), inkTheme(true)],
    langs: [python, bash, json],
    engine: createJavaScriptRegexEngine(),
  });
  const highlighter = await making;
  const theme = dark ? 'ink-dark' : 'ink-light';
  const { tokens } = highlighter.codeToTokens(text, { lang: language, theme });
  return tokens.map((line) =>
    line.map((token) => ({ text: token.content, color: token.color ?? '' })),
  );
}
