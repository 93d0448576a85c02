/** A score as the sum of its products. */
import { mistake, number, reachable } from '../asking';
import { kindOf } from '../kind';
import { closed, decimals } from '../numbers';
import { say } from '../question';
import { rowNamed, stepIs, stepLink } from '../told';

const DIGITS = 2;
/** Products that are written one by one; the rest of a long vector is one number. */
const MOST = 8;

export const SCORE = kindOf({
  id: 'score',
  title: 'A score from its terms',
  needs: ['run'],
  generate: (rng, { run }) => {
    const { shown } = run.anyStep(rng);
    const place = rng.below(shown.rows.length);
    const u = shown.output(place);
    const h = shown.arrays.hidden.data;
    const bias = shown.arrays.bias_before?.data[place] ?? null;
    const order = Array.from(u, (_, d) => d).sort(
      (a, b) => Math.abs(u[b]! * h[b]!) - Math.abs(u[a]! * h[a]!),
    );
    const cut = shown.dim > MOST;
    const written = (cut ? order.slice(0, MOST - 2) : order).sort((a, b) => a - b);
    const terms = written.map((d) => ({
      name: String(d + 1),
      u: decimals(u[d]!, 3),
      h: decimals(h[d]!, 3),
      exact: u[d]! * h[d]!,
    }));
    const rest = order
      .filter((d) => !written.includes(d))
      .reduce((sum, d) => sum + u[d]! * h[d]!, 0);
    const extra = [
      ...(cut
        ? [{ name: `the other ${shown.dim - written.length} together`, value: decimals(rest, 3) }]
        : []),
      ...(bias === null ? [] : [{ name: 'bias', value: decimals(bias, 3) }]),
    ];
    const products = terms.map(({ exact }) => decimals(exact, 3));
    const parts = [...products, ...extra.map(({ value }) => value)];
    const added = parts.reduce((sum, { value }) => sum + value, 0);
    const multiplied =
      terms.reduce((sum, one) => sum + one.u.value * one.h.value, 0) +
      extra.reduce((sum, { value }) => sum + value.value, 0);
    const score = shown.score(place);
    const size = parts.reduce((sum, { value }) => sum + Math.abs(value), 0);
    const sums = (pick: 'u' | 'h') => terms.reduce((sum, one) => sum + one[pick].value, 0);
    const answer = number(score, DIGITS, [
      {
        value: size,
        mistake: mistake(
          'signs are lost',
          say`Where the two numbers have different signs their product counts below 0.`,
        ),
      },
      {
        value: -score,
        mistake: mistake(
          'the sign is turned',
          say`The sum is ${decimals(score, DIGITS)}: products below 0 pull it down, those above 0 up.`,
        ),
      },
      {
        value: score - (bias ?? 0),
        mistake: mistake(
          'the bias is forgotten',
          say`The output layer adds a bias of its own to each word’s score.`,
        ),
      },
      {
        value: sums('u') * sums('h') + extra.reduce((sum, { value }) => sum + value.value, 0),
        mistake: mistake(
          'sums are multiplied',
          say`First the two numbers of each dimension are multiplied, then the products are added.`,
        ),
      },
      {
        value: score / shown.dim,
        mistake: mistake('the mean', say`The products are added, not averaged.`),
      },
    ]);
    // Small scores would be right by chance; with rounded factors the sum must come out the same.
    if (Math.abs(score) < 0.03 || !reachable(answer, added) || !reachable(answer, multiplied))
      return null;
    return {
      asks: [
        stepIs(shown),
        say`What is the score of ${rowNamed(shown, place)}, the dot product of its row u of W′ with h${bias === null ? '' : ', plus its bias'}?`,
      ],
      exhibit: {
        type: 'table',
        caption: 'Before the step',
        head: ['dimension', 'u', 'h', 'u · h'],
        rows: [
          ...terms.map((one, at) => ({
            name: one.name,
            cells: [one.u.text, one.h.text, at === 0 ? '?' : products[at]!.text],
          })),
          ...extra.map(({ name, value }) => ({ name, cells: ['', '', value.text] })),
        ],
      },
      answer,
      worked: [
        say`${closed(terms[0]!.u)} · ${closed(terms[0]!.h)} = ${products[0]!}`,
        say`z = ${parts.map(closed).join(' + ')} = ${decimals(added, 3)}, or ${decimals(score, DIGITS)}`,
      ],
      link: stepLink(shown, 'scores', shown.rows[place]),
    };
  },
});
