/** Saves pictures as they were written. */
import { saveFiles } from "./save_files";
import { fileName, type Shot } from "./shots";

export async function saveShots(tag: string, shots: readonly Shot[]): Promise<void> {
  const found = shots.flatMap((shot) => (shot.item ? [{ name: fileName(tag, shot), url: shot.item.url }] : []));
  await saveFiles(tag, found);
}
