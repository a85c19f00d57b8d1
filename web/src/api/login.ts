/** POST /api/login: a one-time code becomes the secret of this browser. */
import { askJson } from "./request";
import { object, string } from "./validate";

export async function login(code: string): Promise<string> {
  const ask = { method: "POST", body: { code }, is_login: true } as const;
  const { secret } = await askJson("/api/login", object({ secret: string }), ask);
  return secret;
}
