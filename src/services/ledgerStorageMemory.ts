/** The ledger in memory: the reference of what each method means. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { TelemetryRecord } from "../domain/TelemetryRecord.js"
import { type Group, groupsOf, hourMillis } from "../telemetry/grouped.js"
import { type LedgerEntry, type LedgerQuery, LedgerStorage, within } from "./LedgerStorage.js"

interface Kept extends LedgerEntry {
  readonly seq: number
}

export const toRecord = ({ event: { at, ...rest }, id }: LedgerEntry): TelemetryRecord => ({
  ...rest,
  id,
  createdAt: new Date(at).toISOString()
})

const asked = (query: LedgerQuery, { event }: LedgerEntry): boolean =>
  within(query, event.at) &&
  (query.namespace === undefined || query.namespace === event.namespace) &&
  (query.checkpointId === undefined || query.checkpointId === event.checkpointId)

/** `unsafeAppend` keeps an entry at once. */
export const make = (): LedgerStorage["Type"] & { readonly unsafeAppend: (entry: LedgerEntry) => void } => {
  let kept: Array<Kept> = []
  const pruned: Array<Kept> = []
  let seq = 0
  const unsafeAppend = (entry: LedgerEntry): void => void kept.push({ ...entry, seq: ++seq })
  const records = (
    query: LedgerQuery,
    wanted: (entry: Kept) => boolean
  ): { readonly records: ReadonlyArray<TelemetryRecord>; readonly last: Kept | undefined } => {
    const found = kept.filter((entry) => wanted(entry) && asked(query, entry))
    return { records: found.map(toRecord), last: found.at(-1) }
  }
  return {
    unsafeAppend,
    append: (entries) => Effect.sync(() => entries.forEach(unsafeAppend)),
    report: (range, groupBy) =>
      Effect.sync((): ReadonlyArray<Group> => {
        const { from, to } = range
        const whole = {
          ...range,
          ...(from === undefined ? {} : { from: hourAfter(Date.parse(from), 0) }),
          ...(to === undefined ? {} : { to: hourAfter(Date.parse(to), 1) })
        }
        const all = [
          ...(groupBy.includes("scaffold") ? [] : pruned.filter((entry) => asked(whole, entry))),
          ...kept.filter((entry) => asked(range, entry))
        ]
        return groupsOf(
          all.map(({ event }) => event),
          groupBy
        )
      }),
    newest: Effect.sync(() => seq),
    page: (query, until, from) =>
      Effect.sync(() => {
        if (from !== undefined) return { records: [], next: undefined }
        kept.sort((a, b) => a.event.at - b.event.at || a.seq - b.seq)
        return { records: records(query, (entry) => entry.seq <= until).records, next: undefined }
      }),
    since: (query, after) =>
      Effect.sync(() => {
        kept.sort((a, b) => a.seq - b.seq)
        const { last, records: found } = records(query, (entry) => entry.seq > after)
        return { records: found, next: last?.seq }
      }),
    prune: (before) =>
      Effect.sync(() => {
        const goes = ({ event: { at } }: Kept): boolean =>
          Math.floor(at / hourMillis + 1) * hourMillis <= before
        const gone = kept.filter(goes)
        pruned.push(...gone)
        kept = kept.filter((entry) => !goes(entry))
        return gone.length
      })
  }
}

/** The hour of a time, or the end of it. */
const hourAfter = (at: number, hours: 0 | 1): string => {
  const hour = hours === 0 ? Math.floor(at / hourMillis) : Math.ceil(at / hourMillis)
  return new Date(hour * hourMillis).toISOString()
}

export const layerMemory: Layer.Layer<LedgerStorage> = Layer.sync(LedgerStorage, make)
