/**
 * Markdown that somebody else wrote, as nodes that can do no harm: nothing is loaded, nothing runs, nothing has an id, a style or a form.
 * Reading it is `marked`'s work, making it harmless DOMPurify's, colouring code highlight.js's: each is the kept one of its field. This is a
 * part of the page that is loaded with the first text.
 */
import DOMPurify from "dompurify";
import hljs from "highlight.js/lib/core";
import bash from "highlight.js/lib/languages/bash";
import cpp from "highlight.js/lib/languages/cpp";
import diff from "highlight.js/lib/languages/diff";
import ini from "highlight.js/lib/languages/ini";
import json from "highlight.js/lib/languages/json";
import python from "highlight.js/lib/languages/python";
import sql from "highlight.js/lib/languages/sql";
import xml from "highlight.js/lib/languages/xml";
import yaml from "highlight.js/lib/languages/yaml";
import { Marked } from "marked";
import { escaped, plainTags, TAGS } from "./html_tags";

/** Longer code keeps the colour of the text. */
const COLOURED_MOST = 100_000;

// Each brings its other names along: `toml` is `ini`, `sh` is `bash`.
for (const [name, language] of Object.entries({ bash, cpp, diff, ini, json, python, sql, xml, yaml })) {
  hljs.registerLanguage(name, language);
}

const marked = new Marked({
  gfm: true,
  async: false,
  renderer: {
    // What it would load is told instead.
    image: ({ href, text }) => escaped(text === "" ? href : `${text} (${href})`),
    html: ({ text }) => plainTags(text),
    checkbox: ({ checked }) => (checked ? "☑ " : "☐ "),
  },
});

const purify = DOMPurify(window);
const MAY_LEAD_TO = /^(?:https?:|mailto:)/i;
const HARMLESS = {
  ALLOWED_TAGS: [...TAGS],
  ALLOWED_ATTR: ["href", "alt", "src", "align", "colspan", "rowspan", "start", "class"],
  ALLOWED_URI_REGEXP: MAY_LEAD_TO,
  // Else these would have to be addresses, too.
  ADD_URI_SAFE_ATTR: ["align", "colspan", "rowspan", "start"],
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
};
const LANGUAGE = /^language-([\w+#-]{1,20})$/;

// Of classes only the language of code is kept, and is gone with the colouring.
purify.addHook("uponSanitizeAttribute", (node, data) => {
  if (data.attrName === "class" && !(node.nodeName === "CODE" && LANGUAGE.test(data.attrValue))) data.keepAttr = false;
});

/** Nodes for one text. */
export function renderMarkdown(text: string): DocumentFragment {
  // It hands on what it cannot work on.
  if (!purify.isSupported) throw new Error("this browser cannot make a text harmless");
  const html = marked.parse(text);
  if (typeof html !== "string") throw new TypeError("marked was asked not to wait");
  // The content of a template belongs to no window: what is in it loads nothing while it is looked through.
  const template = document.createElement("template");
  template.innerHTML = purify.sanitize(html, HARMLESS);
  const { content } = template;
  for (const image of content.querySelectorAll("img")) image.replaceWith(toldOf(image));
  for (const link of content.querySelectorAll("a")) openElsewhere(link);
  for (const code of content.querySelectorAll("code[class]")) colour(code);
  return content;
}

/** The text of Markdown, without what formats it. */
export function plainText(text: string): string {
  return renderMarkdown(text).textContent?.trim() ?? "";
}

function toldOf(image: HTMLImageElement): string {
  const [alt, src] = [image.getAttribute("alt") ?? "", image.getAttribute("src") ?? ""];
  if (src === "") return alt;
  return alt === "" ? src : `${alt} (${src})`;
}

function openElsewhere(link: HTMLAnchorElement): void {
  const address = link.getAttribute("href");
  if (address === null || !MAY_LEAD_TO.test(address)) {
    link.removeAttribute("href");
    return;
  }
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  // A link may say that it leads somewhere else.
  link.title = address;
}

function colour(code: Element): void {
  const [, language = ""] = LANGUAGE.exec(code.className) ?? [];
  code.removeAttribute("class");
  const text = code.textContent ?? "";
  if (!hljs.getLanguage(language) || text.length > COLOURED_MOST) return;
  const { value } = hljs.highlight(text, { language, ignoreIllegals: true });
  const template = document.createElement("template");
  template.innerHTML = value;
  code.replaceChildren(template.content);
}
