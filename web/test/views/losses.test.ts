import { describe, expect, test } from "vitest";
import type { FileLosses } from "../../src/api/source";
import { kindInWords, lossesElsewhere, placesInWords } from "../../src/views/losses";
import { makeSource } from "../state/helpers";

const at = (offset_bytes: number, length_bytes = 58) => ({ offset_bytes, length_bytes, kind: "payload_checksum" });

function affected(change: Partial<FileLosses> = {}): FileLosses {
  return { run: "a", file: "a/events.1", count: 1, bytes: 58, kinds: new Map(), first: [at(123)], ...change };
}

describe("the losses of a file", () => {
  test("are told by kind", () => {
    expect(kindInWords("payload_checksum", 1)).toBe("1 record with a wrong checksum");
    expect(kindInWords("length_checksum", 3)).toBe("3 stretches without a record");
    expect(kindInWords("of_a_later_engine", 2)).toBe("2 of_a_later_engine");
  });

  test("are told with the first places, and how many there are beside", () => {
    expect(placesInWords(affected())).toEqual(["@ 123 (58\u202fB)"]);
    expect(placesInWords(affected({ first: [at(0, 0)] }))).toEqual(["@ 0"]);
    expect(placesInWords(affected({ count: 12, first: [at(1), at(2)] }))).toEqual([
      "@ 1 (58\u202fB)",
      "@ 2 (58\u202fB)",
      "and 10 more",
    ]);
  });

  test("add up with those of files that are not listed", () => {
    const shown = [affected({ count: 3 }), affected({ count: 4 })];
    const source = (count: number) => makeSource({ losses_total: { count, bytes: 0 } });
    expect(lossesElsewhere(source(7), shown)).toBe(0);
    expect(lossesElsewhere(source(9), shown)).toBe(2);
    // The total is told by every change, the list a little later.
    expect(lossesElsewhere(source(5), shown)).toBe(0);
    expect(lossesElsewhere(makeSource({ losses_total: null }), shown)).toBe(0);
  });
});
