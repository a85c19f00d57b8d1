/** Marks what is searched for in nodes that are there, and takes the marks away again. */

const MOST = 2000;

/** How many there are, `MOST` at most. Upper and lower case are alike. */
export function mark(root: Node, wanted: string): number {
  if (wanted === "") return 0;
  const low = wanted.toLowerCase();
  const texts: Text[] = [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) texts.push(node as Text);
  let count = 0;
  for (const text of texts) {
    let rest = text;
    for (;;) {
      const at = lower(rest.data).indexOf(low);
      if (at < 0 || count >= MOST) break;
      const found = rest.splitText(at);
      rest = found.splitText(low.length);
      const around = document.createElement("mark");
      around.dataset.found = "";
      found.replaceWith(around);
      around.append(found);
      count++;
    }
  }
  return count;
}

export function unmark(root: ParentNode): void {
  for (const around of root.querySelectorAll("mark[data-found]")) {
    const { parentNode } = around;
    around.replaceWith(...around.childNodes);
    parentNode?.normalize();
  }
}

/** As long as the text itself: some letters become two when they are made small. */
function lower(text: string): string {
  const made = text.toLowerCase();
  return made.length === text.length
    ? made
    : Array.from(text, (sign) => sign.toLowerCase().slice(0, sign.length)).join("");
}
