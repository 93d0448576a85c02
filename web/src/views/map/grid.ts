/** Points in the cells of a grid, to find those near a place without looking at all of them. */

const A_CELL = 6; // points, in the mean
const MOST_CELLS = 1_024; // to a side

export class Grid {
  readonly #side: number;
  readonly #left: number;
  readonly #bottom: number;
  readonly #width: number;
  /** Of each cell, where its points begin among the members; one more at the end. */
  readonly #starts: Int32Array;
  readonly #members: Int32Array;

  /** @param places x and y of each point. */
  constructor(private readonly places: Float32Array) {
    const count = places.length / 2;
    this.#side = Math.min(MOST_CELLS, Math.max(1, Math.round(Math.sqrt(count / A_CELL))));
    let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
    for (let at = 0; at < places.length; at += 2) {
      left = Math.min(left, places[at]!);
      right = Math.max(right, places[at]!);
      bottom = Math.min(bottom, places[at + 1]!);
      top = Math.max(top, places[at + 1]!);
    }
    this.#left = left;
    this.#bottom = bottom;
    this.#width = Math.max(right - left, top - bottom, 1e-12) / this.#side;
    const cells = new Int32Array(count);
    this.#starts = new Int32Array(this.#side * this.#side + 1);
    for (let i = 0; i < count; i++) {
      cells[i] = this.#cell(places[2 * i]!, places[2 * i + 1]!);
      this.#starts[cells[i]! + 1]!++;
    }
    for (let c = 0; c < this.#starts.length - 1; c++) this.#starts[c + 1]! += this.#starts[c]!;
    const next = this.#starts.slice();
    this.#members = new Int32Array(count);
    for (let i = 0; i < count; i++) this.#members[next[cells[i]!]++] = i;
  }

  #cell(x: number, y: number): number {
    return this.#line(y - this.#bottom) * this.#side + this.#line(x - this.#left);
  }

  #line(from: number): number {
    return Math.min(this.#side - 1, Math.max(0, Math.floor(from / this.#width)));
  }

  /**
   * The points nearest to a place, nearest first; of equally near ones those of lower numbers.
   *
   * @param most How many.
   * @param radius Not farther than this.
   * @param except A point that is none.
   */
  nearest(x: number, y: number, most: number, radius = Infinity, except = -1): number[] {
    const found: { point: number; far: number }[] = [];
    const [column, line] = [this.#line(x - this.#left), this.#line(y - this.#bottom)];
    for (let ring = 0; ring < this.#side; ring++) {
      // Within the cells of earlier rings all is nearer than what comes now can be.
      const reach = (ring - 1) * this.#width;
      const worst = found.length < most ? radius : found.at(-1)!.far;
      if (ring > 0 && reach - this.#outside(x, y) > worst) break;
      for (const cell of this.#ring(column, line, ring)) {
        for (let at = this.#starts[cell]!; at < this.#starts[cell + 1]!; at++) {
          const point = this.#members[at]!;
          if (point === except) continue;
          const far = Math.hypot(this.places[2 * point]! - x, this.places[2 * point + 1]! - y);
          if (far <= radius) insert(found, { point, far }, most);
        }
      }
    }
    return found.map(({ point }) => point);
  }

  /** How far a place is from the grid's edge, where it is outside. */
  #outside(x: number, y: number): number {
    const end = this.#side * this.#width;
    const [across, up] = [x - this.#left, y - this.#bottom];
    return Math.hypot(Math.max(0, -across, across - end), Math.max(0, -up, up - end));
  }

  *#ring(column: number, line: number, ring: number): Generator<number> {
    for (let up = -ring; up <= ring; up++) {
      const y = line + up;
      if (y < 0 || y >= this.#side) continue;
      const step = Math.abs(up) === ring ? 1 : 2 * ring;
      for (let across = -ring; across <= ring; across += Math.max(1, step)) {
        const x = column + across;
        if (x >= 0 && x < this.#side) yield y * this.#side + x;
      }
    }
  }
}

function insert(
  found: { point: number; far: number }[],
  one: { point: number; far: number },
  most: number,
): void {
  let at = found.length;
  while (at > 0 && before(one, found[at - 1]!)) at--;
  if (at >= most) return;
  found.splice(at, 0, one);
  if (found.length > most) found.pop();
}

const before = (a: { point: number; far: number }, b: { point: number; far: number }) =>
  a.far < b.far || (a.far === b.far && a.point < b.point);
