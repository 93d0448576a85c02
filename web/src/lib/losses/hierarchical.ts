/**
 * Hierarchical softmax: turns down a Huffman tree whose leaves are the words (Morin and Bengio 2005;
 * Mikolov et al. 2013). W′ has a row for each node inside the tree.
 */
import { carried, decimals } from '$lib/charts/format';
import type { ReplayBlock } from '$lib/replay/block';
import { type LossColumn, type LossStep, SCORE } from './base';
import { chance, type Filled, Filling } from './filling';
import { softplus } from './numerics';
import { Questions, sigmaOf } from './questions';

class HierarchicalSoftmax extends Questions {
  readonly name = 'hierarchical';
  readonly title = 'Hierarchical softmax';
  readonly note = 'turns on a word’s path through a Huffman tree';

  override readonly noWords = {
    faces: {
      title: 'No second face here',
      text: 'Hierarchical softmax predicts turns down a tree, so W′ has a row an inner node and none a word. Record with another loss:',
      command: 'lexiscope record -o run --loss softmax',
    },
    matrix: {
      title: 'W′ has no row a word',
      text: 'With hierarchical softmax its rows are the inner nodes of a tree. Train with the softmax or with negative sampling to see words in it.',
    },
  };

  scored() {
    return { size: null, does: 'a dot product with W′ for each turn on the word’s path' };
  }

  readonly scoresLead =
    'The words are the leaves of a tree, frequent ones near its root, and W′ has a row u for ' +
    'each node inside it. Only the nodes on the way to the target get a score, u · h.';
  readonly probabilities = {
    title: 'Sigmoid: a turn at each node',
    short: 'sigmoid',
    lead:
      'σ of a node’s score is the probability of one of its two ways, 1 − σ that of the ' +
      'other. The word’s probability is the product of those along its path.',
  };
  lossLead(): string {
    return (
      'Each turn costs minus the logarithm of the probability of the right way. Their sum is minus ' +
      'the logarithm of the word’s probability.'
    );
  }
  readonly pulledTowards = 'the rows of the other nodes';
  readonly pushedFrom = 'the rows of the nodes where the way should have been the other one';
  override attracts(): string {
    return 'the nodes where y = 1';
  }
  override alongAttraction(): string {
    return 'the sum of the rows of those nodes, each times 1 − σ';
  }
  override readonly towards = 'where y = 1';
  override readonly rankedBy = 'its probability';

  override readonly rowNoun = 'node';
  override nameOfRow(row: number): string {
    return `node ${row}`;
  }
  override vectorName(row: string): string {
    return `u of ${row}`;
  }
  rowNote(step: LossStep, place: number): string {
    return step.label(place) ? 'y = 1' : 'y = 0';
  }
  readonly columns: readonly LossColumn[] = [
    SCORE,
    sigmaOf('z'),
    { label: 'this turn', value: (step, place) => step.agreed(place), digits: 4 },
    { label: 'path so far', value: (step, place) => step.path(place), digits: 4 },
  ];

  override readonly rowSymbol = 'n';
  readonly probabilitySymbols = String.raw`\sigma(z_n) = \frac{1}{1 + e^{-z_n}}, \qquad P(o) = \prod_{n} \begin{cases} \sigma(z_n) & y_n = 1 \\ 1 - \sigma(z_n) & y_n = 0 \end{cases}`;
  readonly lossSymbols = String.raw`L = -\ln P(o) = -\sum_{y_n = 1} \ln \sigma(z_n) - \sum_{y_n = 0} \ln\bigl(1 - \sigma(z_n)\bigr)`;
  readonly forceSymbols = String.raw`\underbrace{\sum_{y_n = 0} \sigma(z_n)\, u_n}_{\text{repulsion}} - \underbrace{\sum_{y_n = 1} \bigl(1 - \sigma(z_n)\bigr)\, u_n}_{\text{attraction}}`;
  readonly p = String.raw`\sigma(z_n)`;

  protected probabilityOf(row: string): string {
    return String.raw`\sigma(z_{${row}})`;
  }

  /** The product of the turns on the target's path. */
  override wordFilled(step: LossStep): Filled {
    const f = new Filling();
    const turns = step.rows.map((_, place) => step.agreed(place));
    const product = (all: readonly number[]) => all.reduce((a, b) => a * b, 1);
    const { probability } = step.facts;
    const texts = carried(turns, product, probability, decimals(probability));
    const factors = f.terms(texts, (text) => f.slot(text), String.raw` \cdot `, String.raw`\ldots`);
    const target = f.slot(step.target);
    return f.done(`P(${target}) = ${factors} = ${f.slot(chance(probability))}`);
  }

  rows(block: ReplayBlock, _step: number, target: number): Int32Array {
    const [from, to] = pathOf(block, target);
    return block.arrays.tree_nodes!.data.slice(from, to);
  }

  override labels(block: ReplayBlock, rows: Int32Array, target: number): Int8Array {
    const [from] = pathOf(block, target);
    const signs = block.arrays.tree_signs!.data;
    return Int8Array.from(rows, (_, i) => Number(Number(signs[from + i]!) > 0));
  }

  /** ln P(word) of every word. */
  override wordScores(block: ReplayBlock, nodeScores: Float64Array): Float64Array {
    const { tree_nodes: nodes, tree_signs: signs } = block.arrays;
    return Float64Array.from({ length: block.facts.words }, (_, word) => {
      const [from, to] = pathOf(block, word);
      let sum = 0;
      for (let at = from; at < to; at++) {
        sum -= softplus(-Number(signs!.data[at]!) * nodeScores[nodes!.data[at]!]!);
      }
      return sum;
    });
  }

  targetProbability(_scores: ArrayLike<number>, _labels: ArrayLike<number>, loss: number): number {
    return Math.exp(-loss);
  }
}

/** Where a word's path stands in the arrays of the tree. */
function pathOf({ arrays }: ReplayBlock, word: number): [number, number] {
  const starts = arrays.tree_starts!.data;
  return [starts[word]!, starts[word + 1]!];
}

export const HIERARCHICAL = new HierarchicalSoftmax();
