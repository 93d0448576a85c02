/** The way through a Huffman tree as a drawing: nodes from the root down, and the word at its end. */

export interface Turn {
  /** Of the node's row of W′. */
  name: string;
  /** 1: the way goes to the left (y = 1), 0: to the right. */
  label: number;
  /** The probability of the turn that is the right one. */
  agreed: number;
}

export interface TreeNode {
  x: number;
  y: number;
  name: string;
  /** The probability of the way to here. */
  path: number;
}

export interface TreeDrawing {
  width: number;
  height: number;
  /** Inner nodes, the root first. */
  nodes: TreeNode[];
  /** The word. */
  leaf: TreeNode;
  /** From each node the way taken, and the end of the one that was not. */
  edges: {
    from: number;
    right: boolean;
    taken: [number, number];
    other: [number, number];
    agreed: number;
  }[];
}

const ROW = 44;
const EDGE = 46; // for names beside the outermost nodes

/**
 * @param turns From the root down; y = 1 goes to the left.
 * @param width Of the drawing, pixels.
 */
export function treeOf(turns: readonly Turn[], word: string, width: number): TreeDrawing {
  // The way as steps to the left and right; as wide as it swings.
  const places = [0];
  for (const { label } of turns) places.push(places[places.length - 1]! + (label ? -1 : 1));
  const [least, most] = [Math.min(...places) - 1, Math.max(...places) + 1];
  const unit = Math.min(56, (width - 2 * EDGE) / Math.max(1, most - least));
  const middle = (width - (most - least) * unit) / 2;
  const x = (place: number) => middle + (place - least) * unit;
  const y = (depth: number) => 16 + depth * ROW;
  let path = 1;
  const nodes = turns.map(({ name, agreed }, depth) => {
    const node = { x: x(places[depth]!), y: y(depth), name, path };
    path *= agreed;
    return node;
  });
  const edges = turns.map(({ label, agreed }, depth) => ({
    from: depth,
    right: !label,
    taken: [x(places[depth + 1]!), y(depth + 1)] as [number, number],
    other: [x(places[depth]! + (label ? 1 : -1) * 0.7), y(depth + 0.7)] as [number, number],
    agreed,
  }));
  const leaf = { x: x(places[turns.length]!), y: y(turns.length), name: word, path };
  return { width, height: y(turns.length) + 28, nodes, leaf, edges };
}
