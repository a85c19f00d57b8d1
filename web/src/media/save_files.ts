/** Saves originals as they were written: one as a file, several as a zip archive. */
import { fetchBlob } from "../api/blob";
import { download } from "../lib/download";
import { zip } from "../lib/zip";

export interface Saved {
  name: string;
  url: string;
}

/** `archive`: the name of the archive, without its ending. */
export async function saveFiles(archive: string, wanted: readonly Saved[]): Promise<void> {
  const files = [];
  for (const { name, url } of wanted) {
    const blob = await fetchBlob(url);
    if (wanted.length === 1) {
      download(name, blob);
      return;
    }
    files.push({ name, bytes: new Uint8Array(await blob.arrayBuffer()) });
  }
  if (files.length > 0) download(`${archive}.zip`, zip(files));
}
