/** Any sequence of operations gives on every database what it gives in memory. */
import { assert, layer as sharing } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import type * as Layer from "effect/Layer"
import type { StoreError } from "../../src/domain/StoreErrors.js"
import { type Draft, type Kind, kinds, type Lineage } from "../../src/runs/entry.js"
import { make as makeMemory } from "../../src/services/runStorageMemory.js"
import { checkedLog, chunkOf, lineage, plain, uuid } from "./runDrafts.js"
import { fresh, type RunDatabase, type Storage } from "./runStorages.js"

const threads = ["t", "u"]
const lineages = threads.flatMap((thread) => [lineage(thread), lineage(thread, "p")])
const ids = [uuid(1), uuid(2), "a", "b\0", "\uffff", "\u{10000}"]
const chunks = ["one", "two", "three"].map((text) => chunkOf(text.repeat(200)))
const names = ["m", "n"]

const where = FastCheck.constantFrom(...lineages)
const id = FastCheck.constantFrom(...ids)
const number = FastCheck.nat(8)
const someChunks = FastCheck.subarray(chunks)
const refKind = FastCheck.constantFrom("branch" as const, "tag" as const)
const bytes = FastCheck.uint8Array({ maxLength: 4 })
const draft: FastCheck.Arbitrary<Draft> = FastCheck.record({
  kind: FastCheck.constantFrom<Kind>(kinds.checkpoint, kinds.checkpoint, kinds.writes, kinds.node),
  id,
  parent: FastCheck.option(id, { nil: undefined, freq: 2 }),
  at: FastCheck.nat(1000),
  meta: bytes,
  body: bytes,
  chunks: someChunks,
  names: FastCheck.option(FastCheck.subarray(names), { nil: undefined }),
  refs: FastCheck.option(
    FastCheck.array(
      FastCheck.record({
        kind: refKind,
        name: FastCheck.constantFrom(...names),
        n: FastCheck.option(number, { nil: undefined }),
        from: FastCheck.option(FastCheck.nat(3), { nil: undefined, freq: 1 })
      }),
      { maxLength: 3 }
    ),
    { nil: undefined }
  )
})
const numbers = FastCheck.array(number, { maxLength: 4 })

const operation = FastCheck.oneof(
  {
    weight: 6,
    arbitrary: FastCheck.record({
      _tag: FastCheck.constant("append" as const),
      where,
      drafts: FastCheck.array(draft, { maxLength: 3 }),
      epoch: FastCheck.constantFrom("none" as const, "none" as const, "found" as const, "old" as const)
    })
  },
  {
    weight: 2,
    arbitrary: FastCheck.record({
      _tag: FastCheck.constant("together" as const),
      // of one lineage: in which order several ones begin, and take a name, is the database's affair
      where,
      appends: FastCheck.array(FastCheck.array(draft, { maxLength: 2 }), { minLength: 2, maxLength: 5 })
    })
  },
  {
    weight: 2,
    arbitrary: FastCheck.record({
      _tag: FastCheck.constant("remove" as const),
      where,
      epoch: FastCheck.constantFrom("found" as const, "found" as const, "old" as const),
      gone: numbers,
      empty: numbers,
      chunks: someChunks,
      draft
    })
  },
  {
    weight: 1,
    arbitrary: FastCheck.record({
      _tag: FastCheck.constant("drop" as const),
      where,
      kind: refKind,
      name: FastCheck.constantFrom(...names),
      draft
    })
  },
  {
    weight: 1,
    arbitrary: FastCheck.record({
      _tag: FastCheck.constant("delete" as const),
      thread: FastCheck.constantFrom(...threads)
    })
  }
)
type Operation = typeof operation extends FastCheck.Arbitrary<infer A> ? A : never

const outcome = <A, E extends { readonly _tag: string }>(self: Effect.Effect<A, E>) =>
  Effect.map(
    Effect.either(self),
    Either.match({ onLeft: ({ _tag }): unknown => _tag, onRight: (value): unknown => value })
  )

/** One storage with the epochs that were read from it: they have no meaning for another one. */
const actor = (storage: Storage) => {
  const old = new Map<Lineage, number>()
  const found = (at: Lineage) => Effect.map(storage.find(at), ({ epoch }) => epoch)
  const epochOf = (at: Lineage, which: "none" | "found" | "old") =>
    which === "none"
      ? Effect.succeed(undefined)
      : which === "found"
        ? found(at)
        : Effect.succeed(old.get(at) ?? 0)
  const append = (at: Lineage, drafts: ReadonlyArray<Draft>, epoch?: number) =>
    outcome(Effect.map(storage.append(at, drafts, epoch), (appended) => appended.numbers))

  return (step: Operation): Effect.Effect<unknown, unknown> =>
    Effect.gen(function* () {
      switch (step._tag) {
        case "append": {
          const epoch = yield* epochOf(step.where, step.epoch)
          old.set(step.where, yield* found(step.where))
          return yield* append(step.where, step.drafts, epoch)
        }
        case "together":
          return yield* Effect.all(
            step.appends.map((drafts) => append(step.where, drafts)),
            { concurrency: "unbounded" }
          )
        case "remove":
          return yield* outcome(
            storage.remove(step.where, {
              ...step,
              epoch: (yield* epochOf(step.where, step.epoch)) ?? 0,
              chunks: step.chunks.map(({ hash }) => hash)
            })
          )
        case "drop":
          return yield* outcome(storage.dropRef(step.where, step, step.draft))
        case "delete":
          return yield* outcome(storage.deleteThread(step.thread))
      }
    })
}

/** All that can be asked, without epochs. */
const everything = (storage: Storage) =>
  Effect.gen(function* () {
    const list = (query: Partial<Parameters<Storage["list"]>[0]>) =>
      Effect.map(storage.list({ holds: [], limit: 100, ...query }), (found) =>
        found.map(({ entry, lineage: at, writes }) => [at, plain(entry), writes.map(plain)])
      )
    return {
      lineages: (yield* storage.lineages()).map(({ epoch: _epoch, chain, ...state }) => ({
        ...state,
        chain: Buffer.from(chain).toString("hex")
      })),
      each: yield* Effect.forEach(lineages, (at) =>
        Effect.gen(function* () {
          const find = (which?: string) =>
            Effect.map(storage.find(at, which), ({ checkpoint, reborn, writes }) => [
              reborn,
              checkpoint && plain(checkpoint),
              writes.map(plain)
            ])
          return {
            log: (yield* checkedLog(storage, at)).map(plain),
            found: yield* Effect.all([find(), ...ids.map(find)]),
            nodes: (yield* Effect.forEach(ids, (of) => storage.belonging(at, kinds.node, of))).map(
              (entries) => entries.map(plain)
            ),
            refs: yield* storage.refs(at)
          }
        })
      ),
      lists: yield* Effect.all([
        list({}),
        list({ limit: 2 }),
        list({ thread: "t" }),
        list({ path: "p", limit: 3 }),
        ...ids.flatMap((of) => [
          list({ before: of }),
          list({ before: of, limit: 1, thread: "u" }),
          list({ id: of })
        ]),
        list({ holds: [Buffer.from([0])] })
      ]),
      names: (yield* Effect.forEach(names, storage.named)).map((found) => JSON.stringify(found)),
      chunks: (yield* storage.chunks(chunks.map(({ hash }) => hash))).map((chunk) => chunk !== undefined)
    }
  })

/** What is known without asking is what the database would say. */
const recallsWhatIsThere = (storage: Storage): Effect.Effect<void, StoreError> =>
  Effect.gen(function* () {
    for (const at of lineages) {
      for (const id of [undefined, ...ids]) {
        const recalled = storage.recall(at, id)
        const found = yield* storage.find(at, id)
        if (recalled !== undefined) assert.deepStrictEqual(recalled, found)
      }
    }
  })

export const history = (name: string, layer: Layer.Layer<RunDatabase>, numRuns: number): void => {
  sharing(layer, { excludeTestServices: true })(`a run storage ${name}, over any history`, (it) => {
    it.effect.prop(
      "gives what memory gives",
      [FastCheck.array(operation, { maxLength: 25 })],
      ([steps]) =>
        Effect.gen(function* () {
          const storage = yield* fresh
          const memory = makeMemory(storage.namespace)
          const mine = actor(storage)
          const theirs = actor(memory)
          for (const step of steps) {
            assert.deepStrictEqual(yield* mine(step), yield* theirs(step))
            yield* recallsWhatIsThere(storage)
          }
          assert.deepStrictEqual(yield* everything(storage), yield* everything(memory))
        }),
      { fastCheck: { numRuns }, timeout: 120_000 }
    )
  })
}
