/** Whether a row of W′ moves towards h or away from it, and how far. */
import { choices, mistake, type Wrong } from '../asking';
import { kindOf } from '../kind';
import { plain, significant } from '../numbers';
import { type Rich, say } from '../question';
import type { Rng } from '../rng';
import type { ShownStep } from '$views/walkthrough/shown-step';
import { roleOf, rowNamed, singlePlaces, stepIs, stepLink, symbolOf } from '../told';

/** Factors are told apart by a tenth at least. */
const APART = 1.1;

export const DIRECTION = kindOf({
  id: 'direction',
  title: 'Towards or away',
  needs: ['run'],
  generate: (rng, { run }) => {
    const { shown } = run.anyStep(rng);
    const all = singlePlaces(shown);
    if (all.length === 0) return null;
    // Half of the time the one that pulls: of many rows it would hardly ever be met.
    const pulling = all.filter((place) => shown.label(place) === 1);
    const place = rng.pick(pulling.length && rng.chance(0.5) ? pulling : all);
    return shown.adam ? withAdam(rng, shown, place) : withDescent(rng, shown, place);
  },
});

const asked = (shown: ShownStep, place: number): Rich =>
  say`For ${rowNamed(shown, place)}, ${roleOf(shown, place)}, the model said ${symbolOf(shown.loss)} = ${significant(shown.probability(place), 3)}.`;

function withDescent(rng: Rng, shown: ShownStep, place: number) {
  const p = shown.probability(place);
  const yes = shown.label(place) === 1;
  const rate = shown.facts.learning_rate;
  const own = rate * (yes ? 1 - p : p);
  const other = rate * (yes ? p : 1 - p);
  // Nothing is asked of what can hardly be seen.
  if (own < 1e-4) return null;
  const [towards, away] = [
    (part: number) => say`towards h, by ${significant(part, 2)} · h`,
    (part: number) => say`away from h, by ${significant(part, 2)} · h`,
  ];
  const [right, wrong] = yes ? [towards, away] : [away, towards];
  const symbol = symbolOf(shown.loss);
  const apart = (part: number) => part > own * APART || part < own / APART;
  const share = yes ? `1 − ${symbol}` : symbol;
  const others: Wrong[] = [
    {
      says: wrong(own),
      mistake: mistake(
        yes ? 'pushed, not pulled' : 'pulled, not pushed',
        yes
          ? say`Here the right answer was yes: the row is drawn towards h, so that its score grows.`
          : say`Here the right answer was no: the row is pushed away from h, so that its score falls.`,
      ),
    },
    {
      says: ['it stays where it is'],
      mistake: mistake(
        'only W learns',
        say`Each row of W′ that had a score has a gradient, and moves.`,
      ),
    },
    ...(apart(rate)
      ? [
          {
            says: right(rate),
            mistake: mistake(
              'all errors are alike',
              say`The step is η times the error, and the error is ${share}: what was nearly right moves little.`,
            ),
          },
        ]
      : []),
    ...(apart(other)
      ? [
          {
            says: right(other),
            mistake: mistake(
              yes ? `${symbol} for 1 − ${symbol}` : `1 − ${symbol} for ${symbol}`,
              say`The error is ${share}: what is missing to the right answer.`,
            ),
          },
        ]
      : []),
  ];
  const [first, second, ...rest] = others;
  const answer = choices(rng, { says: right(own) }, [first!, second!, ...rng.shuffled(rest)]);
  if (!answer) return null;
  const error = yes ? say`1 − ${significant(p, 3)}` : say`${significant(p, 3)}`;
  return {
    asks: [
      stepIs(shown),
      asked(shown, place),
      say`The learning rate is η = ${plain(rate)}. How does this step move its row of W′?`,
    ],
    exhibit: null,
    answer,
    worked: [
      say`The gradient of the row is (${symbol} − y) · h with y = ${yes ? '1' : '0'}; the row moves by −η times that.`,
      yes
        ? say`η · (1 − ${symbol}) · h = ${plain(rate)} · (${error}) · h = ${significant(own, 2)} · h, towards h.`
        : say`−η · ${symbol} · h = −${plain(rate)} · ${error} · h = −${significant(own, 2)} · h, away from h.`,
    ],
    link: stepLink(shown, 'update', shown.rows[place]),
  };
}

/** Adam moves a row by its running means, which may point elsewhere; asked where they do not. */
function withAdam(rng: Rng, shown: ShownStep, place: number) {
  const h = shown.arrays.hidden.data;
  const [before, after] = [shown.output(place), shown.output(place, 'after')];
  let [along, own, length] = [0, 0, 0];
  for (let d = 0; d < h.length; d++) {
    const change = after[d]! - before[d]!;
    along += change * h[d]!;
    own += change * change;
    length += h[d]! * h[d]!;
  }
  const cosine = along / Math.sqrt(own * length);
  const yes = shown.label(place) === 1;
  if (!(Math.abs(cosine) >= 0.3) || cosine > 0 !== yes) return null;
  const symbol = symbolOf(shown.loss);
  const answer = choices(rng, { says: [yes ? 'towards h' : 'away from h'] }, [
    {
      says: [yes ? 'away from h' : 'towards h'],
      mistake: mistake(
        yes ? 'pushed, not pulled' : 'pulled, not pushed',
        say`The right answer was ${yes ? 'yes' : 'no'}: its score should ${yes ? 'grow' : 'fall'}.`,
      ),
    },
    {
      says: ['it stays where it is'],
      mistake: mistake(
        'only W learns',
        say`Each row of W′ that had a score has a gradient, and moves.`,
      ),
    },
    {
      says: ['onto h itself'],
      mistake: mistake(
        'a whole step',
        say`A step is small: it changes the row’s direction a little, and is not the end of the way.`,
      ),
    },
  ]);
  return (
    answer && {
      asks: [stepIs(shown), asked(shown, place), say`Which way does this step move its row of W′?`],
      exhibit: null,
      answer,
      worked: [
        say`The gradient of the row is (${symbol} − y) · h with y = ${yes ? '1' : '0'}: ${significant(shown.error(place), 3)} · h. Against it is ${yes ? 'towards' : 'away from'} h.`,
        say`Adam goes by running means of such gradients; here the cosine of what the row moved by with h is ${significant(cosine, 2)}.`,
      ],
      link: stepLink(shown, 'update', shown.rows[place]),
    }
  );
}
