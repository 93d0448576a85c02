/** The formulas of each stage: with symbols, and with a step's numbers. */
import { carried, whole } from '$lib/charts/format';
import { bracketed, type Filled, Filling, MOST } from '$lib/losses/filling';
import type { Kind, StageId } from './kinds';
import { type Numbers, type ShownStep, sum } from './shown-step';
import { type Causes, corrected } from './traces';

export function symbols(kind: Kind): Record<StageId, string> {
  const cbow = kind.architecture === 'cbow';
  const bias = kind.architecture === 'next-word' && kind.loss.hasBias ? ' + b_w' : '';
  const row = kind.loss.rowSymbol;
  return {
    'one-hot': cbow
      ? String.raw`x = \frac{1}{C} \sum_{c} e_c`
      : String.raw`x = e_c,\qquad x_i = 1 \text{ if } i = c,\ \text{else } 0`,
    hidden: cbow
      ? String.raw`h = W^{\top} x = \frac{1}{C} \sum_{c} W_c`
      : String.raw`h = W^{\top} x = W_c`,
    scores: String.raw`z_${row} = u_${row} \cdot h${bias} = \sum_{d=1}^{${kind.dim}} u_{${row},d}\, h_d${bias}`,
    softmax: kind.loss.probabilitySymbols,
    loss: kind.loss.lossSymbols,
    gradient: gradientSymbols(kind),
    update: kind.adam
      ? String.raw`m \leftarrow \beta_1 m + (1 - \beta_1)\, g, \quad v \leftarrow \beta_2 v + (1 - \beta_2)\, g^2, \quad \theta \leftarrow \theta - \eta\, \frac{m / (1 - \beta_1^t)}{\sqrt{v / (1 - \beta_2^t)} + \epsilon}`
      : String.raw`\theta \leftarrow \theta - \eta\, \frac{\partial L}{\partial \theta}`,
  };
}

function gradientSymbols({ loss, architecture }: Kind): string {
  const row = loss.rowSymbol;
  const input =
    architecture === 'cbow'
      ? String.raw`\frac{\partial L}{\partial W_c} = \frac{1}{C} \frac{\partial L}{\partial h}`
      : String.raw`\frac{\partial L}{\partial W_c} = \frac{\partial L}{\partial h}`;
  return String.raw`\frac{\partial L}{\partial h} = ${loss.forceSymbols}, \qquad \frac{\partial L}{\partial u_${row}} = \bigl(${loss.p} - y_${row}\bigr)\, h, \qquad ${input}`;
}

/** A stage's formula with a step's numbers; some are about one row of W′. */
export function filled(stage: StageId, step: ShownStep, place: number): Filled {
  switch (stage) {
    case 'one-hot':
      return oneHotFilled(step);
    case 'hidden':
      return hiddenFilled(step);
    case 'scores':
      return scoreFilled(step, place);
    case 'softmax':
      return step.loss.probabilityFilled(step, place);
    case 'loss':
      return step.loss.lossFilled(step);
    case 'gradient':
      return slopeFilled(step);
    case 'update':
      return inputUpdateFilled(step);
  }
}

function oneHotFilled(step: ShownStep): Filled {
  const f = new Filling();
  if (step.architecture === 'cbow') {
    const ends = f.terms(step.members, (word) => `e_{${f.slot(word)}}`, ' + ', String.raw`\cdots`);
    const n = step.members.length;
    return f.done(String.raw`x = \frac{1}{${n}} \bigl(${ends}\bigr)`);
  }
  const row = step.arrays.input_rows.data[0]!;
  return f.done(
    String.raw`x = e_{${f.slot(step.center)}}, \qquad x_{${f.slot(whole(row + 1))}} = 1, \quad ` +
      String.raw`x_i = 0 \text{ for the other } ${f.slot(whole(step.words.length - 1))}`,
  );
}

function hiddenFilled(step: ShownStep): Filled {
  const f = new Filling();
  const hidden = step.arrays.hidden.data;
  if (step.architecture === 'cbow') {
    const n = step.members.length;
    const firsts = step.members.map((_, member) => step.input(member)[0]!);
    const texts = carried(firsts, (all) => sum(all) / n, hidden[0]!);
    const parts = f.terms(texts, (text) => f.slot(bracketed(text)), ' + ', String.raw`\cdots`);
    return f.done(String.raw`h_1 = \frac{1}{${n}} \bigl(${parts}\bigr) = ${f.number(hidden[0]!)}`);
  }
  return f.done(String.raw`h = W_{${f.slot(step.center)}} = (${listed(f, hidden)})`);
}

function listed(f: Filling, values: Numbers): string {
  const numbers = Array.from(values);
  const most = numbers.length <= 8 ? numbers.length : MOST - 1;
  const parts = numbers.slice(0, most).map((value) => f.number(value));
  if (most < numbers.length) {
    parts.push(String.raw`\ldots`, f.number(numbers[numbers.length - 1]!));
  }
  return parts.join(String.raw`,\ \allowbreak `);
}

function scoreFilled(step: ShownStep, place: number): Filled {
  const f = new Filling();
  const [u, h] = [Array.from(step.output(place)), step.arrays.hidden.data];
  const bias = step.arrays.bias_before?.data[place];
  const name = f.slot(step.rows[place]!);
  const factors = u.flatMap((value, d) => [value, h[d]!]);
  const operands = bias === undefined ? factors : [...factors, bias];
  const score = (all: readonly number[]) => {
    let total = bias === undefined ? 0 : all[all.length - 1]!;
    for (let i = 0; i + 1 < factors.length; i += 2) total += all[i]! * all[i + 1]!;
    return total;
  };
  const texts = carried(operands, score, step.score(place));
  const products = f.terms(
    u.map((_, d) => [texts[2 * d]!, texts[2 * d + 1]!] as const),
    ([a, b]) => String.raw`${f.slot(bracketed(a))} \cdot ${f.slot(bracketed(b))}`,
    ' + ',
    String.raw`\cdots`,
  );
  const last = bias === undefined ? '' : ` + ${f.slot(bracketed(texts[texts.length - 1]!))}`;
  return f.done(`z_{${name}} = ${products}${last} = ${f.number(step.score(place))}`);
}

/** ∂L/∂h in dimension 1. */
function slopeFilled(step: ShownStep): Filled {
  const f = new Filling();
  const { repulsive, attractive, hidden_gradient: slope } = step.arrays;
  const [push, pull] = f.carried(
    [repulsive.data[0]!, attractive.data[0]!],
    ([a, b]) => a! - b!,
    slope.data[0]!,
    (place) => place === 1,
  );
  return f.done(
    String.raw`\frac{\partial L}{\partial h_1} = ${push!} - ${pull!} = ${f.number(slope.data[0]!)}`,
  );
}

/** ∂L/∂u of one row in dimension 1. */
export function outputSlopeFilled(step: ShownStep, place: number): Filled {
  const f = new Filling();
  const [label, result] = [step.label(place), step.outputGradient(place)[0]!];
  const [p, h] = f.carried(
    [step.probability(place), step.arrays.hidden.data[0]!],
    ([a, b]) => (a! - label) * b!,
    result,
    (at) => at === 1,
  );
  return f.done(
    String.raw`\frac{\partial L}{\partial u_{${f.slot(step.rows[place]!)},1}} = ` +
      String.raw`\bigl(${p!} - ${f.slot(String(label))}\bigr) \cdot ${h!} = ${f.number(result)}`,
  );
}

/** The first context row's first number: before − η · gradient = after. */
function inputUpdateFilled(step: ShownStep): Filled {
  const f = new Filling();
  const [before, after] = [step.input(0)[0]!, step.input(0, 'after')[0]!];
  const name = `W_{${f.slot(step.members[0]!)},1}`;
  const rate = f.slot(String(Number(step.facts.learning_rate.toPrecision(4))));
  const { gradients, first, second } = inputCauses(step, 0);
  if (first && second) {
    const { mean, square, epsilon } = corrected(step.facts, first[0]!, second[0]!);
    const { learning_rate: eta } = step.facts;
    const [start, up, down] = f.carried(
      [before, mean, Math.sqrt(square)],
      ([a, m, v]) => a! - (eta * m!) / (v! + epsilon),
      after,
    );
    const ratio = String.raw`\frac{${up!}}{${down!} + \epsilon}`;
    return f.done(
      String.raw`${name}: \quad ${start!} - ${rate} \cdot ${ratio} = ${f.number(after)}`,
    );
  }
  const slope = sum(gradients.map((gradient) => gradient[0]!));
  const eta = Number(step.facts.learning_rate.toPrecision(4));
  const [start, along] = f.carried(
    [before, slope],
    ([a, b]) => a! - eta * b!,
    after,
    (at) => at === 1,
  );
  return f.done(
    String.raw`${name}: \quad ${start!} - ${rate} \cdot ${along!} = ${f.number(after)}`,
  );
}

/** What moves an input row: a gradient for each place at which its word stands. */
export function inputCauses(step: ShownStep, member: number): Causes {
  return {
    gradients: inputGradients(step, member),
    first: step.inputMoment(member, 'first'),
    second: step.inputMoment(member, 'second'),
  };
}

/** What moves a row of W′: more than one gradient where a negative was drawn twice. */
export function outputCauses(step: ShownStep, place: number): Causes {
  const rows = step.arrays.output_rows.data;
  const places = step.rows.map((_, at) => at).filter((at) => rows[at] === rows[place]);
  return {
    gradients: places.map((at) => step.outputGradient(at)),
    first: step.outputMoment(place, 'first'),
    second: step.outputMoment(place, 'second'),
  };
}

function inputGradients(step: ShownStep, member: number): Numbers[] {
  const rows = step.arrays.input_rows.data;
  const places = step.members.map((_, at) => at).filter((at) => rows[at] === rows[member]);
  return places.map((at) =>
    step.classic ? step.arrays.hidden_gradient.data : step.inputGradient(at),
  );
}
