import { expect, test } from "vitest";
import { Pictures, type Ready } from "../../src/media/pictures";

interface Asked {
  address: string;
  signal: AbortSignal;
  come: () => void;
}

function slow() {
  const asked: Asked[] = [];
  const ready: Ready = { url: "blob:x", blob: new Blob(["x"]), width: 1, height: 1 };
  const pictures = new Pictures((address, signal) => {
    return new Promise((resolve, reject) => {
      asked.push({ address, signal, come: () => resolve(ready) });
      signal.addEventListener("abort", () => reject(new DOMException("", "AbortError")));
    });
  });
  return { asked, pictures, names: () => asked.map(({ address }) => address) };
}

const settled = () => new Promise((resolve) => setTimeout(resolve));

test("few are asked for at once, what is seen before what may be seen next", async () => {
  const { asked, pictures, names } = slow();
  const { signal } = new AbortController();
  for (const name of ["1", "2", "3", "4"]) void pictures.load(name, 0, signal);
  void pictures.load("ahead", 1, signal);
  void pictures.load("seen", 0, signal);
  expect(names()).toEqual(["1", "2", "3", "4"]);
  asked[0]?.come();
  await settled();
  expect(names()).toEqual(["1", "2", "3", "4", "seen"]);
  asked[1]?.come();
  await settled();
  expect(names().at(-1)).toBe("ahead");
});

test("what nobody waits for any more is given up, also before it is asked for", async () => {
  const { asked, pictures, names } = slow();
  const scrubbed = new AbortController();
  const stays = new AbortController();
  const lost = ["1", "2", "3", "4", "5"].map((name) => pictures.load(name, 0, scrubbed.signal).catch((e) => e.name));
  void pictures.load("1", 0, stays.signal);
  void pictures.load("last", 0, stays.signal);
  scrubbed.abort();
  expect(await Promise.all(lost)).toEqual(Array(5).fill("AbortError"));
  await settled();
  expect(asked.map(({ signal }) => signal.aborted)).toEqual([false, true, true, true, false]);
  expect(names()).toEqual(["1", "2", "3", "4", "last"]);
});

test("what has come is kept", async () => {
  const { asked, pictures } = slow();
  const { signal } = new AbortController();
  const coming = pictures.load("1", 0, signal);
  asked[0]?.come();
  await coming;
  expect(pictures.peek("1")?.url).toBe("blob:x");
  await pictures.load("1", 0, signal);
  expect(asked).toHaveLength(1);
});
