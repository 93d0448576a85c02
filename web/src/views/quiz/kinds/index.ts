/** The kinds of question, in the order of a lesson: text, model, a step, the run, its words. */
import type { Kind } from '../kind';
import { ANALOGY } from './analogy';
import { CHANCE } from './chance';
import { COSINE } from './cosine';
import { DIRECTION } from './direction';
import { GAINED } from './gained';
import { LOOKUP } from './lookup';
import { MOMENTS } from './moments';
import { NOISE } from './noise';
import { ODD } from './odd';
import { ODDS } from './odds';
import { PAIRS } from './pairs';
import { PARAMETERS } from './parameters';
import { ROWS } from './rows';
import { SCORE } from './score';
import { SIGNAL } from './signal';
import { SPACES } from './spaces';
import { SPEED } from './speed';
import { SURPRISE } from './surprise';
import { WEIGHT } from './weight';
import { WINDOW } from './window';

export const KINDS: readonly Kind[] = [
  WINDOW,
  PAIRS,
  PARAMETERS,
  LOOKUP,
  SCORE,
  ODDS,
  SURPRISE,
  CHANCE,
  NOISE,
  SIGNAL,
  DIRECTION,
  ROWS,
  WEIGHT,
  GAINED,
  MOMENTS,
  SPEED,
  ODD,
  COSINE,
  ANALOGY,
  SPACES,
];
