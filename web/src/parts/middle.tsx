/** A name that loses its middle, not its end, when there is no room. */
import { splitMiddle } from "../lib/text";

export function Middle({ name, title }: { name: string; title?: string }) {
  const { head, tail } = splitMiddle(name);
  return (
    <span class="middle" title={title ?? name}>
      <span class="middle-head">{head}</span>
      {tail && <span class="middle-tail">{tail}</span>}
    </span>
  );
}
