/** Checksums, and archives of several files: what a run that is saved is made of. */

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** CRC-32 as zlib has it. @param from That of the bytes before. */
export function crc32(bytes: Uint8Array, from = 0): number {
  let crc = ~from;
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 255]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The bytes of a typed array; every machine that runs a browser is little-endian. */
export function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Numbers of two or four bytes, the lowest byte first. */
export function fields(...numbers: readonly [value: number, size: 2 | 4][]): Uint8Array {
  return Uint8Array.from(
    numbers.flatMap(([value, size]) =>
      Array.from({ length: size }, (_, byte) => Math.floor(value / 256 ** byte) % 256),
    ),
  );
}

const VERSION = 20; // of the format, in tenths
const UTF8_NAMES = 0x800;
const FIRST_DAY = 0x21; // 1 January 1980: an archive of the same run is the same archive

/** A zip archive (APPNOTE.TXT 4.3) in which nothing is packed. */
export function zip(files: Readonly<Record<string, Uint8Array>>): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const [name, content] of Object.entries(files)) {
    const path = utf8(name);
    const facts = fields(
      [VERSION, 2],
      [UTF8_NAMES, 2],
      [0, 2],
      [0, 2],
      [FIRST_DAY, 2],
      [crc32(content), 4],
      [content.length, 4],
      [content.length, 4],
      [path.length, 2],
      [0, 2],
    );
    const local = [fields([0x04034b50, 4]), facts, path, content];
    parts.push(...local);
    const place = fields([0, 2], [0, 2], [0, 2], [0, 4], [at, 4]);
    directory.push(joined([fields([0x02014b50, 4], [VERSION, 2]), facts, place, path]));
    at += local.reduce((sum, part) => sum + part.length, 0);
  }
  const listed = joined(directory);
  const count = directory.length;
  const end = fields(
    [0x06054b50, 4],
    [0, 2],
    [0, 2],
    [count, 2],
    [count, 2],
    [listed.length, 4],
    [at, 4],
    [0, 2],
  );
  return joined([...parts, listed, end]);
}
