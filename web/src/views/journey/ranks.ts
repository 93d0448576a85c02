/** Neighbours over time: who stands where at which snapshot. */

export interface Near {
  word: string;
  row: number;
  cosine: number;
}

export interface NeighborsAt {
  snapshot: number;
  nearest: readonly Near[];
}

/** A word among the neighbours at some snapshots. */
export interface Climber {
  word: string;
  row: number;
  /** At each snapshot 0 for the nearest; null where it is not among the nearest. */
  places: (number | null)[];
  cosines: (number | null)[];
}

/** A line between two snapshots that follow each other. */
export interface Link {
  word: string;
  column: number;
  from: number;
  to: number;
}

/** All words that are ever near: those of the last snapshot first, then by how soon they come. */
export function climbers(snapshots: readonly NeighborsAt[]): Climber[] {
  const found = new Map<number, Climber>();
  snapshots.forEach(({ nearest }, column) => {
    nearest.forEach(({ word, row, cosine }, place) => {
      let climber = found.get(row);
      if (!climber) {
        const none = snapshots.map(() => null);
        climber = { word, row, places: none, cosines: [...none] };
        found.set(row, climber);
      }
      climber.places[column] = place;
      climber.cosines[column] = cosine;
    });
  });
  const last = snapshots.length - 1;
  return [...found.values()].sort(
    (a, b) => (a.places[last] ?? Infinity) - (b.places[last] ?? Infinity) || 0,
  );
}

/** Lines of the words that stay from one snapshot to the next. */
export function links(all: readonly Climber[]): Link[] {
  return all.flatMap(({ word, places }) =>
    places.flatMap((from, column) => {
      const to = places[column + 1];
      return from === null || to === null || to === undefined ? [] : [{ word, column, from, to }];
    }),
  );
}

/** How many of the nearest at `column` are among the nearest at the last snapshot. */
export function settledAt(snapshots: readonly NeighborsAt[], column: number): number {
  const final = new Set(snapshots[snapshots.length - 1]?.nearest.map(({ row }) => row));
  return snapshots[column]?.nearest.filter(({ row }) => final.has(row)).length ?? 0;
}
