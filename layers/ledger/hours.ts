/** Sums of the ledger by hour, as they lie in their rows. */
import * as Sketch from "../../src/telemetry/sketch.js"
import { type Facts, hourMillis, type Timed } from "../../src/telemetry/grouped.js"
import { add, counters, latencies, make, type Sums } from "../../src/telemetry/sums.js"
import { toColumn, toNamespace } from "../scaffolds/digests.js"
import type { Get, Run } from "../storage/SqliteWire.js"
import { branch, tree } from "./tree.js"

/** What tells rows apart: the hour since the epoch and, as columns, what is grouped by. */
type Place = readonly [
  hour: number,
  namespace: string,
  provider: string,
  model: string,
  operation: string,
  outcome: string
]

/** The sums of one row. */
export interface Hour {
  readonly place: Place
  readonly sums: Sums
}

const places = ["hour", "namespace", "provider", "model", "operation", "outcome"]
const columnOf = (name: string): string =>
  name.replace(/[A-Z]|(?<=[a-z])\d/g, (letter) => `_${letter.toLowerCase()}`)
const countColumns = counters.map(columnOf)
const sketchColumns = latencies.map((name) => `latency_${columnOf(name)}`)

const upsert = `INSERT INTO telemetry_hour (${[...places, ...countColumns, ...sketchColumns].join(", ")})
  VALUES (${[...places, ...countColumns, ...sketchColumns].map(() => "?").join(", ")})
  ON CONFLICT (${places.join(", ")}) DO UPDATE SET
  ${countColumns.map((name) => `${name} = ${name} + excluded.${name}`).join(", ")},
  ${sketchColumns.map((name) => `${name} = excluded.${name}`).join(", ")}`

const selectSketches = `SELECT ${sketchColumns.join(", ")} FROM telemetry_hour
  WHERE ${places.map((name) => `${name} = ?`).join(" AND ")}`

/** The rows from an hour on and before another, of a namespace where one is given. */
export const selectHours = `SELECT ${[...places, ...countColumns, ...sketchColumns].join(", ")}
  FROM telemetry_hour WHERE hour >= ? AND hour < ? AND namespace = ifnull(?, namespace)`

/** Records by the rows that they are added to. */
export const hoursOf = (records: Iterable<Timed>): ReadonlyArray<Hour> => {
  const hours: Array<Hour> = []
  const root = tree<Hour>()
  for (const record of records) {
    const { at, model = "", namespace = "", operation, outcome, provider = "" } = record
    const hour = Math.floor(at / hourMillis)
    const ofModel = branch(branch(branch(branch(root, hour), namespace), provider), model)
    const leaf = branch(branch(ofModel, operation), outcome)
    if (leaf.value === undefined) {
      const place: Place = [hour, toColumn(namespace), provider, toColumn(model), operation, outcome]
      leaf.value = { place, sums: make() }
      hours.push(leaf.value)
    }
    add(leaf.value.sums, record)
  }
  return hours
}

const toSketch = (bytes: unknown): Sketch.Sketch | undefined =>
  bytes instanceof Uint8Array ? Sketch.decode(bytes) : undefined

/** Adds to the rows; part of a step. */
export const writeHours = (run: Run, get: Get, hours: ReadonlyArray<Hour>): void => {
  for (const { place, sums } of hours) {
    const kept = get<ReadonlyArray<unknown>>(selectSketches, ...place)
    const sketches = latencies.map((name, i) => {
      const all = toSketch(kept?.[i])
      const own = sums.latencies[name]
      if (all === undefined) return own
      if (own !== undefined) Sketch.merge(all, own)
      return all
    })
    run(
      upsert,
      ...place,
      ...counters.map((name) => sums.counts[name]),
      ...sketches.map((sketch) => (sketch === undefined ? null : Sketch.encode(sketch)))
    )
  }
}

/** The sums of a row of `selectHours`, and what it is grouped by. */
export const toHour = (row: ReadonlyArray<unknown>): { readonly facts: Facts; readonly sums: Sums } => {
  const sums = make()
  counters.forEach((name, i) => {
    sums.counts[name] = Number(row[places.length + i])
  })
  latencies.forEach((name, i) => {
    const sketch = toSketch(row[places.length + counters.length + i])
    if (sketch !== undefined) sums.latencies[name] = sketch
  })
  const [hour, ...texts] = row
  const [namespace, provider, model, operation = ""] = texts.map(toNamespace)
  const facts: Facts = {
    at: Number(hour) * hourMillis,
    operation,
    namespace: namespace || undefined,
    // what stands there is what a record had
    provider: (provider || undefined) as Facts["provider"],
    model: model || undefined
  }
  return { facts, sums }
}
