/** Common words that say little of what a sentence is about. */
import ENGLISH from '$data/english_stopwords.txt?raw';

/** Short: for the bundled text, and for small ones that a class writes. */
const GERMAN =
  'aber als am an auch auf aus bei bin bis da das dass dem den der des die du durch ein eine einem ' +
  'einen einer eines er es für gibt hat ich ihr im in ins ist kein keine man mit nach nicht noch nur ' +
  'oder ohne sein seine sich sie sind so über um und uns unser unter vom von vor war was wenn wer ' +
  'wie will wir wird wo zu zum zur';

export const STOP_LISTS = {
  english: ENGLISH.trim().split(/\s+/),
  german: GERMAN.split(' '),
  none: [],
} as const satisfies Record<string, readonly string[]>;

export type StopList = keyof typeof STOP_LISTS;
