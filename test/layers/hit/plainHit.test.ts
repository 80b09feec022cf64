/** The short way to a hit against the whole program: the same text, the same traces, and nothing where it is no hit. */
import { assert, describe, it } from "@effect/vitest"
import Database from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Layer from "effect/Layer"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { layerWith } from "../../../layers/AegisLive.js"
import { type ChunkColumns, recordsIn, selectChunk } from "../../../layers/ledger/chunks.js"
import * as FilesNode from "../../../layers/cli/FilesNode.js"
import { plainHit } from "../../../layers/hit/plainHit.js"
import { cacheResolve } from "../../../src/cli/cacheResolve.js"
import { Files } from "../../../src/cli/Files.js"
import * as Output from "../../../src/cli/Output.js"
import * as Progress from "../../../src/cli/Progress.js"
import { onlyFile } from "../../../src/cli/promptInput.js"
import { resolvedText } from "../../../src/cli/views/resolved.js"
import { resolvedJson } from "../../../src/cli/views/resolvedJson.js"
import type { Style } from "../../../src/cli/views/Style.js"
import { loadTable } from "../../../src/cli/views/table.js"
import { tempDir } from "../../support/tempDir.js"

type Env = Readonly<Record<string, string>>

const styles: ReadonlyArray<Style> = [
  { color: false, width: 120 },
  { color: true, width: 60 },
  { color: true, width: 200 }
]

/** What the whole program prints for a file. */
const whole = (cwd: string, env: Env, json: boolean, style: Style) =>
  Effect.gen(function* () {
    const written: Array<string> = []
    yield* cacheResolve(onlyFile("a.prompt.md")).pipe(
      Effect.provide(layerWith({ cwd, env, flags: {} })),
      Effect.provide(Output.layerMemory(written, json, style)),
      Effect.provide(
        Layer.merge(
          Progress.layerSilent,
          Layer.sync(Files, () => FilesNode.make(cwd, () => process.stdin))
        )
      )
    )
    return written.join("")
  })

/** What the short way prints for it. */
const short = (cwd: string, env: Env, json: boolean, style: Style) =>
  Effect.promise(async () => {
    const draw = await loadTable()
    const text = await plainHit("a.prompt.md", { cwd, env }, true, (resolved) =>
      json ? resolvedJson(resolved) : resolvedText(resolved, style, draw)
    )
    return `${text}\n`
  })

const givesUp = (cwd: string, env: Env = {}) =>
  Effect.map(
    Effect.exit(Effect.tryPromise(() => plainHit("a.prompt.md", { cwd, env }, true, resolvedJson))),
    (exit) => exit._tag === "Failure"
  )

const project = (prompt: string, files: Readonly<Record<string, string>> = {}) =>
  Effect.map(tempDir, (folder) => {
    for (const [name, text] of Object.entries({ "package.json": "{}", "a.prompt.md": prompt, ...files })) {
      Fs.mkdirSync(Path.dirname(Path.join(folder, name)), { recursive: true })
      Fs.writeFileSync(Path.join(folder, name), text)
    }
    return folder
  })

const query = (folder: string, sql: string): ReadonlyArray<unknown> => {
  const database = new Database(Path.join(folder, ".aegis/cache.db"))
  try {
    const statement = database.prepare(sql)
    return statement.reader ? statement.all() : [statement.run()]
  } finally {
    database.close()
  }
}

const chunksOf = (folder: string): ReadonlyArray<ChunkColumns> =>
  query(folder, `${selectChunk} ORDER BY id`).map((row) => {
    const { hour, id, kinds, prefix, records, texts, version } = Object(row)
    return [id, hour, version, prefix, kinds, texts, records]
  })

/** What lookups left behind; what differs from one to the next by nature is told by its name. */
const traces = (folder: string) => ({
  access: query(folder, "SELECT hits, last_at > 0 AS used FROM access"),
  counts: query(folder, "SELECT namespace, outcome, lookups FROM lookup_count ORDER BY outcome"),
  records: [
    ...chunksOf(folder).flatMap((chunk) => (recordsIn(chunk) ?? []).map((found) => found?.record)),
    ...query(folder, "SELECT record FROM telemetry ORDER BY seq").map((row) =>
      Object(JSON.parse(Object(row).record))
    )
  ].map((record) => ({
    ...Object(record),
    createdAt: "at",
    id: "id",
    latency: "latency",
    latencies: { ...Object(record?.latencies), lookup: "lookup" }
  }))
})

const simple =
  "---\nprovider: anthropic\nmodel: claude-sonnet-5\n---\n<requirements>\nBe brief.\n</requirements>\nHello\n"

const block = FastCheck.tuple(
  FastCheck.constantFrom("requirements", "style_guide", "file_map", "context"),
  FastCheck.constantFrom("", ' id="a"', ` id="${"long-".repeat(10)}"`),
  FastCheck.string({ unit: "grapheme", minLength: 1, maxLength: 40 }).map(
    (text) => text.replaceAll("<", "") + "."
  )
).map(([type, id, text]) => `<${type}${id}>\n${text}\n</${type}>\n`)

const include = FastCheck.constantFrom(
  '<style_guide src="style.md"/>\n',
  '<file_map src="src/*.ts" content="full"/>\n',
  '<file_map src="src/日*.ts" content="full" id="m"/>\n',
  '<file_map src="**/*.md" content="names"/>\n',
  '<file_map src="./src"/>\n'
)
const included = {
  ".gitignore": "src/ignored.ts\n",
  "style.md": "Short names.\n",
  "empty.md": "",
  "src/a.ts": "const fence = '````'\n",
  "src/b.ts": "\uFEFFno line break at the end",
  "src/ignored.ts": "no",
  "src/binary.ts": "\0",
  "src/deep/日本語.md": "e\u0301\r\n",
  "src/日本語.ts": "wide"
}

const head = FastCheck.record({
  provider: FastCheck.constantFrom("anthropic", "openai", "vllm", "sglang", "llama-cpp"),
  model: FastCheck.constantFrom("claude-sonnet-5", "gpt-5.4", "gpt-4o-mini", "Qwen/Qwen3-8B"),
  temperature: FastCheck.constantFrom("", "temperature: 0.5\n", "temperature: 0\n"),
  seed: FastCheck.constantFrom("", "seed: 7\n"),
  layout: FastCheck.constantFrom("", "layout: source\n"),
  mark: FastCheck.constantFrom("", "\uFEFF")
}).map(
  ({ layout, mark, model, provider, seed, temperature }) =>
    `${mark}---\nprovider: ${provider}\nmodel: ${model}\n${temperature}${seed}${layout}---\n`
)

const settings = FastCheck.constantFrom(
  {},
  { $schema: "./.aegis/aegis.config.schema.json", provider: "anthropic", model: "claude-sonnet-5" },
  { namespace: "tenant \u0000 \ud83c\udf89", layout: "source" },
  { cacheDir: ".aegis", temperature: 1, maxEntries: 10 }
)
const envs = FastCheck.constantFrom<Env>({}, { AEGIS_NAMESPACE: "other", AEGIS_MAX_BYTES: "1000000" })

describe("plainHit", { timeout: 120_000 }, () => {
  it("prints what the whole program prints, byte for byte, and leaves the same behind", () =>
    FastCheck.assert(
      FastCheck.asyncProperty(
        head,
        FastCheck.array(FastCheck.oneof(block, include), { minLength: 1, maxLength: 4 }),
        settings,
        envs,
        FastCheck.boolean(),
        FastCheck.constantFrom(...styles),
        (start, blocks, config, env, json, style) =>
          Effect.runPromise(
            Effect.scoped(
              Effect.gen(function* () {
                const folder = yield* project(start + blocks.join(""), {
                  ...included,
                  "aegis.config.json": JSON.stringify(config)
                })
                yield* whole(folder, env, json, style)
                const expected = yield* whole(folder, env, json, style)
                const before = traces(folder)
                assert.strictEqual(yield* short(folder, env, json, style), expected)
                const after = traces(folder)
                assert.strictEqual(after.records.length, before.records.length + 1)
                assert.deepStrictEqual(after.records.at(-1), before.records.at(-1))
                assert.deepStrictEqual(after.access, [{ hits: 2, used: 1 }])
                yield* whole(folder, env, json, style)
                assert.deepInclude(traces(folder).counts.at(0), { outcome: "hit", lookups: 3 })
              })
            )
          )
      ),
      { numRuns: 60 }
    ))

  it.scoped("leaves nothing behind when it is only asked after", () =>
    Effect.gen(function* () {
      const folder = yield* project(simple)
      yield* whole(folder, {}, true, { color: false, width: 80 })
      const before = traces(folder)
      yield* Effect.promise(() => plainHit("a.prompt.md", { cwd: folder, env: {} }, false, resolvedJson))
      assert.deepStrictEqual(traces(folder), before)
    })
  )

  it.scoped("is nothing but a hit: what is not in the cache is left alone", () =>
    Effect.gen(function* () {
      const folder = yield* project(simple)
      assert.isTrue(yield* givesUp(folder), "no cache")
      assert.isFalse(Fs.existsSync(Path.join(folder, ".aegis")))
      yield* whole(folder, {}, true, styles[0] ?? { color: false, width: 80 })
      const before = traces(folder)
      assert.isTrue(yield* givesUp(folder, { AEGIS_NAMESPACE: "other" }), "another tenant")
      assert.isTrue(yield* givesUp(folder, { AEGIS_LAYOUT: "diagonal" }), "a setting that is none")
      Fs.writeFileSync(Path.join(folder, "a.prompt.md"), `${simple}!`)
      assert.isTrue(yield* givesUp(folder), "another prompt")
      for (const prompt of [
        "",
        "---\nmodel: [\n---\nx",
        "<requirements>\n",
        "\ud800",
        `${simple}\n<x>`,
        '<style_guide src="none.md"/>',
        '<file_map src="{a,b}*"/>'
      ]) {
        Fs.writeFileSync(Path.join(folder, "a.prompt.md"), prompt)
        assert.isTrue(yield* givesUp(folder), prompt)
      }
      assert.deepStrictEqual(traces(folder), before)
    })
  )

  const spoilt: ReadonlyArray<readonly [what: string, spoil: (folder: string) => unknown]> = [
    ["a row that was altered", (folder) => query(folder, "UPDATE entry SET meta = replace(meta, 'a', 'b')")],
    ["a row of another version", (folder) => query(folder, "UPDATE entry SET version = 99")],
    [
      "a newer schema",
      (folder) =>
        query(folder, "INSERT INTO aegis_cache_migrations (migration_id, name) VALUES (9999, 'later')")
    ],
    [
      "an older schema",
      (folder) => query(folder, "DELETE FROM aegis_cache_migrations WHERE migration_id = 3")
    ],
    ["a journal of another kind", (folder) => query(folder, "PRAGMA journal_mode = DELETE")],
    ["a folder without .gitignore", (folder) => Fs.rmSync(Path.join(folder, ".aegis/.gitignore"))],
    [
      "a file that is no database",
      (folder) => Fs.writeFileSync(Path.join(folder, ".aegis/cache.db"), "no database".repeat(1000))
    ],
    [
      "prices of one's own that came later",
      (folder) => {
        Fs.writeFileSync(Path.join(folder, "prices.json"), '{"asOf":"2026-11-23","prices":[]}')
        Fs.writeFileSync(Path.join(folder, "aegis.config.json"), '{"prices":"prices.json"}')
      }
    ],
    [
      "a cache around the project",
      (folder) => {
        Fs.cpSync(Path.join(folder, ".aegis"), folder, { recursive: true })
        Fs.writeFileSync(Path.join(folder, "aegis.config.json"), '{"cacheDir":"./x/.."}')
      }
    ],
    [
      "settings that are wrong",
      (folder) => Fs.writeFileSync(Path.join(folder, "aegis.config.json"), '{"modle":"x"}')
    ]
  ]
  for (const [what, spoil] of spoilt) {
    it.scoped(`leaves ${what} to the whole program`, () =>
      Effect.gen(function* () {
        const folder = yield* project(simple)
        yield* whole(folder, {}, true, { color: false, width: 80 })
        assert.isFalse(yield* givesUp(folder))
        spoil(folder)
        assert.isTrue(yield* givesUp(folder))
      })
    )
  }

  it.scoped("answers with prices of one's own when the row was priced by them", () =>
    Effect.gen(function* () {
      const folder = yield* project(simple, {
        "aegis.config.json": '{"prices":"prices.json"}',
        "prices.json": '{"asOf":"2026-11-23","prices":[]}'
      })
      yield* whole(folder, {}, true, { color: false, width: 80 })
      assert.isFalse(yield* givesUp(folder))
      Fs.appendFileSync(Path.join(folder, "prices.json"), "\n")
      assert.isTrue(yield* givesUp(folder))
    })
  )

  it.scoped("gives up while another process writes, and has written nothing", () =>
    Effect.gen(function* () {
      const folder = yield* project(simple)
      yield* whole(folder, {}, true, { color: false, width: 80 })
      const before = traces(folder)
      const writer = new Database(Path.join(folder, ".aegis/cache.db"))
      writer.exec("BEGIN IMMEDIATE")
      assert.isTrue(yield* givesUp(folder))
      writer.exec("ROLLBACK")
      writer.close()
      assert.deepStrictEqual(traces(folder), before)
    })
  )
})
