/** How many rows of W′ a step changes. */
import { mistake, number } from '../asking';
import { kindOf } from '../kind';
import { say } from '../question';
import { stepIs, stepLink } from '../told';

export const ROWS = kindOf({
  id: 'rows',
  title: 'What a step changes',
  needs: ['run'],
  generate: (rng, { run }) => {
    const { shown, before, after } = run.anyStep(rng);
    const dim = shown.dim;
    const all = before.outputs.values.length / dim;
    const asked = new Set(shown.arrays.output_rows.data).size;
    const right = moved(before.outputs.values, after.outputs.values, dim);
    // A gradient may be too small for any number to change. With Adam every row goes on moving once it
    // had one: asked where all have, for then it can be told.
    if (right !== (shown.adam ? all : asked)) return null;
    const { noun, told } = shown.loss.wordsHaveRows
      ? { noun: 'words', told: say`W′ has ${all} rows, one a word.` }
      : { noun: 'nodes', told: say`W′ has ${all} rows, one for each node of the tree.` };
    return {
      asks: [
        stepIs(shown),
        say`${told} The loss asks ${asked === all ? 'all of them' : say`${shown.rows.length} ${shown.rows.length === 1 ? 'question' : 'questions'}, about ${asked} different ${noun}`}${shown.adam ? '; the optimizer is Adam, which has running means for every weight' : ''}.`,
        say`How many rows of W′ does this step change?`,
      ],
      exhibit: null,
      answer: number(right, 0, [
        {
          value: 1,
          mistake: mistake(
            'the target’s row only',
            say`Wrong answers are pushed away, each by its own error: their rows move as well.`,
          ),
        },
        {
          value: 0,
          mistake: mistake(
            'only W learns',
            say`Both matrices are trained: W′ by errors times h, W by errors times rows of W′.`,
          ),
        },
        {
          value: all,
          mistake: mistake(
            'all rows',
            say`Rows that were not asked have no gradient in this step, and stay where they are.`,
          ),
        },
        {
          value: asked,
          mistake: mistake(
            'only what was asked',
            say`With Adam running means of earlier gradients move other rows on, though they were not asked now.`,
          ),
        },
        {
          value: dim,
          mistake: mistake(
            'one row a dimension',
            say`Rows of W′ are ${noun}; dimensions are its columns.`,
          ),
        },
        {
          value: shown.rows.length,
          mistake: mistake(
            'a row counted twice',
            say`A word that was drawn twice has one row all the same.`,
          ),
        },
      ]),
      worked: [
        shown.loss.asksAll
          ? say`The softmax gives each word a probability, and each has an error that is not 0: all ${all} rows have a gradient, and move.`
          : shown.adam
            ? say`${asked} rows have a gradient in this step. But every row has had one before, so that none of Adam’s running means is 0: all ${all} rows move.`
            : say`Only rows that were asked have a gradient: ${right} of ${all}.`,
      ],
      link: stepLink(shown, 'update'),
    };
  },
});

/** Rows of which any number is another one. */
function moved(before: Float64Array, after: Float64Array, dim: number): number {
  let count = 0;
  for (let start = 0; start < before.length; start += dim) {
    for (let d = 0; d < dim; d++) {
      if (before[start + d] !== after[start + d]) {
        count++;
        break;
      }
    }
  }
  return count;
}
