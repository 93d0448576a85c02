/**
 * The formulas of each stage: with symbols, and with a step's numbers.
 *
 * A formula with numbers is a template: `\slot{name}` stands where the text `values[name]` goes.
 * It depends on a step's shape only, so that stepping changes texts and sets nothing anew.
 */
import { fixed, whole } from '$lib/charts/format';
import type { Kind, StageId } from './kinds';
import { type Numbers, type ShownStep, sum } from './shown-step';
import { type Causes, corrected } from './traces';

export interface Filled {
  template: string;
  values: Record<string, string>;
}

const MOST = 6; // terms written out; the others are dots

export function symbols(kind: Kind): Record<StageId, string> {
  const cbow = kind.architecture === 'cbow';
  const bias = kind.architecture === 'next-word' && kind.loss === 'softmax' ? ' + b_w' : '';
  const row = kind.loss === 'hierarchical' ? 'n' : 'w';
  return {
    'one-hot': cbow
      ? String.raw`x = \frac{1}{C} \sum_{c} e_c`
      : String.raw`x = e_c,\qquad x_i = 1 \text{ if } i = c,\ \text{else } 0`,
    hidden: cbow
      ? String.raw`h = W^{\top} x = \frac{1}{C} \sum_{c} W_c`
      : String.raw`h = W^{\top} x = W_c`,
    scores: String.raw`z_${row} = u_${row} \cdot h${bias} = \sum_{d=1}^{${kind.dim}} u_{${row},d}\, h_d${bias}`,
    softmax: {
      softmax: String.raw`P(w) = \frac{e^{z_w}}{\sum_{v} e^{z_v}}`,
      negative: String.raw`P(w) = \sigma(z_w) = \frac{1}{1 + e^{-z_w}}`,
      hierarchical: String.raw`\sigma(z_n) = \frac{1}{1 + e^{-z_n}}, \qquad P(o) = \prod_{n} \begin{cases} \sigma(z_n) & y_n = 1 \\ 1 - \sigma(z_n) & y_n = 0 \end{cases}`,
    }[kind.loss],
    loss: {
      softmax: String.raw`L = -\ln P(o)`,
      negative: String.raw`L = -\ln \sigma(z_o) - \sum_{k} \ln\bigl(1 - \sigma(z_k)\bigr)`,
      hierarchical: String.raw`L = -\ln P(o) = -\sum_{y_n = 1} \ln \sigma(z_n) - \sum_{y_n = 0} \ln\bigl(1 - \sigma(z_n)\bigr)`,
    }[kind.loss],
    gradient: gradientSymbols(kind),
    update: kind.adam
      ? String.raw`m \leftarrow \beta_1 m + (1 - \beta_1)\, g, \quad v \leftarrow \beta_2 v + (1 - \beta_2)\, g^2, \quad \theta \leftarrow \theta - \eta\, \frac{m / (1 - \beta_1^t)}{\sqrt{v / (1 - \beta_2^t)} + \epsilon}`
      : String.raw`\theta \leftarrow \theta - \eta\, \frac{\partial L}{\partial \theta}`,
  };
}

function gradientSymbols({ loss, architecture }: Kind): string {
  const forces = {
    softmax: String.raw`\underbrace{\sum_w P(w)\, u_w}_{\text{repulsion}} - \underbrace{u_o}_{\text{attraction}}`,
    negative: String.raw`\underbrace{\sum_k \sigma(z_k)\, u_k}_{\text{repulsion}} - \underbrace{\bigl(1 - \sigma(z_o)\bigr)\, u_o}_{\text{attraction}}`,
    hierarchical: String.raw`\underbrace{\sum_{y_n = 0} \sigma(z_n)\, u_n}_{\text{repulsion}} - \underbrace{\sum_{y_n = 1} \bigl(1 - \sigma(z_n)\bigr)\, u_n}_{\text{attraction}}`,
  }[loss];
  const row = loss === 'hierarchical' ? 'n' : 'w';
  const p = loss === 'softmax' ? 'P(w)' : String.raw`\sigma(z_${row})`;
  const input =
    architecture === 'cbow'
      ? String.raw`\frac{\partial L}{\partial W_c} = \frac{1}{C} \frac{\partial L}{\partial h}`
      : String.raw`\frac{\partial L}{\partial W_c} = \frac{\partial L}{\partial h}`;
  return String.raw`\frac{\partial L}{\partial h} = ${forces}, \qquad \frac{\partial L}{\partial u_${row}} = \bigl(${p} - y_${row}\bigr)\, h, \qquad ${input}`;
}

/** A number inside a formula; in parentheses where it stands behind a sign. */
const plain = (value: number, digits = 3) => fixed(value, { digits });
const closed = (value: number, digits = 3) =>
  value < 0 ? `(${plain(value, digits)})` : plain(value, digits);

/** Puts together a template and its values. */
class Filling {
  readonly values: Record<string, string> = {};
  #count = 0;

  slot(text: string): string {
    const name = `s${this.#count++}`;
    this.values[name] = text;
    return String.raw`\slot{${name}}`;
  }

  number(value: number): string {
    return this.slot(plain(value));
  }

  closed(value: number): string {
    return this.slot(closed(value));
  }

  /** Terms joined; the middle of many is left out. */
  terms<T>(all: readonly T[], write: (term: T) => string, joint: string, dots: string): string {
    const most = all.length > MOST ? MOST - 2 : all.length;
    const parts = all.slice(0, most).map(write);
    if (most < all.length) parts.push(dots, write(all[all.length - 1]!));
    return parts.join(joint);
  }

  done(template: string): Filled {
    return { template, values: this.values };
  }
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
      return probabilityFilled(step, place);
    case 'loss':
      return lossFilled(step);
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
    const parts = f.terms(
      step.members.map((_, member) => step.input(member)[0]!),
      (value) => f.closed(value),
      ' + ',
      String.raw`\cdots`,
    );
    const n = step.members.length;
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
  const name = f.slot(step.rows[place]!);
  const products = f.terms(
    u.map((value, d) => [value, h[d]!] as const),
    ([a, b]) => String.raw`${f.closed(a)} \cdot ${f.closed(b)}`,
    ' + ',
    String.raw`\cdots`,
  );
  const bias = step.arrays.bias_before;
  const last = bias ? ` + ${f.closed(bias.data[place]!)}` : '';
  return f.done(`z_{${name}} = ${products}${last} = ${f.number(step.score(place))}`);
}

function probabilityFilled(step: ShownStep, place: number): Filled {
  const f = new Filling();
  const score = step.score(place);
  const p = f.number(step.probability(place));
  if (step.loss === 'softmax') {
    const [exp, total] = [plain(Math.exp(score)), plain(step.total())];
    return f.done(
      String.raw`P(${f.slot(step.rows[place]!)}) = \frac{e^{${f.number(score)}}}{\sum_v e^{z_v}} ` +
        String.raw`= \frac{${f.slot(exp)}}{${f.slot(total)}} = ${p}`,
    );
  }
  const inverse = plain(Math.exp(-score));
  const left =
    step.loss === 'negative'
      ? `P(${f.slot(step.rows[place]!)})`
      : String.raw`\sigma(z_{${f.slot(step.rows[place]!)}})`;
  return f.done(
    String.raw`${left} = \frac{1}{1 + e^{-${f.closed(score)}}} = \frac{1}{1 + ${f.slot(inverse)}} = ${p}`,
  );
}

/** P(word) as the product of the turns on its path. */
export function pathFilled(step: ShownStep): Filled {
  const f = new Filling();
  const factors = f.terms(
    step.rows.map((_, place) => step.agreed(place)),
    (value) => f.number(value),
    String.raw` \cdot `,
    String.raw`\ldots`,
  );
  const target = f.slot(step.target);
  return f.done(`P(${target}) = ${factors} = ${f.number(step.facts.probability)}`);
}

function lossFilled(step: ShownStep): Filled {
  const f = new Filling();
  const { loss, probability } = step.facts;
  if (step.loss === 'softmax') {
    return f.done(String.raw`L = -\ln ${f.number(probability)} = ${f.number(loss)}`);
  }
  const terms = f.terms(
    step.rows.map((_, place) => -Math.log(step.agreed(place))),
    (value) => f.number(value),
    ' + ',
    String.raw`\cdots`,
  );
  return f.done(`L = ${terms} = ${f.number(loss)}`);
}

/** ∂L/∂h in dimension 1. */
function slopeFilled(step: ShownStep): Filled {
  const f = new Filling();
  const { repulsive, attractive, hidden_gradient: slope } = step.arrays;
  return f.done(
    String.raw`\frac{\partial L}{\partial h_1} = ${f.number(repulsive.data[0]!)} - ` +
      `${f.closed(attractive.data[0]!)} = ${f.number(slope.data[0]!)}`,
  );
}

/** ∂L/∂u of one row in dimension 1. */
export function outputSlopeFilled(step: ShownStep, place: number): Filled {
  const f = new Filling();
  return f.done(
    String.raw`\frac{\partial L}{\partial u_{${f.slot(step.rows[place]!)},1}} = ` +
      String.raw`\bigl(${f.number(step.probability(place))} - ${f.slot(String(step.label(place)))}\bigr) \cdot ` +
      `${f.closed(step.arrays.hidden.data[0]!)} = ${f.number(step.outputGradient(place)[0]!)}`,
  );
}

/** The first context row's first number: before − η · gradient = after. */
function inputUpdateFilled(step: ShownStep): Filled {
  const f = new Filling();
  const [before, after] = [step.input(0)[0]!, step.input(0, 'after')[0]!];
  const left = `W_{${f.slot(step.members[0]!)},1}: \\quad ${f.number(before)}`;
  const rate = f.slot(String(Number(step.facts.learning_rate.toPrecision(4))));
  const { gradients, first, second } = inputCauses(step, 0);
  if (first && second) {
    const { mean, square } = corrected(step.facts, first[0]!, second[0]!);
    const short = (value: number) => f.slot(String(Number(value.toPrecision(3))).replace('-', '−'));
    const ratio = String.raw`\frac{${short(mean)}}{${short(Math.sqrt(square))} + \epsilon}`;
    return f.done(String.raw`${left} - ${rate} \cdot ${ratio} = ${f.number(after)}`);
  }
  const slope = f.closed(sum(gradients.map((gradient) => gradient[0]!)));
  return f.done(String.raw`${left} - ${rate} \cdot ${slope} = ${f.number(after)}`);
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
