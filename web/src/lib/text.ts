/** Names: how they sort, how a tag divides into group and title, how a long one is cut in its middle. */

const collator = new Intl.Collator("en", { numeric: true, sensitivity: "variant" });
const FRACTION = /(?<![\d.])0\.\d+(?![\d.])/g;
const FRACTION_DIGITS = 12;

/**
 * Natural order: `run2` before `run10`, and `lr=0.03` before `lr=0.1`: what begins with `0.` is a fraction, its digits
 * count from the left.
 */
export function naturalCompare(a: string, b: string): number {
  return collator.compare(sortable(a), sortable(b)) || (a < b ? -1 : a > b ? 1 : 0);
}

function sortable(name: string): string {
  return name.includes("0.") ? name.replace(FRACTION, (text) => text.padEnd(FRACTION_DIGITS + 2, "0")) : name;
}

/** `train/loss/total` belongs to the group `train` and is titled `loss/total`; a tag without `/` has the group `""`. */
export function splitTag(tag: string): { group: string; title: string } {
  const cut = tag.indexOf("/");
  if (cut <= 0 || cut === tag.length - 1) return { group: "", title: tag };
  return { group: tag.slice(0, cut), title: tag.slice(cut + 1) };
}

/** `baseline/seed-0` stands in the folder `baseline` under the name `seed-0`. */
export function splitRun(run: string): { folder: string; name: string } {
  const cut = run.lastIndexOf("/");
  return cut <= 0 ? { folder: "", name: run } : { folder: run.slice(0, cut), name: run.slice(cut + 1) };
}

const TAIL_LENGTH = 10;

/** The two parts of a name whose middle may be left out: names of runs differ mostly at their ends. */
export function splitMiddle(name: string): { head: string; tail: string } {
  const letters = Array.from(name);
  if (letters.length <= TAIL_LENGTH + 4) return { head: name, tail: "" };
  return { head: letters.slice(0, -TAIL_LENGTH).join(""), tail: letters.slice(-TAIL_LENGTH).join("") };
}
