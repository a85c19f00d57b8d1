import { expect, test } from "vitest";
import { readWav } from "../../src/lib/wav";

interface Made {
  code?: number;
  bits: number;
  channels?: number;
  rate?: number;
  extensible?: boolean;
  said_bytes?: number;
  write: (view: DataView, at: number) => number;
}

/** A chunk of an odd length stands before the data, as editors leave them. */
function wav({ code = 1, bits, channels = 1, rate = 8000, extensible = false, said_bytes, write }: Made): ArrayBuffer {
  const view = new DataView(new ArrayBuffer(256));
  let at = 0;
  const word = (text: string) => {
    for (const sign of text) view.setUint8(at++, sign.charCodeAt(0));
  };
  const u16 = (value: number) => {
    view.setUint16(at, value, true);
    at += 2;
  };
  const u32 = (value: number) => {
    view.setUint32(at, value, true);
    at += 4;
  };
  word("RIFF");
  u32(0);
  word("WAVE");
  word("note");
  u32(3);
  at += 4;
  word("fmt ");
  u32(extensible ? 40 : 16);
  u16(extensible ? 0xfffe : code);
  u16(channels);
  u32(rate);
  u32((rate * channels * bits) / 8);
  u16((channels * bits) / 8);
  u16(bits);
  if (extensible) {
    at += 8;
    u16(code);
    at += 14;
  }
  word("data");
  const length_at = at;
  at += 4;
  const end = write(view, at);
  view.setUint32(length_at, said_bytes ?? end - at, true);
  return view.buffer.slice(0, end);
}

test.each([
  ["8 bits without sign", 8, 1, [0, 128, 255], [-1, 0, 127 / 128]],
  ["16 bits", 16, 1, [-32768, 0, 16384], [-1, 0, 0.5]],
  ["24 bits", 24, 1, [-8388608, 0, 4194304], [-1, 0, 0.5]],
  ["32 bits", 32, 1, [-2147483648, 0, 1073741824], [-1, 0, 0.5]],
  ["floating point", 32, 3, [-1, 0.25, 1], [-1, 0.25, 1]],
  ["long floating point", 64, 3, [-1, 0.25, 1], [-1, 0.25, 1]],
])("%s", (_, bits, code, written, read) => {
  for (const extensible of [false, true]) {
    const sound = readWav(
      wav({
        bits,
        code,
        extensible,
        write: (view, at) => {
          let end = at;
          for (const value of written) {
            if (code === 3 && bits === 32) view.setFloat32(end, value, true);
            else if (code === 3) view.setFloat64(end, value, true);
            else if (bits === 8) view.setUint8(end, value);
            else if (bits === 16) view.setInt16(end, value, true);
            else if (bits === 32) view.setInt32(end, value, true);
            else {
              view.setUint8(end, value & 0xff);
              view.setInt16(end + 1, value >> 8, true);
            }
            end += bits / 8;
          }
          return end;
        },
      }),
    );
    expect(sound).toMatchObject({ sample_rate_hz: 8000, frames: 3, bits });
    expect([...(sound?.channels[0] ?? [])]).toEqual(read);
  }
});

test("channels are told apart, and a file that ends early is read as far as it goes", () => {
  const bytes = wav({
    bits: 16,
    channels: 2,
    said_bytes: 0xffffffff,
    write: (view, at) => {
      [100, -100, 200, -200, 300].forEach((value, i) => {
        view.setInt16(at + 2 * i, value, true);
      });
      return at + 10;
    },
  });
  const sound = readWav(bytes);
  expect(sound?.frames).toBe(2);
  expect(sound?.channels.map((samples) => [...samples].map((value) => value * 32768))).toEqual([
    [100, 200],
    [-100, -200],
  ]);
});

test("what is no such file is none", () => {
  const write = (_: DataView, at: number) => at + 4;
  expect(readWav(new ArrayBuffer(4))).toBeNull();
  expect(readWav(new TextEncoder().encode("RIFF____WAVEfmt ").buffer)).toBeNull();
  // A-law, and a format that cannot be.
  expect(readWav(wav({ code: 6, bits: 8, write }))).toBeNull();
  expect(readWav(wav({ bits: 12, write }))).toBeNull();
  expect(readWav(wav({ bits: 16, channels: 0, write }))).toBeNull();
});
