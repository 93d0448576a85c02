/** Where labels go so that none covers another. */

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Anchor {
  /** Of the point, in pixels. */
  x: number;
  y: number;
  /** Of the label, in pixels. */
  width: number;
  height: number;
  /** Kept clear around the point. */
  radius: number;
  /** Shown even where it covers others: what the user has chosen. */
  always?: boolean;
}

/** A grid of boxes: asks only neighbours whether they overlap. */
class Taken {
  private cells = new Map<number, Box[]>();
  private readonly size = 48;

  private *keys(box: Box): Generator<number> {
    const { x, y, width, height } = box;
    for (let i = Math.floor(x / this.size); i <= Math.floor((x + width) / this.size); i++)
      for (let j = Math.floor(y / this.size); j <= Math.floor((y + height) / this.size); j++)
        yield i * 100_003 + j;
  }

  add(box: Box): void {
    for (const key of this.keys(box)) {
      const cell = this.cells.get(key);
      if (cell) cell.push(box);
      else this.cells.set(key, [box]);
    }
  }

  hits(box: Box): boolean {
    for (const key of this.keys(box)) {
      for (const other of this.cells.get(key) ?? []) {
        const apart =
          box.x >= other.x + other.width ||
          other.x >= box.x + box.width ||
          box.y >= other.y + other.height ||
          other.y >= box.y + box.height;
        if (!apart) return true;
      }
    }
    return false;
  }
}

/**
 * Places labels greedily, the first first: right of the point, left, above, below.
 *
 * @param bounds What labels may not leave.
 * @returns For each anchor its label's box, or null where there is no room.
 */
export function placeLabels(anchors: Anchor[], bounds: Box): (Box | null)[] {
  const taken = new Taken();
  for (const { x, y, radius } of anchors) {
    taken.add({ x: x - radius, y: y - radius, width: 2 * radius, height: 2 * radius });
  }
  const placed: (Box | null)[] = anchors.map(() => null);
  const order = anchors.map((_, i) => i).sort((a, b) => rank(anchors[a]!) - rank(anchors[b]!));
  for (const index of order) {
    const anchor = anchors[index]!;
    const places = around(anchor).filter((box) => inside(box, bounds));
    const free = places.find((box) => !taken.hits(box)) ?? (anchor.always ? places[0] : undefined);
    if (free) {
      taken.add(free);
      placed[index] = free;
    }
  }
  return placed;
}

const rank = (anchor: Anchor) => (anchor.always ? 0 : 1);

function around({ x, y, width, height, radius }: Anchor): Box[] {
  const gap = radius + 3;
  return [
    { x: x + gap, y: y - height / 2, width, height },
    { x: x - gap - width, y: y - height / 2, width, height },
    { x: x - width / 2, y: y - gap - height, width, height },
    { x: x - width / 2, y: y + gap, width, height },
  ];
}

function inside(box: Box, bounds: Box): boolean {
  return (
    box.x >= bounds.x &&
    box.y >= bounds.y &&
    box.x + box.width <= bounds.x + bounds.width &&
    box.y + box.height <= bounds.y + bounds.height
  );
}
