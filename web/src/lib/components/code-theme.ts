/** Code in few inks: what is said in words stays quiet, what is decided has colour. */
import type { ThemeRegistration } from 'shiki/core';

const LIGHT = {
  text: '#1d1b18',
  comment: '#6d665b',
  string: '#1b6b4a',
  keyword: '#1d4f8c',
  number: '#a8430d',
  name: '#6a3c8f',
};
const DARK: typeof LIGHT = {
  text: '#ece6da',
  comment: '#9d9587',
  string: '#8fd0ac',
  keyword: '#8fbaf0',
  number: '#f09a63',
  name: '#cdb0ea',
};

export function inkTheme(dark: boolean): ThemeRegistration {
  const ink = dark ? DARK : LIGHT;
  const rule = (foreground: string, ...scope: string[]) => ({ scope, settings: { foreground } });
  return {
    name: dark ? 'ink-dark' : 'ink-light',
    type: dark ? 'dark' : 'light',
    colors: { 'editor.foreground': ink.text, 'editor.background': dark ? '#12110f' : '#f5f1e8' },
    settings: [
      { settings: { foreground: ink.text } },
      rule(ink.comment, 'comment', 'string.quoted.docstring', 'punctuation.definition.comment'),
      rule(ink.string, 'string', 'constant.character'),
      rule(ink.keyword, 'keyword', 'storage', 'constant.language', 'variable.language'),
      rule(ink.text, 'keyword.operator'),
      rule(ink.keyword, 'keyword.operator.logical', 'keyword.operator.new'),
      rule(ink.number, 'constant.numeric', 'variable.parameter.option', 'constant.other.option'),
      rule(ink.name, 'entity.name.function', 'entity.name.type', 'entity.name.class'),
      rule(ink.name, 'support.type.property-name', 'entity.name.command'),
    ],
  };
}
