/** A step's gradients beside finite differences, as the server's gradient check has them. */
import type { Schemas } from '$lib/api/routes';
import { copyState, exampleOf } from './block';
import { forward } from './forward';
import type { Replayer } from './replayer';
import { hiddenSlope } from './update';

type Check = Schemas['GradientCheck'];
type Matrix = Schemas['CheckedMatrix'];

const WIDTH = 1e-5; // how far each number is moved, to both sides
const MOST_ROWS = 128;

export function gradientCheck(replayer: Pick<Replayer, 'block' | 'at'>, number: number): Check {
  const { block } = replayer;
  const { vector_size: dim, architecture } = block.facts;
  const state = copyState(replayer.at(number - 1));
  const example = exampleOf(block, number);
  const pass = forward(block, state, number, example);
  const loss = () => forward(block, state, number, example).loss;
  const slope = hiddenSlope(state, pass);
  const members = [...new Set(example.members)].sort((a, b) => a - b);
  const times = (row: number) => example.members.filter((member) => member === row).length;
  const share = 1 / example.members.length;
  const rows = largestRows(pass.errors).map((place) => ({ place, row: pass.rows[place]! }));
  const names = rows.map(({ row }) => row);
  const matrices = [
    checked(
      'W',
      members,
      state.inputs.values,
      dim,
      loss,
      (row, d) => times(row) * share * slope[d]!,
    ),
    checked('W′', names, state.outputs.values, dim, loss, (row, d) => {
      const place = rows.find((one) => one.row === row)!.place;
      return pass.errors[place]! * pass.hidden[d]!;
    }),
  ];
  if (state.bias) {
    matrices.push(
      checked('bias', names, state.bias.values, 1, loss, (row) => {
        const place = rows.find((one) => one.row === row)!.place;
        return pass.errors[place]!;
      }),
    );
  }
  return {
    number,
    matrices,
    largest_difference: Math.max(...matrices.map((matrix) => matrix.largest_difference)),
    classic: architecture === 'cbow' ? example.members.length : null,
  };
}

/** Places of the rows with the largest gradients, in their order. */
function largestRows(errors: Float64Array): number[] {
  const places = Array.from(errors, (_, place) => place);
  places.sort((a, b) => Math.abs(errors[b]!) - Math.abs(errors[a]!));
  return places.slice(0, MOST_ROWS).sort((a, b) => a - b);
}

function checked(
  name: string,
  rows: number[],
  values: Float64Array,
  dim: number,
  loss: () => number,
  analyticAt: (row: number, d: number) => number,
): Matrix {
  const dims = Array.from({ length: dim }, (_, d) => d);
  const analytic = rows.map((row) => dims.map((d) => analyticAt(row, d)));
  const numeric = rows.map((row) => dims.map((d) => slopeAt(values, row * dim + d, loss)));
  const scale = Math.max(1e-12, ...numeric.flat().map(Math.abs));
  const worst = Math.max(
    ...analytic.flatMap((row, i) => row.map((value, d) => Math.abs(value - numeric[i]![d]!))),
  );
  return { name, rows, analytic, numeric, largest_difference: worst / scale };
}

function slopeAt(values: Float64Array, place: number, loss: () => number): number {
  const value = values[place]!;
  values[place] = value + WIDTH;
  const above = loss();
  values[place] = value - WIDTH;
  const below = loss();
  values[place] = value;
  return (above - below) / (2 * WIDTH);
}
