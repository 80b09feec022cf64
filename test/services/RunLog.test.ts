/** What the log of runs keeps of any history, on every storage. */
import { assert, describe, it as test, layer as sharing } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import { type Draft, type Entry, kinds } from "../../src/runs/entry.js"
import type { Snapshot } from "../../src/runs/snapshot.js"
import type { Stored } from "../../src/runs/values.js"
import * as RunLog from "../../src/services/RunLog.js"
import { RunStorage } from "../../src/services/RunStorage.js"
import { make as makeMemory } from "../../src/services/runStorageMemory.js"
import { words } from "../runs/words.js"
import { draftOf, lineage, uuid } from "./runDrafts.js"
import { fresh, RunDatabase, runStorages, type Storage } from "./runStorages.js"

type Log = RunLog.RunLog["Type"]
type Value = Exclude<RunLog.Given["value"], string>

const over = (storage: Storage): Effect.Effect<Log> =>
  Effect.provide(RunLog.make, Context.make(RunStorage, storage))

const main = lineage("thread")
const meta = Buffer.from("{}")

const textValue = (text: string): Value => ({
  encoding: 0,
  content: { shape: "text", text: JSON.stringify(text) }
})
const listValue = (elements: ReadonlyArray<string>): Value => ({
  encoding: 0,
  content: { shape: "list", elements: elements.map((each) => JSON.stringify(each)) }
})
const bytesValue = (bytes: Uint8Array): Value => ({ encoding: 2, content: { shape: "bytes", bytes } })

/** What is read of a value, as a text that is short. */
const shown = (value: Stored): string =>
  value.encoding === 2
    ? `bytes ${Buffer.from(value.bytes).toString("latin1")}`
    : `${value.encoding} ${JSON.stringify(value.tree)}`
const expected = ({ content, encoding }: Value): string => {
  switch (content.shape) {
    case "bytes":
      return `bytes ${Buffer.from(content.bytes).toString("latin1")}`
    case "text":
      return `${encoding} ${content.text}`
    case "list":
      return `${encoding} [${content.elements.join(",")}]`
  }
}

/** Saves values upon a checkpoint; those that are not named stay as they were there. */
const save = (
  log: Log,
  parent: Snapshot | undefined,
  id: string,
  changed: Readonly<Record<string, Value | "none">>,
  nodes: Readonly<Record<string, Value>> = {}
) => {
  const given = (
    before: ReadonlyMap<string, { readonly version: unknown }> = new Map(),
    fields: Readonly<Record<string, Value | "none">>
  ) => {
    const all = new Map<string, RunLog.Given>()
    for (const name of before.keys()) {
      const version = before.get(name)?.version
      // a version as it was given
      all.set(name, { version: version as RunLog.Given["version"], value: "kept" })
    }
    for (const [name, value] of Object.entries(fields)) all.set(name, { version: id, value })
    return all
  }
  return log.put({
    lineage: main,
    id,
    parent,
    parentId: parent?.id,
    at: 1_700_000_000_000,
    meta,
    notes: { step: id },
    channels: given(parent?.manifest.channels, changed),
    nodes: given(parent?.manifest.nodes, nodes),
    seen: new Map([["task", JSON.stringify({ [id]: 1 })]])
  })
}

const locate = (log: Log, id: string) =>
  Effect.map(log.find(main, id), ({ snapshot }) => {
    if (snapshot === undefined) throw new Error(`no checkpoint ${id}`)
    return snapshot
  })

const valuesOf = (log: Log, snapshot: Snapshot) =>
  Effect.map(
    log.channels(snapshot),
    (values) => new Map([...values].map(([name, value]) => [name, shown(value)]))
  )

const tagOf = <A, E extends { readonly _tag: string }>(self: Effect.Effect<A, E>) =>
  Effect.map(Effect.either(self), Either.match({ onLeft: ({ _tag }) => _tag, onRight: () => "success" }))

/** Bytes that are added to what is kept. */
const counting = (storage: Storage) => {
  const known = new Set<string>()
  let bytes = 0
  const append: Storage["append"] = (at, drafts, epoch) => {
    for (const { body, chunks } of drafts) {
      bytes += body.length
      for (const { data, hash } of chunks) {
        const key = hash.toString("hex")
        if (!known.has(key)) bytes += data.length
        known.add(key)
      }
    }
    return storage.append(at, drafts, epoch)
  }
  const taken = (): number => {
    const all = bytes
    bytes = 0
    return all
  }
  return { storage: { ...storage, append }, taken }
}

const name = FastCheck.constantFrom("a", "b", "__proto__", "list", "\ud800")
const value: FastCheck.Arbitrary<Value> = FastCheck.oneof(
  FastCheck.string({ unit: "binary", maxLength: 20 }).map(textValue),
  FastCheck.tuple(FastCheck.nat(3), FastCheck.nat(40_000)).map(([seed, length]) =>
    textValue(words(seed, length))
  ),
  FastCheck.tuple(FastCheck.nat(3), FastCheck.nat(40_000)).map(([seed, length]) =>
    bytesValue(Buffer.from(JSON.stringify(words(seed, length))))
  ),
  FastCheck.tuple(FastCheck.nat(2), FastCheck.nat(60)).map(([seed, length]) =>
    listValue(Array.from({ length }, (_, at) => words(seed * 1000 + at, 600)))
  ),
  FastCheck.array(FastCheck.string({ maxLength: 5 }), { maxLength: 5 }).map(listValue)
)
const step = FastCheck.record({
  parent: FastCheck.option(FastCheck.nat(), { freq: 8 }),
  /** Whether the parent is found anew, or as it was read last. */
  again: FastCheck.boolean(),
  changed: FastCheck.dictionary(
    name,
    FastCheck.oneof(
      { weight: 5, arbitrary: value },
      { weight: 1, arbitrary: FastCheck.constant("none" as const) }
    ),
    { maxKeys: 3 }
  ),
  prune: FastCheck.integer({ min: 0, max: 9 }).map((dice) => dice === 0),
  reopen: FastCheck.integer({ min: 0, max: 4 }).map((dice) => dice === 0)
})

/** Takes nothing away, but moves the epoch as a prune does. */
const moveEpoch = (storage: Storage) =>
  Effect.flatMap(storage.find(main), ({ epoch }) =>
    storage.remove(main, {
      epoch,
      gone: [],
      empty: [],
      chunks: [],
      draft: draftOf("", { kind: kinds.prune })
    })
  )

for (const [storageName, database] of runStorages) {
  sharing(database, { excludeTestServices: true })(`the log of runs ${storageName}`, (it) => {
    it.effect.prop(
      "gives of every checkpoint what was saved, after each step and when it is opened again",
      [FastCheck.array(step, { minLength: 1, maxLength: 12 })],
      ([steps]) =>
        Effect.gen(function* () {
          const storage = yield* fresh
          const { open } = yield* RunDatabase
          let log = yield* over(storage)
          const model: Array<Map<string, string>> = []
          const snapshots: Array<Snapshot> = []
          const check = Effect.fnUntraced(function* (reader: Log) {
            for (const [at, values] of model.entries()) {
              const snapshot = yield* locate(reader, uuid(at))
              assert.deepStrictEqual(yield* valuesOf(reader, snapshot), values)
              assert.deepStrictEqual(snapshot.notes, { step: uuid(at) })
              assert.deepStrictEqual(
                [...snapshot.manifest.seen],
                [["task", JSON.stringify({ [uuid(at)]: 1 })]]
              )
            }
          })
          for (const { again, changed, parent, prune, reopen } of steps) {
            const id = uuid(model.length)
            const from = parent === null || model.length === 0 ? undefined : parent % model.length
            if (reopen) log = yield* over(yield* open(storage.namespace))
            const remembered = from === undefined ? undefined : snapshots[from]
            const before =
              from === undefined ? undefined : again ? yield* locate(log, uuid(from)) : remembered
            const saved =
              prune && before !== undefined
                ? Effect.gen(function* () {
                    yield* moveEpoch(storage)
                    assert.strictEqual(yield* tagOf(save(log, before, id, changed)), "LineageMoved")
                    log.forget()
                    return yield* save(log, yield* locate(log, uuid(from ?? 0)), id, changed)
                  })
                : Effect.catchTag(save(log, before, id, changed), "LineageMoved", () =>
                    // it was remembered from before a prune
                    Effect.flatMap(locate(log, uuid(from ?? 0)), (now) => save(log, now, id, changed))
                  )
            snapshots.push(yield* saved)
            const values = new Map(from === undefined ? [] : model[from])
            for (const [key, each] of Object.entries(changed)) {
              if (each === "none") values.delete(key)
              else values.set(key, expected(each))
            }
            // the order of channels is that in which they were given
            model.push(values)
            yield* check(log)
          }
          yield* check(yield* over(yield* open(storage.namespace)))
        }),
      { fastCheck: { numRuns: storageName === "in memory" ? 60 : 12 }, timeout: 60_000 }
    )

    it.effect("keeps apart text and bytes that have the same pages", () =>
      Effect.gen(function* () {
        const storage = yield* fresh
        const { open } = yield* RunDatabase
        const text = words(1, 100_000)
        const values = { text: textValue(text), bytes: bytesValue(Buffer.from(JSON.stringify(text))) }
        yield* save(yield* over(storage), undefined, uuid(1), values)
        for (const order of [
          ["text", "bytes"],
          ["bytes", "text"],
          ["bytes", "text", "bytes"]
        ] as const) {
          const log = yield* over(yield* open(storage.namespace))
          const snapshot = yield* locate(log, uuid(1))
          for (const channel of order) {
            const read = (yield* log.channels(snapshot, [channel])).get(channel)
            assert.isTrue(read !== undefined && shown(read) === expected(values[channel]))
          }
        }
      })
    )

    it.effect("takes 10,000 channels and nodes", () =>
      Effect.gen(function* () {
        const storage = yield* fresh
        const many = Object.fromEntries(
          Array.from({ length: 10_000 }, (_, at) => [`c${at}`, textValue(`${at}`)])
        )
        const first = yield* save(yield* over(storage), undefined, uuid(1), many, { n: textValue("node") })
        yield* save(yield* over(storage), first, uuid(2), { c7: textValue("other") })
        const log = yield* over(storage)
        const values = yield* valuesOf(log, yield* locate(log, uuid(2)))
        assert.strictEqual(values.size, 10_000)
        assert.deepStrictEqual([values.get("c7"), values.get("c8")], ['0 "other"', '0 "8"'])
        const nodes = yield* log.nodes(yield* locate(log, uuid(2)))
        assert.deepStrictEqual([...nodes.keys()], ["n"])
      })
    )

    it.effect("finds nothing where there is nothing", () =>
      Effect.gen(function* () {
        const log = yield* over(yield* fresh)
        assert.isUndefined((yield* log.find(main)).snapshot)
        assert.isUndefined((yield* log.find(main, uuid(1))).snapshot)
        assert.isUndefined(log.recent(main, uuid(1)))
        const snapshot = yield* save(log, undefined, uuid(1), { a: textValue("a") })
        assert.strictEqual(log.recent(main, uuid(1)), snapshot)
        assert.deepStrictEqual([...(yield* log.channels(snapshot, ["b"]))], [])
        log.forget()
        assert.isUndefined(log.recent(main, uuid(1)))
      })
    )
  })
}

describe("the log of runs", () => {
  const ten = Object.fromEntries(
    Array.from({ length: 10 }, (_, at) => [`channel ${at}`, textValue(words(at, 10_000))])
  )

  test.effect("stores of ten channels the one that changed", () =>
    Effect.gen(function* () {
      const { storage, taken } = counting(makeMemory("n"))
      const log = yield* over(storage)
      let parent = yield* save(log, undefined, uuid(0), ten)
      assert.isAbove(taken(), 40_000)
      for (let at = 1; at <= 20; at += 1) {
        parent = yield* save(log, parent, uuid(at), {
          [`channel ${at % 10}`]: textValue(words(100 + at, 500))
        })
        assert.isBelow(taken(), 1_400)
      }
    })
  )

  test.effect("stores of a list of 1,000 KB the end, also when it is opened again", () =>
    Effect.gen(function* () {
      const { storage, taken } = counting(makeMemory("n"))
      const elements = Array.from({ length: 1000 }, (_, at) => words(at, 1000))
      let log = yield* over(storage)
      let parent = yield* save(log, undefined, uuid(0), { list: listValue(elements) })
      taken()
      let all = 0
      for (let at = 1; at <= 20; at += 1) {
        if (at % 5 === 0) {
          log = yield* over(storage)
          parent = yield* locate(log, parent.id)
        }
        elements.push(words(1000 + at, 1000))
        parent = yield* save(log, parent, uuid(at), { list: listValue(elements) })
        all += taken()
      }
      assert.isBelow(all / 20, 5_000)
    })
  )

  test.effect("stores next to nothing for the same values again", () =>
    Effect.gen(function* () {
      const { storage, taken } = counting(makeMemory("n"))
      const log = yield* over(storage)
      const first = yield* save(log, undefined, uuid(0), ten)
      taken()
      yield* save(log, first, uuid(1), {})
      assert.isBelow(taken(), 200)
      // whoever does not know that they are the same stores where they lie
      yield* save(log, first, uuid(2), ten)
      assert.isBelow(taken(), 3_000)
    })
  )

  /** A storage that gives out other entries and chunks than it was given. */
  const spoilt = (
    storage: Storage,
    change: (entry: Entry) => Entry,
    chunk: (data: Uint8Array) => Uint8Array
  ): Storage => ({
    ...storage,
    find: (at, id) =>
      Effect.map(storage.find(at, id), ({ checkpoint, ...rest }) => ({
        ...rest,
        checkpoint: checkpoint && change(checkpoint)
      })),
    entries: (at, numbers) => Effect.map(storage.entries(at, numbers), (found) => found.map(change)),
    chunks: (hashes) =>
      Effect.map(storage.chunks(hashes), (found) =>
        found.map((each) => each && { ...each, data: chunk(each.data) })
      )
  })

  const flip = (bytes: Uint8Array, at: number): Uint8Array => {
    const other = Uint8Array.from(bytes)
    const place = at % Math.max(1, other.length)
    if (other.length > 0) other[place] = (other[place] ?? 0) ^ (1 << (at % 8))
    return other
  }

  test("never reads an altered entry or chunk as another value", () =>
    FastCheck.assert(
      FastCheck.asyncProperty(
        FastCheck.array(FastCheck.dictionary(name, value, { minKeys: 1, maxKeys: 3 }), {
          minLength: 1,
          maxLength: 4
        }),
        FastCheck.nat(),
        FastCheck.nat(),
        FastCheck.constantFrom("body" as const, "meta" as const, "chunk" as const, "missing" as const),
        (steps, which, at, what) =>
          Effect.gen(function* () {
            const storage = makeMemory("n")
            const log = yield* over(storage)
            const model = new Map<string, string>()
            let parent: Snapshot | undefined
            for (const [step, changed] of steps.entries()) {
              parent = yield* save(log, parent, uuid(step), changed)
              for (const [key, each] of Object.entries(changed)) model.set(key, expected(each))
            }
            const n = 1 + (which % steps.length)
            const altered = spoilt(
              storage,
              (entry) =>
                entry.n !== n || entry.payload === undefined || what === "chunk" || what === "missing"
                  ? entry
                  : { ...entry, payload: { ...entry.payload, [what]: flip(entry.payload[what], at) } },
              (data) => (what === "chunk" ? flip(data, at) : what === "missing" ? data.subarray(0, 1) : data)
            )
            const cold = yield* over(altered)
            const read = yield* Effect.either(
              Effect.flatMap(locate(cold, uuid(steps.length - 1)), (snapshot) => valuesOf(cold, snapshot))
            )
            if (Either.isRight(read)) assert.deepStrictEqual(read.right, model)
            else assert.strictEqual(read.left._tag, "RunDamaged")
          }).pipe(Effect.runPromise)
      ),
      { numRuns: 60 }
    ))

  test.effect("says that a checkpoint is damaged whose values are in an entry that has none of them", () =>
    Effect.gen(function* () {
      const storage = makeMemory("n")
      const log = yield* over(storage)
      const first = yield* save(log, undefined, uuid(0), { a: textValue("a") })
      yield* save(log, first, uuid(1), { b: textValue("b") })
      const strange: Draft = draftOf(uuid(2), {
        body: Buffer.from([
          0,
          ...Buffer.from([0, 0, 0, 37]),
          ...Buffer.from('[{"f":{},"c":[["a",1,2]]},[]]        ')
        ])
      })
      yield* storage.append(main, [strange, draftOf(uuid(3))])
      const cold = yield* over(storage)
      assert.strictEqual(
        yield* tagOf(Effect.flatMap(locate(cold, uuid(2)), (snapshot) => cold.channels(snapshot))),
        "RunDamaged"
      )
      assert.strictEqual(yield* tagOf(cold.find(main, uuid(3))), "RunDamaged")
    })
  )

  test.effect("meets a prune that took away what is read as a move, not as damage", () =>
    Effect.gen(function* () {
      const storage = makeMemory("n")
      const log = yield* over(storage)
      const first = yield* save(log, undefined, uuid(0), { a: textValue("a") })
      const second = yield* save(log, first, uuid(1), { b: textValue("b") })
      const cold = yield* over(storage)
      const { snapshot } = yield* cold.find(main, uuid(1))
      const { epoch } = yield* storage.find(main)
      yield* storage.remove(main, {
        epoch,
        gone: [1],
        empty: [1],
        chunks: [],
        draft: draftOf("", { kind: kinds.prune })
      })
      assert.isDefined(snapshot)
      const later = yield* over(storage)
      assert.strictEqual(
        yield* tagOf(Effect.flatMap(Effect.succeed(second), (it) => later.channels(it))),
        "LineageMoved"
      )
    })
  )
})
