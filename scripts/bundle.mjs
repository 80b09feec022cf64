// Bundles the `aegis` command twice from the same sources: whole, in CommonJS chunks that are read when they are asked for,
// and once more in a single chunk that answers nothing but plain hits of `cache resolve FILE`, which is run most.
import { engines } from "./engines.mjs"
import { build, transform } from "esbuild"
import { mkdir, readFile, rm, writeFile } from "node:fs/promises"
import { createRequire, isBuiltin } from "node:module"
import { basename, join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))

// better-sqlite3 finds its native module by walking stack frames and folders, which takes longer than a query. Here it
// is where npm put it. `nativeRequire` is the launcher's own require.
const nativeModule = `
const { dirname, join } = nativeRequire("node:path")
module.exports = (name) => {
  let folder
  try {
    folder = dirname(nativeRequire.resolve("better-sqlite3/package.json"))
  } catch {
    throw new Error("Could not locate the bindings file: better-sqlite3 is not installed")
  }
  try {
    return nativeRequire(join(folder, "build", "Release", name))
  } catch (error) {
    if (error.code === "MODULE_NOT_FOUND") throw new Error("Could not locate the bindings file in " + folder)
    throw error
  }
}`

const nativeModules = {
  name: "native-modules",
  setup: (esbuild) => {
    esbuild.onResolve({ filter: /^bindings$/ }, () => ({ path: "bindings", namespace: "native" }))
    esbuild.onLoad({ filter: /.*/, namespace: "native" }, () => ({ contents: nativeModule, loader: "js" }))
  }
}

/**
 * ESLint and what it parses with, in the whole program: from its chunks, with V8's compiled code, they are there in a fraction of
 * the time that some hundred files take to be found, read and compiled.
 */
const isLinter = (name) => /^@?(?:eslint|typescript|typescript-eslint)(?:$|\/\*)/.test(name)
const linterFile = /[\\/]node_modules[\\/](?:@?eslint|@?typescript(?:-eslint)?)[\\/]/

const linters = {
  name: "linters",
  setup: (esbuild) => {
    // without ESLint's own command, which comes along with either: it has a way to load all that can be installed beside it
    const parts = new Map([
      [
        "eslint",
        `{ ...require("./universal.js"), ESLint: class {}, RuleTester: class {}, ...require("./languages/js/source-code") }`
      ],
      ["eslint/use-at-your-own-risk", `{ builtinRules: require("./rules") }`]
    ])
    esbuild.onResolve({ filter: /^eslint(?:\/use-at-your-own-risk)?$/ }, ({ path }) => ({
      path,
      namespace: "eslint"
    }))
    esbuild.onLoad({ filter: /.*/, namespace: "eslint" }, ({ path }) => ({
      contents: `module.exports = ${parts.get(path)}`,
      resolveDir: join(root, "node_modules/eslint/lib")
    }))
    // the files that Node.js itself would take: those for bundlers export something else
    esbuild.onResolve({ filter: /^[^.]/ }, ({ importer, kind, path }) => {
      if (kind !== "require-call" || !linterFile.test(importer) || isBuiltin(path)) return undefined
      try {
        return { path: createRequire(importer).resolve(path) }
      } catch {
        return { path, external: true }
      }
    })
    // it finds its declarations of JavaScript's own types beside itself
    esbuild.onLoad({ filter: /[\\/]typescript[\\/]lib[\\/]typescript\.js$/ }, async ({ path }) => ({
      contents: `var __filename = nativeRequire.resolve("typescript"), __dirname = nativeRequire("node:path").dirname(__filename)
${await readFile(path, "utf8")}`,
      loader: "js"
    }))
  }
}

const common = {
  absWorkingDir: root,
  bundle: true,
  write: false,
  format: "esm",
  platform: "node",
  target: "node20.12",
  mainFields: ["module", "main"],
  inject: ["scripts/bundle/clock.mjs"],
  external: ["pg-native", ...engines],
  define: { "process.env.NODE_ENV": '"production"' },
  legalComments: "none",
  logLevel: "warning",
  metafile: true
}

/** Libraries in chunks of their own, named so that a stack trace tells them. */
const libraries = {
  openai: "openai",
  anthropic: "@anthropic-ai/sdk",
  o200k: "gpt-tokenizer/encoding/o200k_base",
  cl100k: "gpt-tokenizer/encoding/cl100k_base",
  prices: "@pydantic/genai-prices",
  table: "cli-table3",
  spinner: "yocto-spinner",
  yaml: "yaml"
}

/**
 * Modules that are called at once but seldom: in the whole program they are loaded by the first call. Each name of such a
 * module stands for itself until it is called, made or asked for a property.
 */
const seldom = { yaml: "./lib-yaml.js", "node:crypto": "node:crypto" }

const seldomLoaded = {
  name: "seldom-loaded",
  setup: (esbuild) => {
    esbuild.onResolve({ filter: /.*/, namespace: "seldom" }, ({ path }) => ({ path, external: true }))
    esbuild.onResolve({ filter: /^(yaml|node:crypto)$/ }, ({ importer, namespace, path }) =>
      importer === "" || namespace === "seldom" || importer.includes("node_modules")
        ? undefined
        : { path, namespace: "seldom" }
    )
    esbuild.onLoad({ filter: /.*/, namespace: "seldom" }, async ({ path }) => {
      const names = Object.keys(await import(path)).filter((name) => name !== "default")
      // a chunk of a CommonJS library has it as its default
      const late = `const loaded = () => require(${JSON.stringify(seldom[path])})
const real = () => loaded().default ?? loaded()
const late = (name) => new Proxy(function () {}, {
  apply: (_, self, args) => Reflect.apply(real()[name], self, args),
  construct: (_, args) => Reflect.construct(real()[name], args),
  get: (_, key) => real()[name][key]
})`
      const exported = names.map((name) => `export const ${name} = /* @__PURE__ */ late("${name}")`)
      return { contents: [late, ...exported].join("\n"), loader: "js" }
    })
  }
}

/** In the bundle of the upkeep: what it always needs stands in it, libraries are the other bundle's chunks. */
const upkeepOnly = {
  name: "upkeep-only",
  setup: (esbuild) => {
    esbuild.onResolve({ filter: /.*/ }, ({ kind, path }) => {
      if (kind !== "dynamic-import" || upkeep.has(path)) return undefined
      return { path, namespace: "unreachable" }
    })
    // The launcher gives every command that could come here to the other bundle.
    esbuild.onLoad({ filter: /.*/, namespace: "unreachable" }, ({ path }) => ({
      contents: `throw new Error(${JSON.stringify(`${path} is not part of this bundle`)})`
    }))
  }
}
const upkeep = new Set(["./cli/upkeepLive.js", "./cli/plainUpkeep.js", "better-sqlite3"])

/** What the plain hit declares and never uses: scripts/bundle/standIn.mjs stands for it. Either and Option are real. */
const isUnused = (path) =>
  path === "yaml" ||
  path.startsWith("@effect/") ||
  (path.startsWith("effect/") && path !== "effect/Either" && path !== "effect/Option")

const plainHitOnly = {
  name: "plain-hit-only",
  setup: (esbuild) => {
    esbuild.onResolve({ filter: /^(effect\/|@effect\/|yaml$)/ }, ({ importer, path }) =>
      isUnused(path) && !importer.includes("node_modules") ? { path, namespace: "unused" } : undefined
    )
    esbuild.onLoad({ filter: /.*/, namespace: "unused" }, async ({ path }) => {
      const names = Object.keys(await import(path)).map((name) => `anything as ${name}`)
      const contents = `import anything from "./scripts/bundle/standIn.mjs"\nexport { ${names.join(", ")} }`
      return { contents, resolveDir: root }
    })
  }
}

/** The plain hit, sealed once everything is declared. */
const plainHitEntry = `
import { answer as answerPlainHit } from "./layers/hit/main.ts"
import { seal } from "./scripts/bundle/standIn.mjs"
seal()
export const answer = answerPlainHit`

/** Node's own modules as they are: esbuild would copy each property of each of them behind a getter. */
const withPlainBuiltins = (text) =>
  text.replaceAll(/^import \* as ([\w$]+) from ("node:[\w/]+");$/gm, "var $1 = require($2);")

/** Whether a name of a chunk has its last value once the chunk was evaluated. When in doubt it has not. */
const isFinal = (text, name) => {
  const own = name.replaceAll("$", "\\$")
  const count = (pattern) => text.match(new RegExp(pattern, "gm"))?.length ?? 0
  const declared = count(`^(?:async )?(?:function\\*?|class) ${own}\\b`)
  const initialised = count(`^(?:var|let|const) ${own} =`)
  const assigned = count(`(?<![\\w$.])${own}(?:\\s*[-+*/%&|^?<>]{0,3}=(?![=>])|\\s*\\+\\+|\\s*--)`)
  return declared + initialised === 1 && assigned === initialised
}

/** Exports as properties. esbuild would give each a getter, and most of them are read before the command has ended. */
const withPlainExports = (text) =>
  text.replaceAll(/^export \{([^}]*)\};$/gm, (_, names) =>
    names
      .split(",")
      .map((each) => each.trim())
      .filter((each) => each !== "")
      .map((each) => {
        const [own, , shown = own] = each.split(" ")
        return isFinal(text, own)
          ? `exports.${shown} = ${own};`
          : `Object.defineProperty(exports, "${shown}", { get: () => ${own}, enumerable: true });`
      })
      .join("\n")
  )

/** A chunk as the launcher loads it: CommonJS in a function, in ASCII. */
const toCommonJs = async (text) => {
  const plain = withPlainExports(withPlainBuiltins(text))
  const { code } = await transform(plain.replaceAll(/(["'])(\.\/[\w-]+)\.js\1/g, "$1$2.cjs$1"), {
    format: "cjs",
    platform: "node",
    target: "node20.12",
    minify: true,
    legalComments: "none",
    // chunks are read by the launcher's require, so import() of one is a require too
    supported: { "dynamic-import": false },
    define: { "import.meta.url": "moduleUrl" }
  })
  return `(function(exports,require,module,nativeRequire,moduleUrl){${code}\n})`
}

/** Writes the chunks and the launcher to `outdir`. */
export const bundle = async (outdir) => {
  const whole = await build({
    ...common,
    entryPoints: {
      main: "layers/main.ts",
      ...Object.fromEntries(Object.entries(libraries).map(([name, path]) => [`lib-${name}`, path]))
    },
    outdir,
    splitting: true,
    external: ["pg-native", ...engines.filter((name) => !isLinter(name))],
    plugins: [nativeModules, seldomLoaded, linters],
    chunkNames: "[name]-[hash]"
  })
  const hit = await build({
    ...common,
    stdin: { contents: plainHitEntry, resolveDir: root, sourcefile: "hit.js" },
    outfile: join(outdir, "hit.js"),
    plugins: [nativeModules, plainHitOnly]
  })
  const upkept = await build({
    ...common,
    entryPoints: { upkeep: "layers/main.ts" },
    outdir,
    plugins: [nativeModules, seldomLoaded, upkeepOnly]
  })
  await rm(outdir, { recursive: true, force: true })
  await mkdir(outdir, { recursive: true })
  for (const file of [...whole.outputFiles, ...hit.outputFiles, ...upkept.outputFiles]) {
    const name = basename(file.path).replace(/\.js$/, ".cjs")
    await writeFile(join(outdir, name), await toCommonJs(file.text))
  }
  const launcher = await readFile(join(root, "scripts/launcher/aegis.cjs"))
  await writeFile(join(outdir, "aegis.cjs"), launcher, { mode: 0o755 })
}
