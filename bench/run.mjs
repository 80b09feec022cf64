// Runs the benchmarks: `node bench/run.mjs [--only key,hit] [--quick]`. Each group is a process of its own; one whose
// A/A error is too large is repeated once. Writes bench/results.json and the tables in bench/README.md; `--quick` runs
// a fifth of the rounds and writes nothing. Ends with 1 when a group cannot run, not when a goal is missed.
import { build } from "esbuild"
import { spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { arch, cpus, loadavg, platform, release, tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import * as prettier from "prettier"

const bench = fileURLToPath(new URL(".", import.meta.url))
const root = join(bench, "..")
const results = join(bench, "results.json")
const readme = join(bench, "README.md")
const stores = [
  "storePut",
  "storeList",
  "storeRead",
  "storeWrites",
  "storeAgent",
  "storeNative",
  "storePrune",
  "storeFloors"
]
const groups = [
  "key",
  "hit",
  "memory",
  "miss",
  "growth",
  "flight",
  "storm",
  "cli",
  "enforcePrompt",
  "enforceCode",
  "astDiff",
  "replay",
  "ledger",
  "optimizer",
  "simulator",
  "collector",
  "peers",
  ...stores
]
const named = (name) => (name === "store" ? stores : [name])

const { values } = parseArgs({
  options: { only: { type: "string" }, quick: { type: "boolean", default: false } }
})
const chosen = values.only === undefined ? groups : values.only.split(",").flatMap(named)
const unknown = chosen.find((name) => !groups.includes(name))
if (unknown !== undefined) {
  console.error(`There is no group "${unknown}". There are: ${groups.join(", ")}, and store for all of its.`)
  process.exit(2)
}

const must = (command, args, cwd) => {
  const { status } = spawnSync(command, args, { cwd, stdio: "inherit", shell: process.platform === "win32" })
  if (status !== 0) {
    console.error(`\`${command} ${args.join(" ")}\` failed.`)
    process.exit(1)
  }
}
if (
  chosen.some((name) => name === "peers" || stores.includes(name)) &&
  !existsSync(join(bench, "node_modules"))
)
  must("npm", ["ci", "--prefix", bench], root)
if (["cli", "enforceCode", "collector"].some((name) => chosen.includes(name)))
  must(process.execPath, ["scripts/build.mjs"], root)

await build({
  absWorkingDir: root,
  entryPoints: [...groups, "writer"].map((name) => `bench/groups/${name}.ts`),
  outdir: join(bench, ".build"),
  outExtension: { ".js": ".mjs" },
  bundle: true,
  packages: "external",
  format: "esm",
  platform: "node",
  target: "node20.12",
  sourcemap: true,
  logLevel: "warning"
})

const folder = mkdtempSync(join(tmpdir(), "aegis-bench-report-"))
const run = (name) => {
  const file = join(folder, `${name}.json`)
  const { status } = spawnSync(
    process.execPath,
    ["--enable-source-maps", join(bench, ".build", `${name}.mjs`)],
    {
      cwd: root,
      env: {
        ...process.env,
        BENCH_REPORT: file,
        ...(values.quick ? { BENCH_SCALE: "0.2", BENCH_ROWS: "100000" } : {})
      },
      stdio: "inherit"
    }
  )
  return status === 0 ? JSON.parse(readFileSync(file, "utf8")) : undefined
}
const worst = ({ tables }) => Math.max(0, ...tables.map(({ aaError }) => aaError))

const reports = []
let failed = false
for (const name of chosen) {
  console.log(`\n# ${name} (load ${loadavg()[0].toFixed(1)})`)
  let report = run(name)
  if (report?.noisy) {
    console.log("The run was noisy; once more.")
    const again = run(name)
    if (again !== undefined && worst(again) < worst(report)) report = again
  }
  if (report === undefined) {
    console.error(`${name} could not run.`)
    failed = true
    continue
  }
  reports.push(report)
  console.log(goalTable([report]))
  for (const table of report.tables) console.log(`\n${measuredTable(table)}`)
  for (const note of report.notes) console.log(`\n${note}`)
}
rmSync(folder, { recursive: true, force: true })

if (!values.quick && reports.length > 0) {
  const machine = describe()
  const kept = existsSync(results) ? JSON.parse(readFileSync(results, "utf8")).reports : []
  const all = groups.flatMap((name) => {
    const mine = reports.find(({ group }) => group === name)
    const before = kept.find(({ group }) => group === name)
    return mine !== undefined ? [{ ...mine, machine }] : before !== undefined ? [before] : []
  })
  await writeFormatted(results, JSON.stringify({ reports: all }))
  const page = readFileSync(readme, "utf8")
  const [start, end] = ["<!-- results: written by bench/run.mjs -->", "<!-- end of results -->"]
  const from = page.indexOf(start) + start.length
  await writeFormatted(
    readme,
    `${page.slice(0, from)}\n\n${summary(all)}\n\n${page.slice(page.indexOf(end))}`
  )
  console.log("\nWritten: bench/results.json, bench/README.md")
}
process.exit(failed ? 1 : 0)

async function writeFormatted(file, text) {
  const config = await prettier.resolveConfig(file)
  writeFileSync(file, await prettier.format(text, { ...config, filepath: file }))
}

function describe() {
  const require = createRequire(join(root, "package.json"))
  const [cpu] = cpus()
  const sqlite = require("better-sqlite3")
  const database = new sqlite(":memory:")
  const version = database.prepare("SELECT sqlite_version()").pluck().get()
  database.close()
  const of = (name) =>
    JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8")).version
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: `${cpus().length} x ${cpu?.model.trim() ?? "?"}`,
    system: `${platform()} ${release()} ${arch()}`,
    node: process.version,
    versions: `SQLite ${version}, better-sqlite3 ${of("better-sqlite3")}, effect ${of("effect")}, gpt-tokenizer ${of("gpt-tokenizer")}`
  }
}

function goalTable(all) {
  const rows = all.flatMap(({ goals, noisy }) =>
    goals.map(({ goal, measured, met, what }) => {
      const verdict = met === undefined ? "" : met ? "yes" : "**no**"
      return `| ${what} | ${goal} | ${measured} | ${verdict}${noisy && met !== undefined ? " (noisy run)" : ""} |`
    })
  )
  return ["| what | goal | measured (95 % interval) | met? |", "|---|---|---|---|", ...rows].join("\n")
}

function measuredTable({ aaError, base, measured, rounds, title }) {
  return [
    `**${title}** (${rounds} rounds, A/A error ${(aaError * 100).toFixed(1)} %)`,
    "",
    `| | us an operation | fastest round | to \`${base}\` |`,
    "|---|---|---|---|",
    ...measured.map(({ fastest, micros, name, ratio }) => {
      const interval = `${ratio.median.toFixed(2)} x (${ratio.low.toFixed(2)}-${ratio.high.toFixed(2)})`
      return `| ${name} | ${number(micros.median)} | ${number(fastest)} | ${interval} |`
    })
  ].join("\n")
}

function number(value) {
  return value >= 1000 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)
}

function summary(all) {
  const runs = all.map(
    ({ group, load, machine, noisy }) =>
      `| ${group} | ${machine.date} | ${load[0].toFixed(1)} - ${load[1].toFixed(1)} | ${noisy ? "**noisy**" : "ok"} | ${machine.node}, ${machine.versions} |`
  )
  const machines = [...new Set(all.map(({ machine }) => `${machine.cpu}, ${machine.system}`))]
  return [
    "### Goals",
    "",
    goalTable(all),
    "",
    "### Runs",
    "",
    `${machines.join("; ")}.`,
    "",
    "| group | date | load average, before - after | A/A | with |",
    "|---|---|---|---|---|",
    ...runs,
    "",
    "### Measurements",
    "",
    ...all.flatMap(({ notes, tables }) => [
      ...tables.flatMap((table) => [measuredTable(table), ""]),
      ...notes.flatMap((note) => [note, ""])
    ])
  ]
    .join("\n")
    .trimEnd()
}
