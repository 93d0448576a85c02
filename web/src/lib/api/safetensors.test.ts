import { describe, expect, it } from 'vitest';
import { decode, fromBase64, part, row, SafetensorsError, type Tensor } from './safetensors';

function documentOf(header: unknown, content: Uint8Array = new Uint8Array()): Uint8Array {
  const text = new TextEncoder().encode(
    typeof header === 'string' ? header : JSON.stringify(header),
  );
  const bytes = new Uint8Array(8 + text.length + content.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(content, 8 + text.length);
  return bytes;
}

const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);

describe('decode', () => {
  it('reads arrays, shapes and metadata', () => {
    const header = {
      __metadata__: { payload: '{"a":1}' },
      w: { dtype: 'F32', shape: [2, 2], data_offsets: [0, 16] },
      l: { dtype: 'I8', shape: [3], data_offsets: [16, 19] },
    };
    const { metadata, arrays } = decode(
      documentOf(header, Uint8Array.of(...floats(1, -2, 3, 4.5), 1, 0, 255)),
    );
    expect(metadata.payload).toBe('{"a":1}');
    expect(arrays.w).toEqual({ data: Float32Array.of(1, -2, 3, 4.5), shape: [2, 2] });
    expect(arrays.l!.data).toEqual(Int8Array.of(1, 0, -1));
  });

  it('reads arrays that do not lie on multiples of their size', () => {
    const header = JSON.stringify({ w: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } });
    for (const spaces of ['', ' ', '  ', '   ']) {
      const { arrays } = decode(documentOf(header + spaces, floats(2.5)));
      expect(arrays.w!.data[0]).toBe(2.5);
    }
  });

  it.each([
    ['no header', new Uint8Array(3)],
    ['a header longer than the document', documentOf('{}').fill(200, 0, 2)],
    ['a header that is no JSON', documentOf('{nonsense')],
    ['a header that is a list', documentOf('[]')],
    ['an unknown dtype', documentOf({ w: { dtype: 'F8', shape: [1], data_offsets: [0, 1] } })],
    ['missing offsets', documentOf({ w: { dtype: 'F32', shape: [1] } })],
    ['a negative shape', documentOf({ w: { dtype: 'F32', shape: [-1], data_offsets: [0, 4] } })],
    [
      'data cut off',
      documentOf({ w: { dtype: 'F32', shape: [2], data_offsets: [0, 8] } }, floats(1)),
    ],
    [
      'a shape that is no fit',
      documentOf({ w: { dtype: 'F32', shape: [3], data_offsets: [0, 4] } }, floats(1)),
    ],
  ])('says what is wrong with %s', (_, bytes) => {
    expect(() => decode(bytes)).toThrow(SafetensorsError);
  });
});

it('takes rows and parts as views', () => {
  const cube: Tensor<Float32Array> = {
    data: Float32Array.from({ length: 12 }, (_, i) => i),
    shape: [2, 3, 2],
  };
  expect(part(cube, 1)).toEqual({ data: Float32Array.of(6, 7, 8, 9, 10, 11), shape: [3, 2] });
  expect(row(part(cube, 1), 2)).toEqual(Float32Array.of(10, 11));
  part(cube, 0).data[0] = 99;
  expect(cube.data[0]).toBe(99);
});

it('reads base64', () => {
  expect(fromBase64('AAH/')).toEqual(Uint8Array.of(0, 1, 255));
});
