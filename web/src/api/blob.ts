/** GET /api/blob/…: the bytes of one value, by the address that came with it. */
import { send } from "./request";

export async function fetchBlob(address: string, signal?: AbortSignal): Promise<Blob> {
  const answer = await send(address, { accept: "*/*", may_keep: true, ...(signal ? { signal } : {}) });
  return answer.blob();
}
