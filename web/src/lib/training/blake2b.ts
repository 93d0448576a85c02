/** BLAKE2b (RFC 7693) without a key: what a run's text is told by. */

const MASK = 0xffffffffffffffffn;
const START = [
  0x6a09e667f3bcc908n,
  0xbb67ae8584caa73bn,
  0x3c6ef372fe94f82bn,
  0xa54ff53a5f1d36f1n,
  0x510e527fade682d1n,
  0x9b05688c2b3e6c1fn,
  0x1f83d9abfb41bd6bn,
  0x5be0cd19137e2179n,
];
/** In which order each round takes the sixteen words of a block. */
const ORDERS = [
  '0123456789abcdef',
  'ea489fd61c02b753',
  'b8c052fdae367194',
  '7931dcbe265a40f8',
  '905724afe1bc683d',
  '2c6a0b834d75fe19',
  'c51fed4a0763928b',
  'db7ec13950f4862a',
  '6fe9b308c2d714a5',
  'a2847615fb9e3cd0',
].map((order) => Array.from(order, (digit) => parseInt(digit, 16)));
/** The columns and the diagonals of the four by four words that are mixed. */
const QUARTERS = ['048c', '159d', '26ae', '37bf', '05af', '16bc', '278d', '349e'].map((places) =>
  Array.from(places, (digit) => parseInt(digit, 16)),
);
const BLOCK = 128;

const turned = (word: bigint, count: bigint) => ((word >> count) | (word << (64n - count))) & MASK;

/** @param size Bytes of the digest. @returns It in hexadecimal digits. */
export function blake2b(bytes: Uint8Array, size: number): string {
  const hash = [...START];
  hash[0]! ^= 0x01010000n ^ BigInt(size);
  const blocks = Math.max(1, Math.ceil(bytes.length / BLOCK));
  for (let block = 0; block < blocks; block++) {
    const part = new Uint8Array(BLOCK);
    part.set(bytes.subarray(block * BLOCK, (block + 1) * BLOCK));
    const last = block === blocks - 1;
    compress(hash, part, BigInt(last ? bytes.length : (block + 1) * BLOCK), last);
  }
  const digits = hash.flatMap((word) =>
    Array.from({ length: 8 }, (_, byte) => Number((word >> BigInt(8 * byte)) & 255n)),
  );
  return digits
    .slice(0, size)
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
}

function compress(hash: bigint[], block: Uint8Array, count: bigint, last: boolean): void {
  const view = new DataView(block.buffer);
  const words = Array.from({ length: 16 }, (_, place) => view.getBigUint64(8 * place, true));
  const v = [...hash, ...START];
  v[12]! ^= count;
  if (last) v[14]! ^= MASK;
  for (let round = 0; round < 12; round++) {
    const order = ORDERS[round % 10]!;
    QUARTERS.forEach(([a, b, c, d], quarter) => {
      mix(v, a!, b!, c!, d!, words[order[2 * quarter]!]!, words[order[2 * quarter + 1]!]!);
    });
  }
  for (let place = 0; place < 8; place++) hash[place]! ^= v[place]! ^ v[place + 8]!;
}

function mix(v: bigint[], a: number, b: number, c: number, d: number, x: bigint, y: bigint): void {
  v[a] = (v[a]! + v[b]! + x) & MASK;
  v[d] = turned(v[d]! ^ v[a]!, 32n);
  v[c] = (v[c]! + v[d]!) & MASK;
  v[b] = turned(v[b]! ^ v[c]!, 24n);
  v[a] = (v[a]! + v[b]! + y) & MASK;
  v[d] = turned(v[d]! ^ v[a]!, 16n);
  v[c] = (v[c]! + v[d]!) & MASK;
  v[b] = turned(v[b]! ^ v[c]!, 63n);
}
