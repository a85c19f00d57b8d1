/**
 * Builds the page into ../src/farboard/static: `node build.mjs` once, `node build.mjs --watch` after every change.
 *
 * Names carry a hash of the content, so that the hub may let browsers keep them for ever; index.html names them.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));
const OUT = process.env.FARBOARD_STATIC_DIR ?? join(HERE, "..", "src", "farboard", "static");
const PAGE_LIMIT_BYTES = 150 * 1024;
const VERSION = /__version__ = "(.+?)"/.exec(
  readFileSync(join(HERE, "..", "src", "farboard", "__init__.py"), "utf8"),
)?.[1];
const watching = process.argv.includes("--watch");

/** What the page is made of: the name of each file before its hash, and where it comes from. */
const ENTRIES = { app: "src/app.tsx", early: "src/early.ts" };

const options = {
  absWorkingDir: HERE,
  entryPoints: ENTRIES,
  outdir: OUT,
  bundle: true,
  minify: true,
  write: false,
  target: "es2020",
  format: "iife",
  define: { FARBOARD_VERSION: JSON.stringify(VERSION ?? "") },
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "none",
  logLevel: "warning",
};

function hashed(name, bytes) {
  const [stem, ...ends] = name.split(".");
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 10);
  return `${stem}-${hash}.${ends.join(".")}`;
}

function write(outputs) {
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(OUT, { recursive: true });
  const files = outputs.map((file) => ({ name: file.path.split(/[\\/]/).at(-1), bytes: file.contents }));
  files.push({ name: "icon.svg", bytes: readFileSync(join(HERE, "src", "icon.svg")) });
  const names = new Map(files.map(({ name, bytes }) => [name, hashed(name, bytes)]));
  for (const { name, bytes } of files) writeFileSync(join(OUT, names.get(name)), bytes);
  const template = readFileSync(join(HERE, "src", "index.html"), "utf8");
  const html = template.replace(/\{\{(.+?)\}\}/g, (_, name) => {
    if (!names.has(name)) throw new Error(`index.html asks for ${name}, which is not built`);
    return names.get(name);
  });
  writeFileSync(join(OUT, "index.html"), html);
}

/** Prints what a browser downloads; returns the sum in bytes. */
function report() {
  let total_bytes = 0;
  for (const name of readdirSync(OUT).sort()) {
    const bytes = readFileSync(join(OUT, name));
    const gzip_bytes = gzipSync(bytes, { level: 9 }).length;
    total_bytes += gzip_bytes;
    console.log(`${name.padEnd(28)} ${kilobytes(bytes.length)} ${kilobytes(gzip_bytes)} gzip`);
  }
  console.log(`${"page".padEnd(28)} ${"".padStart(9)} ${kilobytes(total_bytes)} gzip`);
  return total_bytes;
}

const kilobytes = (bytes) => `${(bytes / 1024).toFixed(1).padStart(6)} KB`;

const writer = {
  name: "write",
  setup(build) {
    build.onEnd((result) => {
      if (result.errors.length > 0) return;
      write(result.outputFiles);
      if (watching) console.log("built");
    });
  },
};

if (watching) {
  const context = await esbuild.context({ ...options, minify: false, plugins: [writer] });
  await context.watch();
} else {
  await esbuild.build({ ...options, plugins: [writer] });
  const total_bytes = report();
  if (total_bytes > PAGE_LIMIT_BYTES) {
    console.error(
      `The page is ${kilobytes(total_bytes).trim()} gzip; the limit is ${kilobytes(PAGE_LIMIT_BYTES).trim()}.`,
    );
    process.exit(1);
  }
}
