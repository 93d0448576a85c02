import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { blake2b } from './blake2b';
import { crc32, utf8 } from './bytes';
import { FIXTURES, trainingOf } from './fixtures';
import { TrainedRun } from './run';
import { fingerprint } from './save';

it.each(FIXTURES.map((one) => [one.name, one] as const))(
  'has the fingerprint of the text of %s',
  (_, fixture) => {
    expect(fingerprint(new TrainedRun(trainingOf(fixture)))).toBe(fixture.fingerprint);
  },
);

it.each([0, 1, 127, 128, 129, 256, 1000])('hashes %i bytes as the standard says', (count) => {
  const bytes = Uint8Array.from({ length: count }, (_, i) => (i * 7) % 251);
  expect(blake2b(bytes, 64)).toBe(createHash('blake2b512').update(bytes).digest('hex'));
});

it('has the checksum of the standard', () => {
  expect(crc32(utf8('123456789'))).toBe(0xcbf43926);
  expect(crc32(utf8('6789'), crc32(utf8('12345')))).toBe(0xcbf43926);
});
