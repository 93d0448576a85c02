/** Texts that come with the page, each small enough to read, with the words that belong together. */
import COOKING from './cooking.txt?raw';
import FOOTBALL from './football.txt?raw';
import GERMAN from './german.txt?raw';
import KINGS from './kings.txt?raw';
import WEATHER from './weather.txt?raw';
import type { TextNotes } from '../answers/notes';

export interface BundledText extends TextNotes {
  /** In addresses. */
  id: string;
  title: string;
  /** What to look for. */
  about: string;
  text: string;
  stop: 'english' | 'german';
  /** Words to look at first. */
  words: readonly string[];
}

const listed = (groups: Record<string, string>) =>
  Object.fromEntries(Object.entries(groups).map(([name, words]) => [name, words.split(' ')]));

export const TEXTS: readonly BundledText[] = [
  {
    id: 'kings',
    title: 'Kings and pets',
    about: 'Royal people, people and pets: three crowds that keep to themselves.',
    text: KINGS,
    stop: 'english',
    words: ['king', 'woman', 'dog'],
    groups: listed({
      royalty: 'king queen prince princess crown throne palace kingdom castle royal',
      people: 'man woman boy girl market house garden street',
      pets: 'dog puppy cat kitten bone milk ball wool basket',
    }),
    questions: [
      ['man', 'king', 'woman', 'queen'],
      ['king', 'queen', 'prince', 'princess'],
      ['boy', 'prince', 'girl', 'princess'],
      ['dog', 'puppy', 'cat', 'kitten'],
      ['dog', 'barks', 'cat', 'purrs'],
    ],
  },
  {
    id: 'weather',
    title: 'Weather',
    about: 'Four seasons and what comes with each; a storm beside them.',
    text: WEATHER,
    stop: 'english',
    words: ['winter', 'july', 'storm'],
    groups: listed({
      winter: 'winter snow ice cold december frost sledge',
      spring: 'spring rain blossom mild april flowers umbrella',
      summer: 'summer sun heat hot july beach swim',
      autumn: 'autumn wind fog grey october leaves kite',
      storm: 'storm clouds thunder lightning',
    }),
    questions: [
      ['winter', 'snow', 'summer', 'sun'],
      ['december', 'winter', 'july', 'summer'],
      ['spring', 'april', 'autumn', 'october'],
      ['winter', 'cold', 'summer', 'hot'],
    ],
  },
  {
    id: 'football',
    title: 'A football league',
    about: 'Five teams, each with a colour, a ground and a scorer: which belong together?',
    text: FOOTBALL,
    stop: 'english',
    words: ['rovers', 'keeper', 'goal'],
    groups: listed({
      rovers: 'rovers red miller harbour',
      united: 'united blue novak hill',
      city: 'city green okafor river',
      athletic: 'athletic white santos park',
      wanderers: 'wanderers black larsen mill',
      play: 'keeper defender striker midfielder penalty ball shot',
    }),
    questions: [
      ['rovers', 'miller', 'city', 'okafor'],
      ['united', 'blue', 'athletic', 'white'],
      ['rovers', 'harbour', 'united', 'hill'],
    ],
  },
  {
    id: 'cooking',
    title: 'Cooking',
    about: 'What goes into a dish, and what it is cooked in.',
    text: COOKING,
    stop: 'english',
    words: ['soup', 'flour', 'oven'],
    groups: listed({
      dishes: 'soup cake salad pasta bread pancake',
      vegetables: 'carrot onion lettuce tomato',
      baking: 'flour sugar butter yeast salt egg',
      tools: 'pot oven pan knife bowl board',
      fruit: 'apple pear plum',
    }),
    questions: [
      ['bread', 'oven', 'soup', 'pot'],
      ['soup', 'simmer', 'bread', 'knead'],
      ['cake', 'bake', 'pancake', 'fry'],
    ],
  },
  {
    id: 'german',
    title: 'Eine zweite Sprache',
    about: 'German: castle, pets, seasons, kitchen. Nothing here knows which language it is.',
    text: GERMAN,
    stop: 'german',
    words: ['könig', 'hund', 'winter'],
    groups: listed({
      schloss: 'könig königin prinz prinzessin krone thron reich',
      leute: 'mann frau junge mädchen stadt markt haus',
      tiere: 'hund katze welpe kätzchen knochen milch napf',
      wetter: 'schnee sonne regen nebel winter sommer',
      küche: 'suppe kuchen brot salat zucker mehl salz',
    }),
    questions: [
      ['hund', 'welpe', 'katze', 'kätzchen'],
      ['hund', 'bellt', 'katze', 'schnurrt'],
      ['winter', 'schnee', 'sommer', 'sonne'],
      ['könig', 'königin', 'prinz', 'prinzessin'],
    ],
  },
];
