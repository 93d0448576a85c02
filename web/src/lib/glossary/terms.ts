/** What is explained where it first stands in a view: its spellings, and one or two sentences. */

export interface Term {
  id: string;
  /** As it stands in the list of words. */
  name: string;
  /** Its spellings in a text. */
  spelled: RegExp;
  /** In TeX, of a symbol. */
  tex?: RegExp;
  means: string;
}

/** Where two begin at the same place, the longer one is meant: `hierarchical softmax`. */
export const TERMS: readonly Term[] = [
  {
    id: 'partial',
    name: '∂L/∂x, the gradient',
    spelled: /∂L\/∂[^\s,.;:]+|\bgradients?\b(?! descent)/iu,
    tex: /\\partial/,
    means:
      'How much the loss L changes where x alone is moved a little, for each unit that x is moved. The numbers ∂L/∂x of all weights together are the gradient; a step against it makes the loss smaller.',
  },
  {
    id: 'eta',
    name: 'η, the learning rate',
    spelled: /(?<!\p{L})η(?!\p{L})|\blearning rate( η)?/iu,
    tex: /\\eta(?![a-z])/,
    means:
      'Eta, how far a step of the training goes: each weight moves by η times what the gradient says. Small: slow. Large: the steps overshoot.',
  },
  {
    id: 'theta',
    name: 'θ, any weight',
    spelled: /(?<!\p{L})θ(?!\p{L})/u,
    tex: /\\theta(?![a-z])/,
    means: 'Theta, any one of the weights.',
  },
  {
    id: 'sigma',
    name: 'σ, the sigmoid',
    spelled: /σ|\bsigmoid\b/iu,
    tex: /\\sigma(?![a-z])/,
    means:
      'Sigma, σ(z) = 1 / (1 + e^−z): makes of any score a number between 0 and 1. 0 becomes one half, large scores come near 1, very negative ones near 0.',
  },
  {
    id: 'score',
    name: 'score (logit)',
    spelled: /\blogits?\b/iu,
    means:
      'A number as a model computes it, before it is made a probability; any size, positive or negative.',
  },
  {
    id: 'dot-product',
    name: 'dot product',
    spelled: /\bdot products?\b/iu,
    tex: /\\cdot(?![a-z])/,
    means:
      'Two rows of numbers multiplied place by place, and the products added up. Large where the two rows are long and point the same way.',
  },
  {
    id: 'cosine',
    name: 'cosine',
    spelled: /\bcosines?\b/iu,
    means:
      'How far two vectors point the same way, whatever their lengths: their dot product divided by both lengths. 1: the same direction; 0: at right angles; −1: opposite.',
  },
  {
    id: 'hierarchical-softmax',
    name: 'hierarchical softmax',
    spelled: /\bhierarchical softmax\b/iu,
    means:
      'A word is predicted by turns down a tree, left or right at each node, instead of choosing among all words at once. Frequent words have short paths.',
  },
  {
    id: 'softmax',
    name: 'softmax',
    spelled: /\bsoftmax\b/iu,
    means:
      'Makes probabilities of scores: e to the power of each score, divided by the sum of all of these. They are positive and add up to 1; a score that is 1 higher has 2.718 times the probability.',
  },
  {
    id: 'negative-sampling',
    name: 'negative sampling',
    spelled: /\bnegative sampl\w+|\bnegatives\b/iu,
    means:
      'Instead of comparing all words, a model answers yes for a word that stood in the text and no for a few words that are drawn by chance, the negatives.',
  },
  {
    id: 'nce',
    name: 'noise-contrastive estimation',
    spelled: /\bnoise-contrastive estimation\b|\bnce\b/iu,
    means:
      'A model tells words of the text from words drawn as noise. It takes into account how often each is drawn, so that its scores come to be logarithms of probabilities.',
  },
  {
    id: 'huffman',
    name: 'Huffman tree',
    spelled: /\bHuffman tree\b/iu,
    means:
      'A tree with the words as its leaves, built from the rarest up, so that frequent words end up near the root.',
  },
  {
    id: 'epoch',
    name: 'epoch',
    spelled: /\bepochs?\b/iu,
    means: 'One pass over all examples of the text.',
  },
  {
    id: 'loss',
    name: 'loss',
    spelled: /\bloss\b/iu,
    means:
      'One number for how wrong a prediction was: minus the natural logarithm of the probability that was given to what really stood there. Training makes it smaller.',
  },
  {
    id: 'variance',
    name: 'variance',
    spelled: /\bvariance\b/iu,
    means:
      'How far numbers are spread: the mean of their squared distances from their mean. The share of a picture’s axis says how much of the spread of all dimensions is seen along it.',
  },
  {
    id: 'pca',
    name: 'principal component analysis (PCA)',
    spelled: /\bprincipal components?( analysis)?\b|\bPCA\b/iu,
    means:
      'Turns the vectors so that the first axis lies where they are spread most, the second where they are spread most at right angles to it, and so on. A flat picture has the first two.',
  },
  {
    id: 'rank-correlation',
    name: 'rank correlation',
    spelled: /\brank correlation\b/iu,
    means:
      'How far two rankings agree: 1 where they are the same, 0 where one says nothing about the other, −1 where one is the other upside down. Only orders count, not sizes (Spearman’s ρ).',
  },
  {
    id: 'embedding',
    name: 'embedding',
    spelled: /\bembeddings?\b/iu,
    means: 'The row of numbers that stands for a word or a token: its vector.',
  },
  {
    id: 'one-hot',
    name: 'one-hot',
    spelled: /\bone-hot\b/iu,
    means:
      'A word written as a list as long as the vocabulary: a 1 at its own place, 0 everywhere else.',
  },
  {
    id: 'adam',
    name: 'Adam',
    spelled: /\bAdam\b/u,
    means:
      'A way to take steps: each weight’s own running means of its gradient and of the gradient’s square decide how far it moves.',
  },
  {
    id: 'token',
    name: 'token',
    spelled: /\btokens?\b/iu,
    means:
      'What a transformer reads: a word, or a piece of one, out of a fixed list. A word that is not in the list is put together from several.',
  },
  {
    id: 'transformer',
    name: 'transformer',
    spelled: /\btransformers?\b/iu,
    means:
      'A neural network of layers in which the vector of each token takes up something of those of the tokens around it.',
  },
  {
    id: 'silhouette',
    name: 'silhouette',
    spelled: /\bsilhouettes?\b/iu,
    means:
      'Of a point in a cluster: its mean distance to the points of the nearest other cluster, less that to the points of its own, over the larger of the two. 1: far from all others. 0: on the border. Below 0: nearer to the others (Rousseeuw 1987).',
  },
  {
    id: 'log-likelihood-ratio',
    name: 'log-likelihood ratio, G²',
    spelled: /\blog-likelihood ratios?\b/iu,
    means:
      'How much better two counts are told by two shares than by one that they have in common. Above 10.83 that is chance in one case of a thousand (Dunning 1993).',
  },
  {
    id: 'log-scale',
    name: 'logarithmic scale',
    spelled: /\blog(arithmic)? scale\b|\bpowers of ten\b/iu,
    means: 'Each line of the scale is ten times the one before.',
  },
];

const BY_ID = new Map(TERMS.map((term) => [term.id, term]));

/** A term by its name in the code. */
export function termOf(id: string): Term {
  const term = BY_ID.get(id);
  if (!term) throw new Error(`no term ${id}`);
  return term;
}

export interface Piece {
  text: string;
  /** Of the term that the text is the spelling of. */
  term?: string;
}

/** A text in pieces, each term's first spelling a piece of its own. */
export function pieces(text: string): Piece[] {
  const places: { start: number; end: number; term: string }[] = [];
  for (const { id, spelled } of TERMS) {
    const flags = spelled.flags.includes('g') ? spelled.flags : `${spelled.flags}g`;
    for (const match of text.matchAll(new RegExp(spelled.source, flags)))
      places.push({ start: match.index, end: match.index + match[0].length, term: id });
  }
  places.sort((a, b) => a.start - b.start || b.end - a.end);
  const cut: Piece[] = [];
  const seen = new Set<string>();
  let from = 0;
  let behind = 0; // the last spelling's end, whether it was cut out or not
  for (const { start, end, term } of places) {
    if (start < behind) continue;
    behind = end;
    if (seen.has(term)) continue;
    seen.add(term);
    if (start > from) cut.push({ text: text.slice(from, start) });
    cut.push({ text: text.slice(start, end), term });
    from = end;
  }
  if (from < text.length) cut.push({ text: text.slice(from) });
  return cut;
}

export interface Closed extends Piece {
  /** Brackets and quotes that open right before it, and signs right behind it. */
  before: string;
  after: string;
}

const OPENING = /[([“‘]+$/u;
const CLOSING = /^[)\]”’.,;:!?]+/u;

/** Pieces whose terms have the signs that stand close to them: no line ends in between. */
export function closed(cut: readonly Piece[]): Closed[] {
  const found = cut.map((piece): Closed => ({ ...piece, before: '', after: '' }));
  found.forEach((piece, at) => {
    if (piece.term === undefined) return;
    const [before, behind] = [found[at - 1], found[at + 1]];
    if (before?.term === undefined && before) {
      piece.before = OPENING.exec(before.text)?.[0] ?? '';
      before.text = before.text.slice(0, before.text.length - piece.before.length);
    }
    if (behind?.term === undefined && behind) {
      piece.after = CLOSING.exec(behind.text)?.[0] ?? '';
      behind.text = behind.text.slice(piece.after.length);
    }
  });
  return found;
}

/** The symbols of a formula that are explained, in the order of the list. */
export function symbolsIn(tex: string): string[] {
  return TERMS.filter((term) => term.tex?.test(tex)).map(({ id }) => id);
}
