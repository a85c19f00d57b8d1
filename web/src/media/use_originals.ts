/** The decoded originals of some shots: of each the one before, until the next is there. */
import { useEffect, useRef, useState } from "preact/hooks";
import { loadOriginal, type Original, peekOriginal } from "./originals";
import type { Shot } from "./shots";

export interface Seen {
  shot: Shot;
  original: Original | null;
  /** Why there is none, or "". */
  trouble: string;
  /** What is seen is not yet the one that is wanted. */
  is_busy: boolean;
}

export function useOriginals(shots: readonly Shot[]): Seen[] {
  const latest = useRef(new Map<string, Original>());
  const [troubles, setTroubles] = useState<ReadonlyMap<string, string>>(new Map());
  const [, setCount] = useState(0);
  const wanted = shots.map(({ item }) => item?.url ?? "").join("\n");

  useEffect(() => {
    const mine = new AbortController();
    for (const { key, item } of shots) {
      if (!item) continue;
      loadOriginal(item, mine.signal).then(
        (original) => {
          if (mine.signal.aborted) return;
          latest.current.set(key, original);
          setCount((count) => count + 1);
        },
        (problem: unknown) => {
          if (mine.signal.aborted) return;
          const told = problem instanceof Error ? problem.message : String(problem);
          setTroubles((before) => new Map(before).set(item.url, told));
        },
      );
    }
    return () => mine.abort();
  }, [wanted]);

  return shots.map((shot) => {
    const trouble = shot.error?.message ?? troubles.get(shot.item?.url ?? "") ?? "";
    const here = shot.item ? peekOriginal(shot.item) : undefined;
    const original = trouble === "" ? (here ?? latest.current.get(shot.key) ?? null) : null;
    return { shot, original, trouble, is_busy: trouble === "" && here === undefined };
  });
}
