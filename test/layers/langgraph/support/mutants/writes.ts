/** Savers that are wrong about what is pending. */
import { compareWritesSortKeys, RESUME, WRITES_IDX_MAP, writesSortKey } from "@langchain/langgraph-checkpoint"
import { emptyDisk, ModelSaver, placeOf } from "../model.js"
import type { Candidate } from "../scenario.js"
import {
  answering,
  arrivals,
  broken,
  byUnit,
  forgetting,
  type Ordered,
  sorting,
  byTexts,
  turn,
  writing
} from "./make.js"

export const writes: ReadonlyArray<Candidate> = [
  forgetting("forgets the writes when it is opened again", (disk) => ({
    ...disk,
    writes: emptyDisk().writes
  })),
  broken(
    "leaves the writes of a thread that it deletes",
    class extends ModelSaver {
      override async deleteThread(thread: string): Promise<void> {
        delete this.storage[thread]
      }
    }
  ),
  writing("drops the answers to questions", (writes) => writes.filter(([channel]) => channel !== RESUME)),
  writing("keeps the first of errors, questions and answers", (writes, config, saver, task) => {
    const { id = "", space, thread } = placeOf(config)
    const there = saver.writes[JSON.stringify([thread, space, id])] ?? {}
    return writes.filter(([channel]) => !(`${task},${WRITES_IDX_MAP[channel] ?? 0}` in there))
  }),
  writing("keeps the last of values that a task writes twice", (writes, config, saver, task) => {
    const { id = "", space, thread } = placeOf(config)
    const there = saver.writes[JSON.stringify([thread, space, id])]
    for (const i of writes.keys()) delete there?.[`${task},${i}`]
    return writes
  }),
  writing("drops writes that come before their checkpoint", (writes, config, saver) => {
    const { id = "", space, thread } = placeOf(config)
    return saver.storage[thread]?.[space]?.[id] === undefined ? undefined : writes
  }),
  writing("keeps one batch of writes of a task only", (writes, config, saver, task) => {
    const { id = "", space, thread } = placeOf(config)
    const there = Object.keys(saver.writes[JSON.stringify([thread, space, id])] ?? {})
    return there.some((key) => key.startsWith(`${task},`)) ? undefined : writes
  }),
  (() => {
    const place = arrivals()
    const keyOf = (...key: ReadonlyArray<string>): string => JSON.stringify(key)
    return broken(
      "gives writes back in the order in which they came",
      class extends ModelSaver {
        override async putWrites(...args: Parameters<ModelSaver["putWrites"]>): Promise<void> {
          const { id = "", space, thread } = placeOf(args[0])
          place(keyOf(thread, space, id, args[2]))
          return super.putWrites(...args)
        }
        override _orderedWrites(...at: Parameters<ModelSaver["_orderedWrites"]>): Ordered {
          const [thread = "", space, id] = at
          const placeOfTask = ([task]: Ordered[number]): number => place(keyOf(thread, space, id, task))
          return super._orderedWrites(...at).sort((a, b) => placeOfTask(a) - placeOfTask(b))
        }
      }
    )
  })(),
  sorting("sorts writes by their task only", (a, b) =>
    compareWritesSortKeys(writesSortKey("", a[0], a[1]), writesSortKey("", b[0], b[1]))
  ),
  sorting(
    "sorts writes by their path only",
    (a, b) => byUnit(a[2][3] ?? "", b[2][3] ?? "") || byUnit(b[0], a[0]) || a[1] - b[1]
  ),
  sorting("sorts writes as UTF-16", byTexts(byUnit)),
  sorting(
    "sorts writes as a language does",
    byTexts((a, b) => a.localeCompare(b))
  ),
  sorting("sorts the places of writes as text", (a, b) =>
    a[0] === b[0]
      ? byUnit(`${a[1]}`, `${b[1]}`)
      : compareWritesSortKeys([a[2][3] ?? "", a[0], 0], [b[2][3] ?? "", b[0], 0])
  ),
  answering("gives the writes of the parent to the child", async (tuple, saver) => {
    const { id, space, thread } = placeOf(tuple.parentConfig ?? {})
    if (id === undefined) return tuple
    const before = saver._orderedWrites(thread, space, id)
    const leaked = before.map(([task, , [, channel]]): [string, string, unknown] => [task, channel, "leaked"])
    return { ...tuple, pendingWrites: [...leaked, ...(tuple.pendingWrites ?? [])] }
  }),
  answering("gives no writes in answers", (tuple) => ({ ...tuple, pendingWrites: [] })),
  broken(
    "loses one of two writes to a checkpoint at the same moment",
    class extends ModelSaver {
      override async putWrites(...args: Parameters<ModelSaver["putWrites"]>): Promise<void> {
        const { id = "", space, thread } = placeOf(args[0])
        const key = JSON.stringify([thread, space, id])
        const before = { ...this.writes[key] }
        await super.putWrites(...args)
        const own = Object.entries(this.writes[key] ?? {}).filter(([at]) => at.startsWith(`${args[2]},`))
        await turn()
        this.writes[key] = { ...before, ...Object.fromEntries(own) }
      }
    }
  )
]
