/** A zip archive of files as they are: what is in it is compressed already. Format: PKWARE's APPNOTE 6.3.3, without zip64. */

export interface ZipFile {
  name: string;
  bytes: Uint8Array<ArrayBuffer>;
}

/** What has no room in 32 bits would need zip64. */
const MOST_BYTES = 0xffffffff;
const MOST_FILES = 0xffff;
const UTF8_NAMES = 1 << 11;
/** 1980-01-01: the format knows no earlier day, and the logs' times are told by the names. */
const DOS_DATE = (1 << 5) | 1;
const VERSION = 20;

/** Throws RangeError when they are too many or too large for one archive. Names that occur twice are told apart. */
export function zip(files: readonly ZipFile[]): Blob {
  const total_bytes = files.reduce((sum, { bytes }) => sum + bytes.length, 0);
  if (files.length > MOST_FILES || total_bytes > MOST_BYTES / 2) throw new RangeError("too much for one archive");
  const parts: BlobPart[] = [];
  const directory: Uint8Array<ArrayBuffer>[] = [];
  let offset = 0;
  for (const { name, bytes } of distinct(files)) {
    const encoded = new TextEncoder().encode(name);
    const about = headerOf(encoded.length, bytes);
    const local = record(0x04034b50, [...about], encoded);
    directory.push(record(0x02014b50, [[2, VERSION], ...about, [2, 0], [2, 0], [2, 0], [4, 0], [4, offset]], encoded));
    parts.push(local, bytes);
    offset += local.length + bytes.length;
  }
  const directory_bytes = directory.reduce((sum, { length }) => sum + length, 0);
  const count = files.length;
  const end = record(
    0x06054b50,
    [
      [2, 0],
      [2, 0],
      [2, count],
      [2, count],
      [4, directory_bytes],
      [4, offset],
      [2, 0],
    ],
    new Uint8Array(),
  );
  return new Blob([...parts, ...directory, end], { type: "application/zip" });
}

type Field = readonly [size: 2 | 4, value: number];

function headerOf(name_length: number, bytes: Uint8Array): Field[] {
  return [
    [2, VERSION],
    [2, UTF8_NAMES],
    [2, 0],
    [2, 0],
    [2, DOS_DATE],
    [4, crc32(bytes)],
    [4, bytes.length],
    [4, bytes.length],
    [2, name_length],
    [2, 0],
  ];
}

function record(signature: number, fields: readonly Field[], name: Uint8Array): Uint8Array<ArrayBuffer> {
  const all: Field[] = [[4, signature], ...fields];
  const size = all.reduce((sum, [bytes]) => sum + bytes, 0);
  const out = new Uint8Array(size + name.length);
  const view = new DataView(out.buffer);
  let at = 0;
  for (const [bytes, value] of all) {
    if (bytes === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += bytes;
  }
  out.set(name, size);
  return out;
}

/** What file systems dislike becomes `_`; the second of a name gets a number. */
function distinct(files: readonly ZipFile[]): ZipFile[] {
  const seen = new Map<string, number>();
  return files.map(({ name, bytes }) => {
    const plain = name.replace(/[^\p{L}\p{N}.=+-]+/gu, "_");
    const nth = (seen.get(plain) ?? 0) + 1;
    seen.set(plain, nth);
    return { name: nth === 1 ? plain : plain.replace(/(\.\w+)?$/, `_${nth}$1`), bytes };
  });
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/** CRC-32 as in ISO 3309. */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (CRC_TABLE[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
