/** Saves pictures as they were written: one as a file, several as a zip archive. */
import { fetchBlob } from "../api/blob";
import { download } from "../lib/download";
import { zip } from "../lib/zip";
import { fileName, type Shot } from "./shots";

export async function saveShots(tag: string, shots: readonly Shot[]): Promise<void> {
  const files = [];
  for (const shot of shots) {
    if (shot.item) files.push({ name: fileName(tag, shot), blob: await fetchBlob(shot.item.url) });
  }
  const [only] = files;
  if (!only) return;
  if (files.length === 1) {
    download(only.name, only.blob);
    return;
  }
  const read = files.map(async ({ name, blob }) => ({ name, bytes: new Uint8Array(await blob.arrayBuffer()) }));
  download(`${tag}.zip`, zip(await Promise.all(read)));
}
