/**
 * Builds the page into ../src/farboard/static: `node build.mjs` once, `node build.mjs --watch` after every change.
 *
 * Names carry a hash of the content, so that the hub may let browsers keep them for ever; index.html names them.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));
const OUT = process.env.FARBOARD_STATIC_DIR ?? join(HERE, "..", "src", "farboard", "static");
/** What every board begins with, and all of it together with the parts that are loaded when they are needed. */
const START_LIMIT_BYTES = 150 * 1024;
const WHOLE_LIMIT_BYTES = 300 * 1024;
const VERSION = /__version__ = "(.+?)"/.exec(
  readFileSync(join(HERE, "..", "src", "farboard", "__init__.py"), "utf8"),
)?.[1];
const watching = process.argv.includes("--watch");

const common = {
  absWorkingDir: HERE,
  outdir: OUT,
  bundle: true,
  minify: !watching,
  write: false,
  metafile: true,
  target: "es2020",
  define: { FARBOARD_VERSION: JSON.stringify(VERSION ?? "") },
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "none",
  logLevel: "warning",
};

/** `early` runs before anything else has come, so it stands alone; `app` is in parts, of which some come when they are needed. */
const builds = [
  { ...common, entryPoints: { early: "src/early.ts" }, format: "iife" },
  { ...common, entryPoints: { app: "src/app.tsx" }, format: "esm", splitting: true, chunkNames: "part-[hash]" },
];

const hashOf = (bytes) => createHash("sha256").update(bytes).digest("hex").slice(0, 10);

/**
 * Gives every file a name with the hash of its content. Parts name each other, so a name is put in where it is known: those
 * that name nobody first.
 */
function withHashes(files) {
  const names = new Map();
  const waiting = new Set(files);
  while (waiting.size > 0) {
    const ready = [...waiting].filter((file) => file.imports.every((name) => names.has(name)));
    if (ready.length === 0) throw new Error("the parts of the page name each other in a circle");
    for (const file of ready) {
      let { bytes } = file;
      if (file.imports.length > 0) {
        let text = new TextDecoder().decode(bytes);
        for (const name of file.imports) text = text.replaceAll(`"./${name}"`, `"./${names.get(name)}"`);
        bytes = new TextEncoder().encode(text);
      }
      const [stem, ...ends] = file.name.split(".");
      file.bytes = bytes;
      names.set(file.name, `${stem.replace(/^part-.*/, "part")}-${hashOf(bytes)}.${ends.join(".")}`);
      waiting.delete(file);
    }
  }
  return names;
}

/** The files of a build, each with the files it names. */
function filesOf({ outputFiles, metafile }) {
  const outputs = new Map(Object.entries(metafile.outputs).map(([path, it]) => [resolve(HERE, path), it]));
  return outputFiles.map(({ path, contents }) => ({
    name: basename(path),
    bytes: contents,
    imports: (outputs.get(path)?.imports ?? []).filter(({ external }) => !external).map((it) => basename(it.path)),
    /** Those without which it cannot begin. */
    needs: (outputs.get(path)?.imports ?? [])
      .filter(({ kind }) => kind === "import-statement")
      .map((it) => basename(it.path)),
  }));
}

/** Writes all files; returns the names of those that every board begins with. */
function write(results) {
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(OUT, { recursive: true });
  const icon = { name: "icon.svg", bytes: readFileSync(join(HERE, "src", "icon.svg")), imports: [], needs: [] };
  const files = [...results.flatMap(filesOf), icon];
  const names = withHashes(files);
  for (const { name, bytes } of files) writeFileSync(join(OUT, names.get(name)), bytes);
  const start = needed(files, ["app.js"]);
  const preloads = start.slice(1).map((name) => `<link rel="modulepreload" href="/${names.get(name)}" />`);
  const template = readFileSync(join(HERE, "src", "index.html"), "utf8");
  const html = template.replace("{{preloads}}", preloads.join("\n    ")).replace(/\{\{(.+?)\}\}/g, (_, name) => {
    if (!names.has(name)) throw new Error(`index.html asks for ${name}, which is not built`);
    return names.get(name);
  });
  writeFileSync(join(OUT, "index.html"), html);
  const first = ["app.css", "early.js", "icon.svg", ...start].map((name) => names.get(name));
  return new Set(["index.html", ...first]);
}

/** These and all that they need, directly or not. */
function needed(files, wanted) {
  const found = [...wanted];
  for (const name of found) {
    for (const other of files.find((file) => file.name === name)?.needs ?? [])
      if (!found.includes(other)) found.push(other);
  }
  return found;
}

/** Prints what a browser downloads; returns how many bytes that is at the start, and in all. */
function report(start) {
  let start_bytes = 0;
  let whole_bytes = 0;
  for (const name of readdirSync(OUT).sort()) {
    const bytes = readFileSync(join(OUT, name));
    const gzip_bytes = gzipSync(bytes, { level: 9 }).length;
    whole_bytes += gzip_bytes;
    if (start.has(name)) start_bytes += gzip_bytes;
    const later = start.has(name) ? "" : "  when needed";
    console.log(`${name.padEnd(28)} ${kilobytes(bytes.length)} ${kilobytes(gzip_bytes)} gzip${later}`);
  }
  console.log(`${"start".padEnd(28)} ${"".padStart(9)} ${kilobytes(start_bytes)} gzip`);
  console.log(`${"whole".padEnd(28)} ${"".padStart(9)} ${kilobytes(whole_bytes)} gzip`);
  return { start_bytes, whole_bytes };
}

const kilobytes = (bytes) => `${(bytes / 1024).toFixed(1).padStart(6)} KB`;

function checkSize(name, bytes, limit_bytes) {
  if (bytes <= limit_bytes) return;
  console.error(
    `The page's ${name} is ${kilobytes(bytes).trim()} gzip; the limit is ${kilobytes(limit_bytes).trim()}.`,
  );
  process.exitCode = 1;
}

if (watching) {
  const latest = new Map();
  for (const options of builds) {
    const plugin = {
      name: "write",
      setup(build) {
        build.onEnd((result) => {
          if (result.errors.length > 0) return;
          latest.set(options, result);
          if (latest.size < builds.length) return;
          write([...latest.values()]);
          console.log("built");
        });
      },
    };
    await (await esbuild.context({ ...options, plugins: [plugin] })).watch();
  }
} else {
  const start = write(await Promise.all(builds.map((options) => esbuild.build(options))));
  const { start_bytes, whole_bytes } = report(start);
  checkSize("start", start_bytes, START_LIMIT_BYTES);
  checkSize("whole", whole_bytes, WHOLE_LIMIT_BYTES);
}
