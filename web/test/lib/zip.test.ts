import { expect, test } from "vitest";
import { crc32, zip } from "../../src/lib/zip";

const bytes = (text: string) => new TextEncoder().encode(text);

test("the checksum is that of the standard", () => {
  expect(crc32(bytes("123456789"))).toBe(0xcbf43926);
});

test("an archive names its files once, and ends with where its directory is", async () => {
  const archive = zip([
    { name: "a/b: ü.png", bytes: bytes("one") },
    { name: "a/b: ü.png", bytes: bytes("two") },
  ]);
  const data = new Uint8Array(await archive.arrayBuffer());
  const text = new TextDecoder().decode(data);
  expect(text).toContain("a_b_ü.png");
  expect(text).toContain("a_b_ü_2.png");
  const end = new DataView(data.buffer, data.length - 22);
  expect(end.getUint32(0, true)).toBe(0x06054b50);
  expect(end.getUint16(10, true)).toBe(2);
  const directory = end.getUint32(16, true);
  expect(new DataView(data.buffer).getUint32(directory, true)).toBe(0x02014b50);
  expect(directory + end.getUint32(12, true)).toBe(data.length - 22);
});
