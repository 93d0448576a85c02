/**
 * Safetensors documents: how arrays travel.
 *
 * Layout (little-endian): u64 length of the header; the header, JSON: name → {dtype, shape,
 * data_offsets: [begin, end] counted from the header's end}, and `__metadata__`, text → text, whose
 * `payload` is the answer's JSON; then the arrays' bytes.
 */

export type Numbers =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** An array of any number of dimensions, in C order. */
export interface Tensor<A = Numbers> {
  data: A;
  shape: number[];
}

export interface Document {
  metadata: Record<string, string>;
  arrays: Record<string, Tensor>;
}

export class SafetensorsError extends Error {
  override name = 'SafetensorsError';
}

const KINDS = {
  F32: Float32Array,
  F64: Float64Array,
  I8: Int8Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
  I16: Int16Array,
  U16: Uint16Array,
  I32: Int32Array,
  U32: Uint32Array,
  I64: BigInt64Array,
  U64: BigUint64Array,
} as const;

const LONGEST_HEADER = 100_000_000; // as the format's own reader has it

/**
 * @throws SafetensorsError The document is cut off, or does not hold what its header says.
 */
export function decode(bytes: ArrayBuffer | Uint8Array): Document {
  const all = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
  if (all.length < 8) throw new SafetensorsError(`${all.length} bytes; a document has at least 8`);
  const length = Number(new DataView(all.buffer, all.byteOffset).getBigUint64(0, true));
  if (length > LONGEST_HEADER || 8 + length > all.length) {
    throw new SafetensorsError(`a header of ${length} bytes in a document of ${all.length}`);
  }
  const header = readHeader(all.subarray(8, 8 + length));
  const content = all.subarray(8 + length);
  const { __metadata__: metadata = {}, ...entries } = header;
  const arrays: Record<string, Tensor> = {};
  for (const [name, entry] of Object.entries(entries)) arrays[name] = tensor(name, entry, content);
  return { metadata: metadata as Record<string, string>, arrays };
}

function readHeader(bytes: Uint8Array): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new SafetensorsError(`the header is no JSON (${String(error)})`);
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    throw new SafetensorsError('the header is no object');
  }
  return header as Record<string, unknown>;
}

function tensor(name: string, entry: unknown, content: Uint8Array): Tensor {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
  if (!isKind(dtype)) throw new SafetensorsError(`${name} is of dtype ${String(dtype)}`);
  if (!isWholes(shape) || !isWholes(offsets) || offsets.length !== 2) {
    throw new SafetensorsError(`${name} has no shape or no offsets`);
  }
  const [begin, end] = offsets as [number, number];
  const count = shape.reduce((product, size) => product * size, 1);
  const kind = KINDS[dtype];
  if (end > content.length || end - begin !== count * kind.BYTES_PER_ELEMENT) {
    throw new SafetensorsError(
      `${name} lies in bytes ${begin} … ${end} of ${content.length}; ` +
        `its shape needs ${count * kind.BYTES_PER_ELEMENT}`,
    );
  }
  // Typed arrays must lie on multiples of their size: a copy where they do not.
  const at = content.byteOffset + begin;
  const data =
    at % kind.BYTES_PER_ELEMENT === 0
      ? new kind(content.buffer as ArrayBuffer, at, count)
      : new kind(content.slice(begin, end).buffer);
  return { data, shape };
}

function isKind(value: unknown): value is keyof typeof KINDS {
  return typeof value === 'string' && value in KINDS;
}

function isWholes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}

/** A matrix's row: a view, not a copy. */
export function row<A extends { subarray(begin: number, end: number): A }>(
  matrix: Tensor<A>,
  index: number,
): A {
  const width = matrix.shape.slice(1).reduce((product, size) => product * size, 1);
  return matrix.data.subarray(index * width, (index + 1) * width);
}

/** Part `index` along the first dimension, as a tensor of one dimension fewer: a view. */
export function part<A extends { subarray(begin: number, end: number): A }>(
  tensor: Tensor<A>,
  index: number,
): Tensor<A> {
  return { data: row(tensor, index), shape: tensor.shape.slice(1) };
}

/** Bytes out of base64 text. */
export function fromBase64(text: string): Uint8Array {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
