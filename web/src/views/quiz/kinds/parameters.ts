/** How many numbers a model is made of. */
import { mistake, number } from '../asking';
import { kindOf } from '../kind';
import { whole } from '../numbers';
import { listed, say } from '../question';

export const PARAMETERS = kindOf({
  id: 'parameters',
  title: 'Parameters',
  needs: ['census'],
  generate: (_rng, { census: { layers, parameters }, facts: { words, dim } }) => {
    const products = layers.map(({ shape }) => shape.reduce((a, b) => a * b, 1));
    const total = products.reduce((a, b) => a + b, 0);
    if (layers.length === 0 || total !== parameters) return null;
    const shapes = layers.map(({ shape }) => shape.map((size) => whole(size).text).join(' × '));
    const alone = layers.length === 1;
    const names = listed(
      layers.map(({ name }) => name),
      ', ',
      ' and ',
    );
    return {
      asks: [
        say`${facts(words, dim)} ${alone ? 'Its numbers stand in one matrix.' : say`Its numbers stand in ${names}.`}`,
        say`How many numbers is that altogether?`,
      ],
      exhibit: {
        type: 'table',
        caption: alone ? 'The matrix' : 'The matrices',
        head: ['', 'shape'],
        rows: layers.map(({ name }, at) => ({ name, cells: [shapes[at]!] })),
      },
      answer: number(parameters, 0, [
        {
          value: products[0]!,
          mistake: mistake(
            'the first matrix only',
            say`${layers[0]!.name} has ${products[0]!} numbers; the others are learned as well.`,
          ),
        },
        {
          value: layers.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a + b, 0), 0),
          mistake: mistake(
            'sides added',
            say`A matrix has a number in each row and each column: rows times columns.`,
          ),
        },
        {
          value: words * words,
          mistake: mistake(
            'words times words',
            say`That would be a column for every word. The matrix has a column for each of ${dim} dimensions.`,
          ),
        },
        {
          value: 2 * products[0]!,
          mistake: mistake(
            alone ? 'two matrices' : 'the smaller parts forgotten',
            alone
              ? say`Here is one matrix, no second.`
              : say`Every line of the table counts, with its own shape.`,
          ),
        },
      ]),
      worked: [
        say`${layers
          .map(({ name }, at) => `${name}: ${shapes[at]} = ${whole(products[at]!).text}`)
          .join('; ')}.`,
        ...(alone
          ? []
          : [say`${products.map((product) => whole(product).text).join(' + ')} = ${total}.`]),
      ],
      link: {
        view: 'blueprint',
        parameters: { at: 'census' },
        label: 'The census in the blueprint',
      },
    };
  },
});

const facts = (words: number, dim: number) =>
  `This model has ${whole(words).text} words in ${whole(dim).text} dimensions.`;
