/**
 * Differences of programs, over successive versions of packages that ship their sources: how long the scripts are, what each phase of
 * matching is good for, whether every script makes the other tree, and how long it all takes.
 */
import { mkdirSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as prettier from "prettier"
import { isShallow } from "../../layers/replay/nesting.js"
import { isFault, loadOxc, loadTypeScript, type Parser } from "../../layers/replay/parsers.js"
import { diffSources } from "../../src/replay/diff/diffSources.js"
import { match, type MatchOptions, wholeMatch } from "../../src/replay/diff/match/match.js"
import { verifyScript } from "../../src/replay/diff/script/applyScript.js"
import { editScript } from "../../src/replay/diff/script/editScript.js"
import { forestOf } from "../../src/replay/diff/tree/forestOf.js"
import { identify } from "../../src/replay/diff/tree/identify.js"
import type { Parsed } from "../../src/replay/diff/tree/Parsed.js"
import { type Pair, pairs } from "../astDiff/pairs.js"
import { interval } from "../harness.js"
import { exactly, type Goal, group } from "../report.js"

const topDown = { bottomUp: false, recovery: false, names: false }
/** Matching with something left out. */
const variants: ReadonlyArray<readonly [name: string, options: Partial<MatchOptions>]> = [
  ["whole", {}],
  ["top-down only", topDown],
  ["top-down only, no moves", { ...topDown, moves: false }],
  ["without containers", { bottomUp: false }],
  ["without recovery", { recovery: false }],
  ["without likeness", { alike: false }],
  ["without names", { names: false }],
  ["without moves", { moves: false }],
  ["fixed threshold of 0.5", { adaptive: false }],
  ["smallest subtree of 1", { least: 1 }],
  ["smallest subtree of 3", { least: 3 }],
  ["smallest subtree of 5", { least: 5 }]
]

const parsed = (parser: Parser, path: string, text: string): Parsed => {
  const result = parser(text, path.endsWith(".tsx") ? "tsx" : "ts")
  if (isFault(result)) throw new Error(`${path}: ${result.problem}`)
  return result
}

const stepsOf = (original: Parsed, modified: Parsed, options: Partial<MatchOptions> = {}): number => {
  const forest = forestOf(original, modified)
  const script = editScript(forest, match(forest, identify(forest), { ...wholeMatch, ...options }))
  const applied = verifyScript(forest, script)
  return applied.ok ? script.length : Number.NaN
}

const limit = (what: string, measured: number, most: number, unit: string, digits = 2): Goal => ({
  what,
  goal: `<= ${most} ${unit}`,
  measured: `${measured.toFixed(digits)} ${unit}`,
  met: measured <= most
})

const shown = (what: string, measured: string): Goal => ({ what, goal: "", measured })

/** Milliseconds of the processor that something takes: others may use the machine. */
const cpuOf = (run: () => unknown): number => {
  const start = process.cpuUsage()
  run()
  const { system, user } = process.cpuUsage(start)
  return (system + user) / 1000
}

/** The fastest of several goes. */
const fastest = (goes: number, run: () => unknown): number =>
  Math.min(...Array.from({ length: goes }, () => cpuOf(run)))

/** Nodes of a large file. */
const largeSize = 26_000

/** A file of that many nodes, and its successor: files of one package, one behind the other. */
const large = (
  all: ReadonlyArray<Pair>,
  parser: Parser
): { readonly one: Parsed; readonly other: Parsed; readonly nodes: number } => {
  let [original, modified] = ["", ""]
  for (const pair of all.filter(({ name, path }) => name.startsWith("effect@") && path.endsWith(".ts"))) {
    original += pair.original
    modified += pair.modified
    const [one, other] = [parsed(parser, pair.path, original), parsed(parser, pair.path, modified)]
    const nodes = forestOf(one, other).split
    if (nodes >= largeSize) return { one, other, nodes }
  }
  throw new Error("There are too few sources for a large file.")
}

await group("astDiff", async () => {
  const cache = process.env["BENCH_SOURCES"] ?? join(tmpdir(), "aegis-bench-sources")
  mkdirSync(cache, { recursive: true })
  const every = pairs(cache)
  const quick = Number(process.env["BENCH_SCALE"] ?? 1) < 1
  const all = quick ? every.filter((_, index) => index % 5 === 0) : every
  const [oxc, typeScript] = [await loadOxc(), await loadTypeScript()]
  const sources = all.map((pair) => ({
    pair,
    original: parsed(oxc, pair.path, pair.original),
    modified: parsed(oxc, pair.path, pair.modified)
  }))

  const totals = variants.map(([name, options]) => ({
    name,
    steps: sources.reduce((sum, { modified, original }) => sum + stepsOf(original, modified, options), 0)
  }))
  const stepsWith = (name: string): number => totals.find((each) => each.name === name)?.steps ?? Number.NaN

  // the script as it is told, applied to the tree that the other parser gives
  let unproven = 0
  let disagreeing = 0
  for (const { modified, original, pair } of sources) {
    const { script } = diffSources(original, modified)
    const second = forestOf(
      parsed(typeScript, pair.path, pair.original),
      parsed(typeScript, pair.path, pair.modified)
    )
    if (!verifyScript(second, script).ok) unproven++
    const between = forestOf(original, parsed(typeScript, pair.path, pair.original))
    const { full } = identify(between)
    if (full[0] !== full[between.split]) disagreeing++
  }

  let laidOut = 0
  let reformatted = 0
  for (const { original, pair } of sources.filter((_, index) => index % 4 === 0)) {
    const formatted = await prettier.format(pair.original, {
      parser: "typescript",
      semi: true,
      singleQuote: true,
      jsxSingleQuote: true,
      trailingComma: "all",
      quoteProps: "consistent",
      printWidth: 60,
      // CSS and HTML in templates are texts of the program
      embeddedLanguageFormatting: "off"
    })
    reformatted++
    const steps = stepsOf(original, parsed(oxc, pair.path, formatted))
    if (steps > 0) console.log(`after formatting: ${pair.name} ${pair.path}: ${steps}`)
    laidOut += steps
  }

  const nodes = sources.reduce((sum, { modified, original }) => sum + forestOf(original, modified).count, 0)
  const goes = quick ? 2 : 5
  const compare = (): void => {
    for (const { modified, original } of sources) diffSources(original, modified)
  }
  const parse = (): void => {
    for (const { pair } of sources) {
      for (const text of [pair.original, pair.modified]) if (isShallow(text)) parsed(oxc, pair.path, text)
    }
  }
  const comparing = fastest(goes, compare)
  const parsing = fastest(goes, parse)
  const each = interval(sources.map(({ modified, original }) => cpuOf(() => diffSources(original, modified))))
  const { nodes: size, one, other } = large(every, oxc)
  const largest = fastest(goes * 2, () => diffSources(one, other))
  const tsx = all.filter(({ path }) => path.endsWith(".tsx")).length
  const ratio = (name: string): number => stepsWith(name) / stepsWith("whole")
  return {
    goals: [
      {
        what: "pairs of successive versions of files",
        goal: ">= 300",
        measured: String(all.length),
        met: all.length >= 300
      },
      {
        what: "… of which are TSX",
        goal: ">= 40 %",
        measured: `${((100 * tsx) / all.length).toFixed(1)} %`,
        met: tsx >= 0.4 * all.length
      },
      limit("steps of the scripts, to those of a top-down matcher", 1 / ratio("top-down only"), 0.75, "x", 3),
      exactly("scripts that do not make the tree of the second parser", unproven, 0, "scripts"),
      exactly("files of which the parsers give different trees", disagreeing, 0, "files"),
      exactly(`steps after ${reformatted} files were formatted by prettier`, laidOut, 0, "steps"),
      limit(`difference of a file of ${size} nodes, parsed`, largest, 250, "ms", 0),
      limit("a node, over all pairs, parsed", (comparing * 1000) / nodes, 4, "us"),
      shown("… with parsing", `${(((comparing + parsing) * 1000) / nodes).toFixed(2)} us`),
      shown("a pair, parsed, median", `${each.median.toFixed(1)} ms`)
    ],
    tables: [],
    notes: [
      [
        "**What each phase is good for** (steps of all scripts)",
        "",
        "| matching | steps | to all phases |",
        "|---|---|---|",
        ...totals.map(({ name, steps }) => `| ${name} | ${steps} | ${ratio(name).toFixed(3)} x |`)
      ].join("\n")
    ]
  }
})
