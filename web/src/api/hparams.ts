/** Hyperparameters (docs/http-api.md, GET /api/hparams): of the hparams plugin, and of files beside the logs. */
import { askJson } from "./request";
import { array, InvalidAnswer, nullable, object, optional, type Read, type Reader, record, string } from "./validate";

export type HparamValue = string | number | boolean | null;

const value: Reader<HparamValue> = (it, path) => {
  if (it === null || typeof it === "string" || typeof it === "number" || typeof it === "boolean") return it;
  throw new InvalidAnswer(path, "a number, a text, true, false or null");
};

const run = object({
  run: string,
  source: string,
  session: nullable(object({ hparams: optional(record(value), new Map()), error: optional(string, "") })),
  files: optional(
    array(object({ file: string, values: optional(record(value), new Map()), error: optional(string, "") })),
    [],
  ),
});

const answer = object({ runs: array(run) });

export type RunHparams = Read<typeof run>;

export async function getHparams(): Promise<RunHparams[]> {
  return (await askJson("/api/hparams", answer)).runs;
}

/** All of a run's, by name: what its session said goes before what stands in files, the first file before the others. */
export function joinHparams({ session, files }: RunHparams): Map<string, HparamValue> {
  const joined = new Map<string, HparamValue>();
  for (const values of [...files.map((file) => file.values).reverse(), session?.hparams ?? new Map()]) {
    for (const [name, it] of values) joined.set(name, it);
  }
  return joined;
}
