/** Savers that find the wrong checkpoints. */
import type { RunnableConfig } from "@langchain/core/runnables"
import type { CheckpointTuple } from "@langchain/langgraph-checkpoint"
import { type Disk, ModelSaver, placeOf } from "../model.js"
import { gather } from "../normalise.js"
import type { Candidate } from "../scenario.js"
import { arrivals, broken, idOf, listing, withPlace } from "./make.js"

export const lists: ReadonlyArray<Candidate> = [
  listing("gives no writes in lists", async (config, options, list) =>
    (await list(config, options)).map((tuple) => ({ ...tuple, pendingWrites: [] }))
  ),
  listing("ignores a filter", (config, { filter: _filter, ...options }, list) => list(config, options)),
  listing("filters by source and step only", (config, { filter = {}, ...options }, list) =>
    list(config, {
      ...options,
      filter: Object.fromEntries(Object.entries(filter).filter(([key]) => key === "source" || key === "step"))
    })
  ),
  listing("filters by any of several", async (config, { filter = {}, ...options }, list) => {
    const all = Object.entries(filter)
    return (await list(config, options)).filter(
      ({ metadata = {} }) =>
        all.length === 0 || all.some(([key, value]) => Reflect.get(metadata, key) === value)
    )
  }),
  listing("compares a filter as text", async (config, { filter = {}, limit, ...options }, list) =>
    (await list(config, options))
      .filter(({ metadata = {} }) =>
        Object.entries(filter).every(([key, value]) => `${Reflect.get(metadata, key)}` === `${value}`)
      )
      .slice(0, limit)
  ),
  listing("takes a key of a filter for a path", async (config, { filter = {}, limit, ...options }, list) =>
    (await list(config, options))
      .filter(({ metadata }) =>
        Object.entries(filter).every(([key, value]) => {
          const at = key
            .split(".")
            .reduce<unknown>(
              (each, part) =>
                typeof each === "object" && each !== null ? Reflect.get(each, part) : undefined,
              metadata
            )
          return at === value
        })
      )
      .slice(0, limit)
  ),
  listing("includes the checkpoint that a list is to end before", async (config, options, list) => {
    const { before, limit, ...rest } = options
    const id = before === undefined ? undefined : placeOf(before).id
    const all = await list(config, rest)
    return all.filter((tuple) => id === undefined || idOf(tuple) <= id).slice(0, limit)
  }),
  listing("ignores what a list is to end before", (config, { before: _before, ...options }, list) =>
    list(config, options)
  ),
  listing("ignores a limit", (config, { limit: _limit, ...options }, list) => list(config, options)),
  listing("takes a limit of 0 for none", (config, { limit = 0, ...options }, list) =>
    list(config, { ...options, limit: limit === 0 ? Infinity : limit })
  ),
  listing("limits before it filters", async (config, { limit = Infinity, ...options }, list) => {
    const { filter: _filter, ...all } = options
    const first = (await list(config, { ...all, limit })).map(idOf)
    return (await list(config, options)).filter((tuple) => first.includes(idOf(tuple)))
  }),
  listing("ignores the id in a list", (config, options, list) =>
    list(withPlace(config, { checkpoint_id: undefined }), options)
  ),
  listing("ignores the namespace in a list", (config, options, list) =>
    list(withPlace(config, { checkpoint_ns: undefined }), options)
  ),
  listing("lists the root only if no namespace is named", (config, options, list) =>
    list(withPlace(config, { checkpoint_ns: placeOf(config).space }), options)
  ),
  listing("lists oldest first", async (config, options, list) => (await list(config, options)).reverse()),
  (() => {
    const place = arrivals()
    return broken(
      "lists in the order in which checkpoints were put",
      class extends ModelSaver {
        override put(...args: Parameters<ModelSaver["put"]>): Promise<RunnableConfig> {
          place(args[1].id)
          return super.put(...args)
        }
        override async *list(...args: Parameters<ModelSaver["list"]>): AsyncGenerator<CheckpointTuple> {
          yield* (await gather(super.list(...args))).sort((a, b) => place(idOf(b)) - place(idOf(a)))
        }
      }
    )
  })(),
  (() => {
    const latest = new WeakMap<Disk, Map<string, string>>()
    const of = (disk: Disk): Map<string, string> => {
      const all = latest.get(disk) ?? new Map<string, string>()
      latest.set(disk, all)
      return all
    }
    return broken(
      "takes what was put last for the latest",
      class extends ModelSaver {
        override async put(...args: Parameters<ModelSaver["put"]>): Promise<RunnableConfig> {
          const { space, thread } = placeOf(args[0])
          of(this.disk).set(JSON.stringify([thread, space]), args[1].id)
          return super.put(...args)
        }
        override getTuple(config: RunnableConfig): Promise<CheckpointTuple | undefined> {
          const { id, space, thread } = placeOf(config)
          const last = of(this.disk).get(JSON.stringify([thread, space]))
          return super.getTuple(
            id === undefined && last !== undefined ? withPlace(config, { checkpoint_id: last }) : config
          )
        }
      }
    )
  })()
]
