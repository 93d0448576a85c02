/** Rows of weights before a step, their change, and after it, as a grid shows them. */
import { inputCauses, outputCauses } from './formulas';
import type { GridRow } from './grid';
import { minus, type Numbers, type ShownStep } from './shown-step';
import { afterTrace, type Causes, changeTrace, inputGradientTrace, rowName } from './traces';

/** The three rows of one row of W. */
export function inputChange(step: ShownStep, member: number): GridRow[] {
  const name = `W[${step.members[member]}]`;
  const [before, after] = [step.input(member), step.input(member, 'after')];
  const rows = changeRows(step, name, before, after, inputCauses(step, member), 'input');
  const slope: GridRow = {
    name: '∂L/∂W',
    values: step.inputGradient(member),
    testid: 'input-gradient',
    trace: (d) => inputGradientTrace(step, member, d),
  };
  return [rows[0]!, slope, ...rows.slice(1)];
}

/** The three rows of one row of W′. */
export function outputChange(step: ShownStep, place: number): GridRow[] {
  const name = rowName(step, place);
  const [before, after] = [step.output(place), step.output(place, 'after')];
  return changeRows(step, name, before, after, outputCauses(step, place), 'output');
}

function changeRows(
  step: ShownStep,
  name: string,
  before: Numbers,
  after: Numbers,
  causes: Causes,
  testid: string,
): GridRow[] {
  const change = minus(after, before);
  return [
    { name: 'before', values: before, fill: true, testid: `${testid}-before` },
    {
      name: 'change',
      values: change,
      sign: true,
      testid: `${testid}-change`,
      trace: (d) => changeTrace(step, name, d, causes, change[d]!),
    },
    {
      name: 'after',
      values: after,
      fill: true,
      strong: true,
      testid: `${testid}-after`,
      trace: (d) => afterTrace(name, d, before[d]!, change[d]!, after[d]!),
    },
  ];
}
