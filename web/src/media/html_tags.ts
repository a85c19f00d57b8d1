/**
 * Raw HTML in a text, reduced to plain tags before any parser sees it: a browser's parser reports handlers and styles as breaches of the
 * page's policy even where they are only looked through. What is no known tag is shown as it was written.
 */

/** Tags whose whole sense is how text is laid out. */
export const TAGS: readonly string[] =
  "a b strong i em u s del ins mark sub sup small br hr p div span blockquote pre code kbd samp h1 h2 h3 h4 h5 h6 ul ol li dl dt dd table caption thead tbody tfoot tr th td img details summary".split(
    " ",
  );

const KEPT: Record<string, readonly string[]> = {
  a: ["href"],
  img: ["alt", "src"],
  td: ["align", "colspan", "rowspan"],
  th: ["align", "colspan", "rowspan"],
  ol: ["start"],
};

// What is in quotes may hold any sign; a second `<` begins anew, so that no text takes long.
const TAG = /<(\/?)([a-zA-Z][a-zA-Z0-9]*)((?:[^<>"']|"[^"]*"|'[^']*')*)>/g;
const ATTRIBUTE = /([a-zA-Z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/g;

export function plainTags(raw: string): string {
  const html = withoutComments(raw);
  let out = "";
  let end = 0;
  for (const match of html.matchAll(TAG)) {
    out += withoutTags(html.slice(end, match.index));
    out += plainTag(match);
    end = match.index + match[0].length;
  }
  return out + withoutTags(html.slice(end));
}

function withoutComments(html: string): string {
  let out = "";
  let end = 0;
  for (;;) {
    const start = html.indexOf("<!--", end);
    const stop = start < 0 ? -1 : html.indexOf("-->", start + 4);
    if (stop < 0) return out + html.slice(end);
    out += html.slice(end, start);
    end = stop + 3;
  }
}

function plainTag([whole, closing = "", name = "", attributes = ""]: RegExpMatchArray): string {
  const tag = name.toLowerCase();
  if (!TAGS.includes(tag)) return escaped(whole);
  const kept = [...attributes.matchAll(ATTRIBUTE)].flatMap(([, key = "", ...values]) => {
    const value = values.find((each) => each !== undefined) ?? "";
    return KEPT[tag]?.includes(key.toLowerCase())
      ? [` ${key.toLowerCase()}="${withoutTags(value).replace(/"/g, "&quot;")}"`]
      : [];
  });
  return `<${closing}${tag}${closing === "" ? kept.join("") : ""}>`;
}

/** Entities stay what they are. */
function withoutTags(text: string): string {
  return text.replace(/</g, "&lt;");
}

export function escaped(text: string): string {
  const names: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return text.replace(/[&<>"]/g, (sign) => names[sign] ?? sign);
}
