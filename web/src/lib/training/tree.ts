/** The Huffman tree of the words' counts, as Python's `huffman_tree` makes it. */

export interface Tree {
  /** (V + 1), where each word's path begins in the two others. */
  starts: Int32Array;
  /** Inner nodes from the root down: rows of W′. */
  nodes: Int32Array;
  /** +1 or −1 for each turn. */
  signs: Float32Array;
}

interface Merged {
  parents: Int32Array;
  /** 1 for the heavier side. */
  turns: Int8Array;
}

/** The lightest two are merged again and again; ties go to the one made first. */
function merge(counts: readonly number[]): Merged {
  const size = counts.length;
  const words = counts.map((count, node) => ({ count, node }));
  words.sort((a, b) => a.count - b.count || a.node - b.node);
  const sums: { count: number; node: number }[] = [];
  const parents = new Int32Array(2 * size - 1);
  const turns = new Int8Array(2 * size - 1);
  let [word, merged] = [0, 0];
  for (let inner = size; inner < 2 * size - 1; inner++) {
    let total = 0;
    for (const turn of [0, 1]) {
      const [leaf, sum] = [words[word], sums[merged]];
      const takesLeaf = leaf !== undefined && (sum === undefined || leaf.count <= sum.count);
      const { count, node } = takesLeaf ? leaf : sum!;
      if (takesLeaf) word++;
      else merged++;
      parents[node] = inner;
      turns[node] = turn;
      total += count;
    }
    sums.push({ count: total, node: inner });
  }
  return { parents, turns };
}

export function huffmanTree(counts: readonly number[]): Tree {
  const size = counts.length;
  const starts = new Int32Array(size + 1);
  const { parents, turns } = size > 1 ? merge(counts) : { parents: null, turns: null };
  const nodes: number[] = [];
  const signs: number[] = [];
  for (let word = 0; word < size; word++) {
    const path: [node: number, sign: number][] = [];
    for (let node = word; parents && node !== 2 * size - 2; node = parents[node]!) {
      path.push([parents[node]! - size, turns[node] ? -1 : 1]);
    }
    for (const [node, sign] of path.reverse()) {
      nodes.push(node);
      signs.push(sign);
    }
    starts[word + 1] = nodes.length;
  }
  return { starts, nodes: Int32Array.from(nodes), signs: Float32Array.from(signs) };
}
