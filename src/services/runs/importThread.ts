/**
 * Importing an exported run. All lines are proved before the first entry is written. An import that was broken off leaves the
 * beginnings of its lineages; to import the same again continues it, and writes nothing when all is there.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { ImportInvalid } from "../../domain/RunErrors.js"
import type { RunCopyReport } from "../../domain/RunReports.js"
import type { StoreError } from "../../domain/StoreErrors.js"
import { decodeBody } from "../../runs/body.js"
import type { Chunk } from "../../runs/chunk.js"
import type { Ref } from "../../runs/entry.js"
import { ExportReader, type Step } from "../../runs/ExportReader.js"
import { keyOf } from "../../runs/uses.js"
import type { LineageState, RunStorage } from "../RunStorage.js"
import { gather } from "./gather.js"
import { Restorer, type RestoreError, taken } from "./restore.js"

export interface ImportOptions {
  /** The name of the thread here. Default: the one that it had. */
  readonly as?: string | undefined
}

type EntryStep = Extract<Step, { readonly step: "entry" }>

/** Runs over the lines with a reader that checks each. */
const read = <E, R, E2>(
  lines: Stream.Stream<string, E, R>,
  reader: ExportReader,
  visit: (step: Step) => Effect.Effect<void, E2>
): Effect.Effect<void, E | E2 | ImportInvalid, R> =>
  Effect.gen(function* () {
    const invalid = (what: string): ImportInvalid => new ImportInvalid({ line: reader.line, what })
    yield* Stream.runForEach(lines, (line) =>
      Effect.flatMap(Either.mapLeft(reader.take(line), invalid), visit)
    )
    if (!reader.isEnded) {
      return yield* new ImportInvalid({ line: reader.line + 1, what: "the end is missing" })
    }
  })

/** How far the lineages of the thread are there already, by their paths. */
interface There {
  readonly state: LineageState
  /** Whether the export holds the very same entry as the last one that both have. */
  same: boolean
  /** Entries of the export. */
  n: number
}

/** Proves the lines, and compares them with what is there. */
const examine = <E, R>(
  storage: RunStorage["Type"],
  lines: Stream.Stream<string, E, R>,
  nameOf: (thread: string) => string
): Effect.Effect<
  { readonly thread: string; readonly there: ReadonlyMap<string, There>; readonly lineages: number },
  E | ImportInvalid | StoreError,
  R
> =>
  Effect.gen(function* () {
    const reader = new ExportReader({
      namespace: storage.namespace,
      thread: (header) => nameOf(header.thread)
    })
    let thread = ""
    const there = new Map<string, There>()
    const compare = ({ chain, entry, path }: EntryStep): void => {
      const known = there.get(path)
      if (known === undefined) return
      known.n = entry.n
      if (entry.n === known.state.n) known.same = Buffer.compare(chain, known.state.chain) === 0
    }
    /** Of a log that has gone on, the entry that the export ends with. */
    const lasts = new Map<string, EntryStep>()
    yield* read(lines, reader, (step) =>
      Effect.gen(function* () {
        if (step.step === "header") {
          thread = nameOf(step.header.thread)
          for (const state of yield* storage.lineages(thread)) {
            there.set(state.path, { state, same: false, n: 0 })
          }
        }
        if (step.step !== "entry") return
        compare(step)
        lasts.set(step.path, step)
      })
    )
    for (const known of there.values()) {
      const last = lasts.get(known.state.path)
      if (last === undefined || known.n >= known.state.n) continue
      const [entry] = yield* storage.entries(known.state, [known.n])
      known.same = entry !== undefined && Buffer.compare(entry.chain, last.chain) === 0
    }
    return { thread, there, lineages: lasts.size }
  })

/**
 * Imports a thread. `lines` is run twice: what can be read once only has to be collected before. In the same namespace, under
 * the same name, the chain comes out as it was. A thread that is there with another history is refused.
 */
export const importThread = <E, R>(
  storage: RunStorage["Type"],
  lines: Stream.Stream<string, E, R>,
  { as }: ImportOptions = {}
): Effect.Effect<RunCopyReport, E | ImportInvalid | RestoreError, R> =>
  Effect.gen(function* () {
    const nameOf = (thread: string): string => as ?? thread
    const { lineages, there, thread } = yield* examine(storage, lines, nameOf)
    const report = { thread, lineages, entries: 0 }
    const known = [...there.values()]
    const isComplete =
      lineages <= known.length &&
      known.filter(({ n, same, state }) => same && n > 0 && state.n >= n).length === lineages
    if (isComplete) return report
    const other = known.find(({ n, same, state }) => !same || state.n > n)
    if (other !== undefined) return yield* taken(thread, other.state)

    const reader = new ExportReader({
      namespace: storage.namespace,
      thread: (header) => nameOf(header.thread)
    })
    let current:
      { readonly restorer: Restorer; readonly seen: Set<string>; readonly from: number } | undefined
    const finish = (refs: ReadonlyArray<Ref>): Effect.Effect<void, RestoreError> =>
      Effect.suspend(() => {
        const open = current
        current = undefined
        return open === undefined
          ? Effect.void
          : Effect.map(open.restorer.flush(refs), () => {
              report.entries += open.restorer.written
            })
      })
    /** Chunks of entries that are not written yet; those of earlier ones are in the store. */
    const arriving = new Map<string, Chunk>()
    const write = ({ chunks, entry, names }: EntryStep): Effect.Effect<void, RestoreError | ImportInvalid> =>
      Effect.gen(function* () {
        if (current === undefined) return
        const { from, restorer, seen } = current
        if (entry.n <= from) return
        for (const [key, chunk] of chunks) arriving.set(key, chunk)
        const parts = entry.payload && decodeBody(entry.payload.body)?.parts.values()
        const needed = yield* gather(
          (hashes) =>
            Effect.gen(function* () {
              const absent = hashes.filter((hash) => !arriving.has(keyOf(hash)))
              const stored = absent.length === 0 ? [] : yield* storage.chunks(absent)
              const found = new Map(absent.map((hash, i) => [keyOf(hash), stored[i]]))
              return hashes.map((hash) => arriving.get(keyOf(hash)) ?? found.get(keyOf(hash)))
            }),
          parts ?? [],
          seen,
          () => new ImportInvalid({ line: reader.line, what: "a chunk of the entry went missing" })
        )
        const own: Array<string> = []
        for (const name of names) {
          // who has a name first keeps it
          const place = yield* storage.named(name)
          if (Option.isNone(place)) own.push(name)
        }
        const before = restorer.written
        yield* restorer.add({ entry, chunks: needed, names: own })
        if (restorer.written > before) arriving.clear()
      })
    yield* read(lines, reader, (step) =>
      Effect.suspend((): Effect.Effect<void, RestoreError | ImportInvalid> => {
        switch (step.step) {
          case "path": {
            current = {
              restorer: new Restorer(storage, { thread, path: step.path }),
              seen: new Set(),
              from: there.get(step.path)?.state.n ?? 0
            }
            return Effect.void
          }
          case "entry":
            return write(step)
          case "refs":
            return Effect.tap(finish(step.refs), () => Effect.sync(() => arriving.clear()))
          default:
            return Effect.void
        }
      })
    )
    return report
  }).pipe(Effect.withSpan("RunUpkeep.import"))
