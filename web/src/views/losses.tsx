/** What of a target's files is lost: each affected file, how much of it, of which kinds, and where. */
import type { FileLosses, Source } from "../api/source";
import { formatBytes, formatCount, plural } from "../lib/number";

const MAX_FILES_SHOWN = 100;

/** Each kind of docs/http-api.md in words: one, and several. */
const KINDS: Record<string, readonly [one: string, several: string]> = {
  length_checksum: ["stretch without a record", "stretches without a record"],
  payload_checksum: ["record with a wrong checksum", "records with a wrong checksum"],
  bad_event: ["record that is no event", "records that are no events"],
  bad_value: ["record with values that cannot be decoded", "records with values that cannot be decoded"],
  unreadable: ["time not readable", "times not readable"],
};

/** `2 records with a wrong checksum`. */
export function kindInWords(kind: string, count: number): string {
  const [one, several] = KINDS[kind] ?? [kind, kind];
  return plural(count, one, several);
}

/** Where the first losses of a file begin, and how many there are beside them. */
export function placesInWords(file: FileLosses): string[] {
  const places = file.first.map(
    ({ offset_bytes, length_bytes }) =>
      `@ ${formatCount(offset_bytes)}${length_bytes > 0 ? ` (${formatBytes(length_bytes)})` : ""}`,
  );
  const more = file.count - file.first.length;
  return more > 0 ? [...places, `and ${formatCount(more)} more`] : places;
}

/** How many losses stand in files that are not listed. */
export function lossesElsewhere(source: Source, shown: readonly FileLosses[]): number {
  const total = source.losses_total?.count ?? 0;
  return Math.max(
    0,
    shown.reduce((rest, file) => rest - file.count, total),
  );
}

export function Losses({ source }: { source: Source }) {
  const shown = source.losses_by_file.slice(0, MAX_FILES_SHOWN);
  const elsewhere = lossesElsewhere(source, shown);
  return (
    <ul class="losses" data-testid="losses">
      {shown.map((file) => (
        <LossesOfFile key={file.file} file={file} />
      ))}
      {elsewhere > 0 && <li class="quiet">{`and ${formatCount(elsewhere)} in other files`}</li>}
    </ul>
  );
}

function LossesOfFile({ file }: { file: FileLosses }) {
  return (
    <li>
      <details>
        <summary>
          <span class="losses-file">{file.file}</span>
          <span class="losses-count">{`${formatCount(file.count)} · ${formatBytes(file.bytes)}`}</span>
        </summary>
        <ul class="quiet">
          {[...file.kinds].map(([kind, count]) => (
            <li key={kind}>{kindInWords(kind, count)}</li>
          ))}
          <li class="losses-places">
            {placesInWords(file).map((place) => (
              <span key={place}>{place}</span>
            ))}
          </li>
        </ul>
      </details>
    </li>
  );
}
