/** The ledger as rows of a table: CSV, JSON lines and Parquet say the same. */
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Stream from "effect/Stream"
import { parquetMetadata, parquetReadObjects } from "hyparquet"
import { groupRows, toParquet } from "../../src/cli/exports/parquet.js"
import { toCsv, toJsonLines } from "../../src/cli/exports/text.js"
import { TelemetryRecord } from "../../src/domain/TelemetryRecord.js"
import * as Telemetry from "../../src/services/Telemetry.js"
import { cellsOf, recordColumns } from "../../src/telemetry/flatRecord.js"
import { readPage } from "../docs/markdown.js"
import { call, filled, start, twoWeeks } from "./support/ledger.js"

const names = recordColumns.map(({ name }) => name)

const text = <E>(parts: Stream.Stream<string, E>) => Stream.mkString(parts)

const bytes = <E>(parts: Stream.Stream<Uint8Array, E>) =>
  Effect.map(Stream.runCollect(parts), (all) => {
    const whole = Buffer.concat(Chunk.toReadonlyArray(all))
    return {
      parts: Chunk.size(all),
      file: whole.buffer.slice(whole.byteOffset, whole.byteOffset + whole.length)
    }
  })

const records = Effect.gen(function* () {
  const ledger = Telemetry.makeMemory()
  yield* filled(ledger, twoWeeks)
  return Chunk.toReadonlyArray(yield* Stream.runCollect(ledger.stream({})))
})

/** CSV as RFC 4180 has it, read by what stands in it. */
const parsed = (csv: string): ReadonlyArray<ReadonlyArray<string>> => {
  const rows: Array<Array<string>> = [[]]
  for (const [, quoted, plain = "", end] of csv.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n|$)/g)) {
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain)
    if (end === "\n") rows.push([])
    if (end === "") break
  }
  return rows.slice(0, -1)
}

describe("the columns of a record", () => {
  it("are documented, each with its type and its meaning, in their order", () => {
    const page = readPage("docs/guides/savings.md")
    const documented = [...page.matchAll(/^\| `([a-z0-9_]+)` +\| (\w+) +\| (.+?) +\|$/gm)].map(
      ([, name, type, meaning]) => [name, type, meaning]
    )
    assert.deepStrictEqual(
      documented,
      recordColumns.map(({ meaning, name, type }) => [name, type, meaning])
    )
  })

  it("have other names each, and cells of their type for any record", () => {
    assert.lengthOf([...new Set(names)], names.length)
    const kinds = { text: "string", time: "string", integer: "number", number: "number", boolean: "boolean" }
    FastCheck.assert(
      FastCheck.property(Arbitrary.make(TelemetryRecord), (record) => {
        for (const [at, cell] of cellsOf(record).entries()) {
          const { name, type } = recordColumns[at] ?? { name: "", type: "text" as const }
          if (cell !== undefined) assert.strictEqual(typeof cell, kinds[type], name)
          if (type === "integer" && cell !== undefined) assert.isTrue(Number.isInteger(cell), name)
        }
      }),
      { numRuns: 50 }
    )
  })
})

describe("an export", () => {
  it.effect("has a row for each record, the same in every format", () =>
    Effect.gen(function* () {
      const all = yield* records
      const stream = Stream.fromIterable(all)
      const cells = all.map((record) => cellsOf(record).map((cell) => cell ?? null))
      const lines = (yield* text(toJsonLines(stream))).trimEnd().split("\n")
      assert.deepStrictEqual(
        lines.map((line) => Object.values(JSON.parse(line) as object)),
        cells
      )
      assert.deepStrictEqual(Object.keys(JSON.parse(lines[0] ?? "") as object), names)
      const [head, ...rows] = parsed(yield* text(toCsv(stream)))
      assert.deepStrictEqual(head, names)
      assert.deepStrictEqual(
        rows,
        cells.map((row) => row.map((cell) => (cell === null ? "" : String(cell))))
      )
      const { file } = yield* bytes(toParquet(stream))
      const read = yield* Effect.promise(() => parquetReadObjects({ file }))
      assert.deepStrictEqual(
        read.map((row) =>
          names.map((name, at) => {
            const value: unknown = row[name]
            if (value instanceof Date) return value.toISOString()
            if (recordColumns[at]?.type === "integer" && typeof value === "bigint") return Number(value)
            return value ?? null
          })
        ),
        cells
      )
    })
  )

  it.effect("is the same for the same records, byte for byte", () =>
    Effect.gen(function* () {
      const stream = Stream.fromIterable(yield* records)
      const [one, other] = [yield* bytes(toParquet(stream)), yield* bytes(toParquet(stream))]
      assert.isTrue(Buffer.from(one.file).equals(Buffer.from(other.file)))
      assert.strictEqual(yield* text(toCsv(stream)), yield* text(toCsv(stream)))
    })
  )

  it.effect("of nothing is a table without rows", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* text(toCsv(Stream.empty)), `${names.join(",")}\n`)
      assert.strictEqual(yield* text(toJsonLines(Stream.empty)), "")
      const { file } = yield* bytes(toParquet(Stream.empty))
      assert.strictEqual(parquetMetadata(file).num_rows, 0n)
      assert.deepStrictEqual(
        parquetMetadata(file)
          .schema.slice(1)
          .map(({ name }) => name),
        names
      )
    })
  )

  it.effect("keeps names that would be something else in a spreadsheet or in CSV", () =>
    Effect.gen(function* () {
      const hostile = ['=HYPERLINK("//x","hunter2")', "@SUM(1)", 'a"b,c\nd', "-1+2"]
      const ledger = Telemetry.makeMemory()
      yield* filled(
        ledger,
        hostile.map((model, at) => call({ at: start + at, model, saved: -0.5 }))
      )
      const [, ...rows] = parsed(yield* text(toCsv(ledger.stream({}))))
      assert.deepStrictEqual(
        rows.map((row) => row[names.indexOf("model")]),
        [`'${hostile[0] ?? ""}`, "'@SUM(1)", 'a"b,c\nd', "'-1+2"]
      )
      assert.deepStrictEqual(
        rows.map((row) => row[names.indexOf("saved_usd")]),
        ["-0.5", "-0.5", "-0.5", "-0.5"],
        "a number stays one"
      )
    })
  )

  it.effect("hands over a group of rows as soon as it is whole, and holds no other", () =>
    Effect.gen(function* () {
      const [record] = yield* records
      if (record === undefined) return assert.fail("there are records")
      let taken = 0
      const endless = Stream.repeatValue(record).pipe(Stream.tap(() => Effect.sync(() => taken++)))
      const first = yield* Stream.runCollect(Stream.take(toParquet(endless), 2))
      assert.strictEqual(Chunk.size(first), 2)
      assert.isAtMost(taken, groupRows * 2 + 5000)
      const { file, parts } = yield* bytes(toParquet(Stream.take(endless, groupRows + 1)))
      assert.strictEqual(parts, 3, "two groups, and the end of the file")
      const { num_rows, row_groups } = parquetMetadata(file)
      assert.deepStrictEqual([num_rows, row_groups.length], [BigInt(groupRows + 1), 2])
    })
  )
})
