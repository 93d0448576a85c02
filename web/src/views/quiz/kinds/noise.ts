/** How often words are drawn as wrong answers. */
import { choices, mistake } from '../asking';
import { kindOf } from '../kind';
import { plain, significant } from '../numbers';
import { say, word } from '../question';

/** Factors are told apart by an eighth at least. */
const MARGIN = Math.log(9 / 8);

export const NOISE = kindOf({
  id: 'noise',
  title: 'Drawn words',
  needs: ['counts'],
  generate: (rng, { counts, facts }) => {
    const power = facts.option('ns_exponent');
    if (power === null || !(power > 0) || !facts.loss?.options.includes('ns_exponent')) return null;
    const [one, other] = rng.sample(
      counts.words.map((_, at) => at),
      2,
    );
    if (one === undefined || other === undefined) return null;
    const [a, b] = counts.counts[one]! >= counts.counts[other]! ? [one, other] : [other, one];
    const [often, seldom] = [counts.counts[a]!, counts.counts[b]!];
    const ratio = often / seldom;
    if (!(seldom > 0) || ratio < 1.5 || ratio > 1e4) return null;
    const right = ratio ** power;
    const says = (factor: number) => say`${significant(factor, 2)} times as often`;
    const wrong = [
      {
        factor: ratio,
        name: 'by the counts',
        why: say`The counts are raised to the power ${plain(power)}, which gives rare words a larger share.`,
      },
      {
        factor: 1,
        name: 'all alike',
        why: say`Frequent words are drawn more often; only an exponent of 0 would make all alike.`,
      },
      {
        factor: power * ratio,
        name: 'times, not to the power',
        why: say`The exponent is a power: ${significant(ratio, 3)} to the power ${plain(power)}, not times.`,
      },
      {
        factor: ratio ** (1 / power),
        name: 'the power turned over',
        why: say`The power ${plain(power)} makes the ratio ${power < 1 ? 'smaller' : 'larger'}, not the other way round.`,
      },
      {
        factor: 1 / right,
        name: 'the rarer more often',
        why: say`The more frequent word is drawn more often.`,
      },
    ];
    const answer = choices(
      rng,
      { says: says(right), measure: Math.log(right) },
      rng.shuffled(wrong).map(({ factor, name, why }) => ({
        says: says(factor),
        mistake: mistake(name, why),
        measure: Math.log(factor),
      })),
      MARGIN,
    );
    return (
      answer && {
        asks: [
          say`Wrong answers are drawn in proportion to a word’s count to the power ${plain(power)}. ${word(counts.words[a]!)} stands ${often} times in the text, ${word(counts.words[b]!)} ${seldom} times.`,
          say`How much more often is ${word(counts.words[a]!)} drawn than ${word(counts.words[b]!)}?`,
        ],
        exhibit: null,
        answer,
        worked: [
          say`(${often} / ${seldom})^${plain(power)} = ${significant(ratio, 3)}^${plain(power)} = ${significant(right, 2)}`,
        ],
        link: {
          view: 'blueprint',
          parameters: { at: 'config' },
          label: 'The options in the blueprint',
        },
      }
    );
  },
});
