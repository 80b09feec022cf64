/**
 * Savers that are the model with one thing broken, each as a real saver could be. A scenario that none of them fails is
 * not worth much; one that all scenarios let pass shows what is missing.
 */
import type { RunnableConfig } from "@langchain/core/runnables"
import {
  type ChannelVersions,
  type Checkpoint,
  type CheckpointListOptions,
  type CheckpointMetadata,
  type CheckpointTuple,
  compareWritesSortKeys,
  type DeltaChannelHistory,
  JsonPlusSerializer,
  type PendingWrite,
  RESUME,
  type SerializerProtocol,
  TASKS,
  WRITES_IDX_MAP,
  writesSortKey
} from "@langchain/langgraph-checkpoint"
import { load } from "@langchain/core/load"
import { ExactSerde } from "./exactSerde.js"
import { type Disk, emptyDisk, ModelSaver, overDisk, placeOf } from "./model.js"
import { gather } from "./normalise.js"
import type { Candidate, Rig } from "./scenario.js"

export interface Mutant {
  readonly candidate: Candidate
  /** The list of scenarios that must find it. */
  readonly list: "scenarios" | "beyondMemory"
}

type Ordered = ReturnType<ModelSaver["_orderedWrites"]>

const broken = (name: string, Saver: new (disk: Disk) => ModelSaver): Candidate =>
  overDisk(name, (disk) => new Saver(disk))

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** The config with other words in it. */
const withPlace = (config: RunnableConfig, more: Readonly<Record<string, unknown>>): RunnableConfig => ({
  ...config,
  configurable: { ...config.configurable, ...more }
})

/** A saver that takes threads for the same whose names become the same. */
const renaming = (name: string, rename: (thread: string) => string): Candidate => {
  const renamed = (config: RunnableConfig): RunnableConfig => {
    const thread: unknown = config.configurable?.["thread_id"]
    return typeof thread === "string" ? withPlace(config, { thread_id: rename(thread) }) : config
  }
  return broken(
    name,
    class extends ModelSaver {
      override getTuple(config: RunnableConfig): Promise<CheckpointTuple | undefined> {
        return super.getTuple(renamed(config))
      }
      override list(
        config: RunnableConfig,
        options?: CheckpointListOptions
      ): AsyncGenerator<CheckpointTuple> {
        return super.list(renamed(config), options)
      }
      override put(
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        versions: ChannelVersions
      ): Promise<RunnableConfig> {
        return super.put(renamed(config), checkpoint, metadata, versions)
      }
      override putWrites(
        config: RunnableConfig,
        writes: Array<PendingWrite>,
        task: string,
        path?: string
      ): Promise<void> {
        return super.putWrites(renamed(config), writes, task, path)
      }
      override deleteThread(thread: string): Promise<void> {
        return super.deleteThread(rename(thread))
      }
    }
  )
}

/** A saver whose tuples are changed on their way out. */
const answering = (
  name: string,
  change: (tuple: CheckpointTuple, saver: ModelSaver) => CheckpointTuple | Promise<CheckpointTuple>
): Candidate =>
  broken(
    name,
    class extends ModelSaver {
      override async getTuple(config: RunnableConfig): Promise<CheckpointTuple | undefined> {
        const tuple = await super.getTuple(config)
        return tuple === undefined ? undefined : change(tuple, this)
      }
      override async *list(
        config: RunnableConfig,
        options?: CheckpointListOptions
      ): AsyncGenerator<CheckpointTuple> {
        for await (const tuple of super.list(config, options)) yield change(tuple, this)
      }
    }
  )

/** A saver whose lists are others than were asked for. */
const listing = (
  name: string,
  change: (
    config: RunnableConfig,
    options: CheckpointListOptions,
    list: (config: RunnableConfig, options: CheckpointListOptions) => Promise<Array<CheckpointTuple>>
  ) => Promise<Array<CheckpointTuple>>
): Candidate =>
  broken(
    name,
    class extends ModelSaver {
      override async *list(
        config: RunnableConfig,
        options: CheckpointListOptions = {}
      ): AsyncGenerator<CheckpointTuple> {
        yield* await change(config, options, (...args) => gather(super.list(...args)))
      }
    }
  )

/** A saver that puts something else than it was given. */
const putting = (
  name: string,
  change: (given: {
    readonly config: RunnableConfig
    readonly checkpoint: Checkpoint
    readonly metadata: CheckpointMetadata
    readonly versions: ChannelVersions
    readonly saver: ModelSaver
  }) => Partial<{
    config: RunnableConfig
    checkpoint: Checkpoint
    metadata: CheckpointMetadata
    versions: ChannelVersions
  }>
): Candidate =>
  broken(
    name,
    class extends ModelSaver {
      override put(
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        versions: ChannelVersions
      ): Promise<RunnableConfig> {
        const given = { config, checkpoint, metadata, versions }
        const put = { ...given, ...change({ ...given, saver: this }) }
        return super.put(put.config, put.checkpoint, put.metadata, put.versions)
      }
    }
  )

/** A saver whose writes are sorted otherwise. */
const sorting = (name: string, compare: (a: Ordered[number], b: Ordered[number]) => number): Candidate =>
  broken(
    name,
    class extends ModelSaver {
      override _orderedWrites(...place: Parameters<ModelSaver["_orderedWrites"]>): Ordered {
        return super._orderedWrites(...place).sort(compare)
      }
    }
  )

/** A saver that writes something else, or nothing. */
const writing = (
  name: string,
  change: (
    writes: Array<PendingWrite>,
    config: RunnableConfig,
    saver: ModelSaver,
    task: string
  ) => Array<PendingWrite> | undefined
): Candidate =>
  broken(
    name,
    class extends ModelSaver {
      override async putWrites(
        config: RunnableConfig,
        writes: Array<PendingWrite>,
        task: string,
        path?: string
      ): Promise<void> {
        const changed = change(writes, config, this, task)
        if (changed !== undefined) await super.putWrites(config, changed, task, path)
      }
    }
  )

/** A saver of another serializer. */
const serializing = (name: string, serde: SerializerProtocol): Candidate =>
  broken(
    name,
    class extends ModelSaver {
      override serde = serde
    }
  )

/** A saver that finds less when it is opened again. */
const forgetting = (name: string, forget: (disk: Disk) => Disk): Candidate => {
  let last = emptyDisk()
  const inner = overDisk(name, (disk) => {
    last = disk
    return new ModelSaver(disk)
  })
  return {
    name,
    rig: async () => {
      const rig: Rig & { readonly close: () => Promise<void> } = await inner.rig()
      return { ...rig, reopen: async () => new ModelSaver((last = forget(last))) }
    }
  }
}

const text = (compare: (a: string, b: string) => number) => (a: Ordered[number], b: Ordered[number]) =>
  compare(a[2][3] ?? "", b[2][3] ?? "") || compare(a[0], b[0]) || a[1] - b[1]
const byUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** The exact serializer but for one kind of value, which becomes what `change` makes of it. */
const but = (change: (value: unknown) => unknown): SerializerProtocol => {
  const exact = new ExactSerde()
  const walk = (value: unknown): unknown => {
    const changed = change(value)
    if (!Object.is(changed, value)) return changed
    if (Array.isArray(value)) return value.map(walk)
    const plain =
      typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype
    return plain ? Object.fromEntries(Object.entries(value).map(([key, field]) => [key, walk(field)])) : value
  }
  return {
    dumpsTyped: (value: unknown) => exact.dumpsTyped(walk(value)),
    loadsTyped: (type, data) => exact.loadsTyped(type, data)
  }
}

/** A number at which a saver is called for the n-th time. */
const order = new WeakMap<Disk, Map<string, number>>()
const arrived = (disk: Disk): Map<string, number> => {
  const all = order.get(disk) ?? new Map<string, number>()
  order.set(disk, all)
  return all
}
const idOf = ({ config }: CheckpointTuple): string => placeOf(config).id ?? ""

const contract: ReadonlyArray<Candidate> = [
  forgetting("forgets everything when it is opened again", emptyDisk),
  forgetting("forgets the writes when it is opened again", (disk) => ({
    ...disk,
    writes: emptyDisk().writes
  })),
  broken(
    "leaves the subgraphs of a thread that it deletes",
    class extends ModelSaver {
      override async deleteThread(thread: string): Promise<void> {
        delete this.storage[thread]?.[""]
        for (const key of Object.keys(this.writes)) {
          if (key.startsWith(JSON.stringify([thread, ""]).slice(0, -1))) delete this.writes[key]
        }
      }
    }
  ),
  broken(
    "leaves the writes of a thread that it deletes",
    class extends ModelSaver {
      override async deleteThread(thread: string): Promise<void> {
        delete this.storage[thread]
      }
    }
  ),
  broken(
    "deletes every thread whose name fits a pattern",
    class extends ModelSaver {
      override async deleteThread(thread: string): Promise<void> {
        const escaped = thread.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
        const pattern = new RegExp(`^${escaped.replaceAll("%", ".*").replaceAll("_", ".")}$`, "s")
        for (const name of Object.keys(this.storage)) if (pattern.test(name)) await super.deleteThread(name)
      }
    }
  ),
  (() => {
    const blobs = new WeakMap<Disk, Map<string, unknown>>()
    return putting("keeps the first value of a version of a channel for all branches", (given) => {
      const known = blobs.get(given.saver.disk) ?? new Map<string, unknown>()
      blobs.set(given.saver.disk, known)
      const { space, thread } = placeOf(given.config)
      const values = Object.entries(given.checkpoint.channel_values).map(([channel, value]) => {
        const key = JSON.stringify([thread, space, channel, given.checkpoint.channel_versions[channel]])
        if (!known.has(key)) known.set(key, structuredCloneOr(value))
        return [channel, known.get(key)]
      })
      return { checkpoint: { ...given.checkpoint, channel_values: Object.fromEntries(values) } }
    })
  })(),
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
  sorting("gives writes back in the order in which they came", () => 0),
  sorting("sorts writes by their task only", (a, b) =>
    compareWritesSortKeys(writesSortKey("", a[0], a[1]), writesSortKey("", b[0], b[1]))
  ),
  sorting(
    "sorts writes by their path only",
    (a, b) => byUnit(a[2][3] ?? "", b[2][3] ?? "") || byUnit(b[0], a[0]) || a[1] - b[1]
  ),
  sorting("sorts writes as UTF-16", text(byUnit)),
  sorting(
    "sorts writes as a language does",
    text((a, b) => a.localeCompare(b))
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
    const name = "lists in the order in which checkpoints were put"
    return broken(
      name,
      class extends ModelSaver {
        override async put(...args: Parameters<ModelSaver["put"]>): Promise<RunnableConfig> {
          const put = await super.put(...args)
          const all = arrived(this.disk)
          all.set(args[1].id, all.get(args[1].id) ?? all.size)
          return put
        }
        override async *list(...args: Parameters<ModelSaver["list"]>): AsyncGenerator<CheckpointTuple> {
          const all = arrived(this.disk)
          const at = (tuple: CheckpointTuple): number => all.get(idOf(tuple)) ?? 0
          yield* (await gather(super.list(...args))).sort((a, b) => at(b) - at(a))
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
  })(),
  answering("tells no parents", ({ parentConfig: _parent, ...tuple }) => tuple),
  putting("takes the latest checkpoint for the parent", ({ config, saver }) => {
    const { id, space, thread } = placeOf(config)
    const latest = Object.keys(saver.storage[thread]?.[space] ?? {})
      .sort()
      .at(-1)
    return id === undefined ? {} : { config: withPlace(config, { checkpoint_id: latest }) }
  }),
  putting("drops what did not change", ({ checkpoint, versions }) => ({
    checkpoint: {
      ...checkpoint,
      channel_values: Object.fromEntries(
        Object.entries(checkpoint.channel_values).filter(([channel]) => channel in versions)
      )
    },
    versions: checkpoint.channel_versions
  })),
  putting("does not look at what is new", ({ checkpoint }) => ({
    versions: Object.fromEntries(Object.keys(checkpoint.channel_values).map((channel) => [channel, 1]))
  })),
  broken(
    "carries on what was emptied",
    class extends ModelSaver {
      override async put(...args: Parameters<ModelSaver["put"]>): Promise<RunnableConfig> {
        const [config, checkpoint, metadata, versions = {}] = args
        const parent = placeOf(config).id === undefined ? undefined : await this.get(config)
        const carried = { ...parent?.channel_values, ...checkpoint.channel_values }
        const emptied = Object.keys(carried).filter((channel) => !(channel in checkpoint.channel_values))
        const all = { ...versions, ...Object.fromEntries(emptied.map((channel) => [channel, 1])) }
        return super.put(config, { ...checkpoint, channel_values: carried }, metadata, all)
      }
    }
  ),
  putting("drops the values of a copy", ({ checkpoint, metadata }) =>
    metadata.source === "fork" ? { checkpoint: { ...checkpoint, channel_values: {} } } : {}
  ),
  broken(
    "keeps the metadata of the first put of an id",
    class extends ModelSaver {
      override async put(...args: Parameters<ModelSaver["put"]>): Promise<RunnableConfig> {
        const [config, checkpoint, metadata, versions] = args
        const before = await this.getTuple(withPlace(config, { checkpoint_id: checkpoint.id }))
        return super.put(config, checkpoint, before?.metadata ?? metadata, versions)
      }
    }
  ),
  broken(
    "keeps the first put of an id",
    class extends ModelSaver {
      override async put(...args: Parameters<ModelSaver["put"]>): Promise<RunnableConfig> {
        const there = withPlace(args[0], { checkpoint_id: args[1].id })
        return (await this.getTuple(there))?.config ?? super.put(...args)
      }
    }
  ),
  broken(
    "keeps only the latest checkpoint",
    class extends ModelSaver {
      override async put(...args: Parameters<ModelSaver["put"]>): Promise<RunnableConfig> {
        const put = await super.put(...args)
        const { space, thread } = placeOf(args[0])
        const there = this.storage[thread]?.[space] ?? {}
        for (const id of Object.keys(there).sort().slice(0, -1)) delete there[id]
        return put
      }
    }
  ),
  (() => {
    const tuples = new WeakMap<Disk, Map<string, CheckpointTuple>>()
    return answering("answers with the object that it answered with before", (tuple, { disk }) => {
      const all = tuples.get(disk) ?? new Map<string, CheckpointTuple>()
      tuples.set(disk, all)
      const { id, space, thread } = placeOf(tuple.config)
      const key = JSON.stringify([thread, space, id, tuple.metadata, tuple.pendingWrites])
      const known = all.get(key)
      if (known === undefined) all.set(key, tuple)
      return known ?? tuple
    })
  })(),
  (() => {
    const given = new WeakMap<Disk, Map<string, Checkpoint>>()
    return broken(
      "keeps the objects that it was given",
      class extends ModelSaver {
        override async put(...args: Parameters<ModelSaver["put"]>): Promise<RunnableConfig> {
          const all = given.get(this.disk) ?? new Map<string, Checkpoint>()
          given.set(this.disk, all.set(args[1].id, args[1]))
          return super.put(...args)
        }
        override async getTuple(config: RunnableConfig): Promise<CheckpointTuple | undefined> {
          const tuple = await super.getTuple(config)
          const checkpoint = tuple === undefined ? undefined : given.get(this.disk)?.get(idOf(tuple))
          return tuple === undefined || checkpoint === undefined ? tuple : { ...tuple, checkpoint }
        }
      }
    )
  })(),
  answering("gives versions back as texts", (tuple) => ({
    ...tuple,
    checkpoint: {
      ...tuple.checkpoint,
      channel_versions: Object.fromEntries(
        Object.entries(tuple.checkpoint.channel_versions).map(([channel, version]) => [channel, `${version}`])
      )
    }
  })),
  answering("forgets which versions were seen", (tuple) => ({
    ...tuple,
    checkpoint: { ...tuple.checkpoint, versions_seen: {} }
  })),
  answering("gives messages back as data", (tuple) => ({
    ...tuple,
    checkpoint: {
      ...tuple.checkpoint,
      channel_values: Object.fromEntries(
        Object.entries(tuple.checkpoint.channel_values).map(([channel, value]) => [
          channel,
          channel === "messages" && Array.isArray(value) ? JSON.parse(JSON.stringify(value)) : value
        ])
      )
    }
  })),
  broken(
    "looks for no value in the history of a delta channel",
    class extends ModelSaver {
      override async getDeltaChannelHistory(
        ...args: Parameters<ModelSaver["getDeltaChannelHistory"]>
      ): Promise<Record<string, DeltaChannelHistory>> {
        const history = await super.getDeltaChannelHistory(...args)
        return Object.fromEntries(
          Object.entries(history).map(([channel, { writes }]) => [channel, { writes }])
        )
      }
    }
  ),
  broken(
    "collects the history of a delta channel from all branches",
    class extends ModelSaver {
      override async getDeltaChannelHistory({
        channels,
        config
      }: Parameters<ModelSaver["getDeltaChannelHistory"]>[0]): Promise<Record<string, DeltaChannelHistory>> {
        const { space, thread } = placeOf(config)
        const from = await this.getTuple(config)
        const root = withPlace({}, { thread_id: thread, checkpoint_ns: space })
        const before = from === undefined ? [] : await gather(this.list(root, { before: from.config }))
        const history: Record<string, DeltaChannelHistory> = {}
        for (const channel of channels) {
          const found: DeltaChannelHistory = { writes: [] }
          for (const { checkpoint, pendingWrites = [] } of before) {
            found.writes.unshift(...pendingWrites.filter((write) => write[1] === channel))
            if (!(channel in checkpoint.channel_values)) continue
            found.seed = checkpoint.channel_values[channel]
            break
          }
          history[channel] = found
        }
        return history
      }
    }
  ),
  broken(
    "counts what is pending to the history of a delta channel",
    class extends ModelSaver {
      override async getDeltaChannelHistory(
        ...args: Parameters<ModelSaver["getDeltaChannelHistory"]>
      ): Promise<Record<string, DeltaChannelHistory>> {
        const history = await super.getDeltaChannelHistory(...args)
        const { pendingWrites = [] } = (await this.getTuple(args[0].config)) ?? {}
        for (const [channel, { writes }] of Object.entries(history)) {
          writes.push(...pendingWrites.filter((write) => write[1] === channel))
        }
        return history
      }
    }
  ),
  broken(
    "answers with the latest for an id that is not there",
    class extends ModelSaver {
      override async getTuple(config: RunnableConfig): Promise<CheckpointTuple | undefined> {
        const { checkpoint_id: _id, thread_ts: _ts, ...rest } = config.configurable ?? {}
        return (await super.getTuple(config)) ?? super.getTuple({ configurable: rest })
      }
    }
  ),
  broken(
    "does not know the older name of an id",
    class extends ModelSaver {
      override getTuple(config: RunnableConfig): Promise<CheckpointTuple | undefined> {
        return super.getTuple(withPlace(config, { thread_ts: undefined }))
      }
    }
  ),
  broken(
    "throws where it has no thread to look for",
    class extends ModelSaver {
      override async getTuple(config: RunnableConfig): Promise<CheckpointTuple | undefined> {
        if (config.configurable?.["thread_id"] === undefined) throw new Error("no thread")
        return super.getTuple(config)
      }
    }
  ),
  putting("puts without a thread", ({ config }) =>
    config.configurable?.["thread_id"] === undefined
      ? { config: withPlace(config, { thread_id: "none" }) }
      : {}
  ),
  putting("keeps the config among the metadata", ({ config, metadata }) => {
    const own = Object.entries(config.configurable ?? {}).filter(([, value]) => typeof value !== "function")
    return { metadata: { ...Object.fromEntries(own), ...metadata } }
  }),
  broken(
    "answers a put with the whole config",
    class extends ModelSaver {
      override async put(...args: Parameters<ModelSaver["put"]>): Promise<RunnableConfig> {
        return withPlace(args[0], (await super.put(...args)).configurable ?? {})
      }
    }
  ),
  broken(
    "shows its storage in JSON",
    class extends ModelSaver {
      override toJSON(): string {
        return JSON.stringify(this.storage)
      }
    }
  ),
  answering("does not find the sends of an old checkpoint", (tuple) => {
    const { [TASKS]: _sends, ...values } = tuple.checkpoint.channel_values
    return { ...tuple, checkpoint: { ...tuple.checkpoint, channel_values: values } }
  }),
  broken(
    "loses one of two puts into a thread at the same moment",
    class extends ModelSaver {
      override async put(...args: Parameters<ModelSaver["put"]>): Promise<RunnableConfig> {
        const { space, thread } = placeOf(args[0])
        const before = { ...this.storage[thread]?.[space] }
        const put = await super.put(...args)
        const row = this.storage[thread]?.[space]?.[args[1].id]
        await turn()
        const there = this.storage[thread]
        if (row !== undefined && there !== undefined) there[space] = { ...before, [args[1].id]: row }
        return put
      }
    }
  ),
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
  ),
  renaming("takes great and small letters for the same", (thread) => thread.toLowerCase()),
  renaming("takes names for the same that only end in another space", (thread) => thread.trimEnd() || "x"),
  renaming("takes names for the same that look the same", (thread) => thread.normalize("NFC")),
  renaming("cuts long names and all from a NUL on", (thread) => thread.replace(/\0.*/s, "") || "x"),
  renaming("takes halves of pairs for the same", (thread) => thread.toWellFormed()),
  serializing(
    "makes null of undefined",
    but((value) => (value === undefined ? null : value))
  ),
  serializing(
    "drops NUL from texts",
    but((value) => (typeof value === "string" ? value.replaceAll("\0", "") : value))
  )
]

const structuredCloneOr = (value: unknown): unknown => {
  try {
    const copy: unknown = structuredClone(value)
    // A class of LangChain would come back without its methods.
    return JSON.stringify(value)?.includes('"lc":1') === true ? value : copy
  } catch {
    return value
  }
}

/** Makes whatever a row says. */
class Reviving extends ExactSerde {
  override async loadsTyped(type: string, data: Uint8Array | string): Promise<unknown> {
    const revive = async (value: unknown): Promise<unknown> => {
      if (Array.isArray(value)) return Promise.all(value.map(revive))
      if (typeof value !== "object" || value === null) return value
      if (Object.getPrototypeOf(value) !== Object.prototype) return value
      if ("lc" in value && value.lc === 1 && "type" in value && value.type === "constructor") {
        return load(JSON.stringify(value)).catch(() => value)
      }
      const entries = Object.entries(value).map(async ([key, field]) => [key, await revive(field)])
      return Object.fromEntries(await Promise.all(entries))
    }
    return revive(await super.loadsTyped(type, data))
  }
}

/** Refuses nothing: what cannot be kept becomes a text that says so. */
class Forgiving extends ExactSerde {
  override dumpsTyped(value: unknown): Promise<[string, Uint8Array]> {
    return super.dumpsTyped(value).catch(() => super.dumpsTyped("[unable to serialize]"))
  }
}

const beyond: ReadonlyArray<Candidate> = [
  serializing("serializes as LangGraph does", new JsonPlusSerializer()),
  serializing(
    "makes texts of bigints",
    but((value) => (typeof value === "bigint" ? `${value}` : value))
  ),
  serializing(
    "makes texts of dates",
    but((value) => (value instanceof Date ? value.toJSON() : value))
  ),
  serializing(
    "loses the sign of zero",
    but((value) => (Object.is(value, -0) ? 0 : value))
  ),
  serializing(
    "makes null of NaN",
    but((value) => (Number.isNaN(value) ? null : value))
  ),
  serializing(
    "keeps of an error what it says only",
    but((value) => (value instanceof Error && value.constructor !== Error ? new Error(value.message) : value))
  ),
  serializing(
    "makes bytes of all typed arrays",
    but((value) => (ArrayBuffer.isView(value) ? new Uint8Array(value.buffer.slice(0)) : value))
  ),
  serializing(
    "reads bytes as text",
    but((value) =>
      value instanceof Uint8Array ? new TextEncoder().encode(new TextDecoder().decode(value)) : value
    )
  ),
  serializing(
    "makes an object of a map",
    but((value) => (value instanceof Map ? Object.fromEntries(value) : value))
  ),
  serializing("makes what a row says, whatever it is", new Reviving()),
  serializing("puts a text in the place of what it cannot keep", new Forgiving()),
  serializing(
    "drops functions",
    but((value) => (typeof value === "function" ? undefined : value))
  ),
  broken(
    "writes half of what it then refuses",
    class extends ModelSaver {
      override async putWrites(
        config: RunnableConfig,
        writes: Array<PendingWrite>,
        task: string,
        path?: string
      ): Promise<void> {
        const good = writes.slice(0, 1)
        const kept = await Promise.all(
          good.map(([, value]) =>
            this.serde.dumpsTyped(value).then(
              () => true,
              () => false
            )
          )
        )
        if (kept[0] === true && writes.length > 1) await super.putWrites(config, good, task, path)
        await super.putWrites(config, writes, task, path)
      }
    }
  ),
  broken(
    "brings a deleted thread back for who comes too late",
    class extends ModelSaver {
      override async deleteThread(thread: string): Promise<void> {
        await super.deleteThread(thread)
        this.disk.deleted.clear()
        this.disk.gone.clear()
      }
    }
  ),
  broken(
    "forgets that a thread was deleted when its name is taken again",
    class extends ModelSaver {
      override async put(...args: Parameters<ModelSaver["put"]>): Promise<RunnableConfig> {
        const { id, thread } = placeOf(args[0])
        if (id === undefined) this.disk.deleted.delete(thread)
        return super.put(...args)
      }
    }
  ),
  broken(
    "prunes what a delta channel is made of",
    class extends ModelSaver {
      override async prune(...args: Parameters<ModelSaver["prune"]>): Promise<void> {
        await super.prune(...args)
        for (const key of this.disk.hidden) {
          const [thread = "", space = "", id = ""]: ReadonlyArray<string> = JSON.parse(key)
          delete this.storage[thread]?.[space]?.[id]
        }
      }
    }
  ),
  broken(
    "prunes the writes of the checkpoint that stays",
    class extends ModelSaver {
      override async prune(...args: Parameters<ModelSaver["prune"]>): Promise<void> {
        await super.prune(...args)
        for (const key of Object.keys(this.writes)) if (!this.disk.hidden.has(key)) delete this.writes[key]
      }
    }
  ),
  broken(
    "prunes all namespaces but that of the latest checkpoint",
    class extends ModelSaver {
      override async prune(...args: Parameters<ModelSaver["prune"]>): Promise<void> {
        await super.prune(...args)
        for (const thread of args[0]) {
          const spaces = Object.keys(this.storage[thread] ?? {})
          for (const space of spaces) if (space !== "") delete this.storage[thread]?.[space]
        }
      }
    }
  ),
  broken(
    "prunes every thread",
    class extends ModelSaver {
      override prune(...[, options]: Parameters<ModelSaver["prune"]>): Promise<void> {
        return super.prune(Object.keys(this.storage), options)
      }
    }
  ),
  broken(
    "prunes nothing",
    class extends ModelSaver {
      override async prune(): Promise<void> {}
    }
  ),
  broken(
    "copies a thread without what is pending",
    class extends ModelSaver {
      override async copyThread(source: string, target: string): Promise<void> {
        await super.copyThread(source, target)
        for (const key of Object.keys(this.writes)) {
          if (key.startsWith(JSON.stringify([target]).slice(0, -1))) delete this.writes[key]
        }
      }
    }
  ),
  broken(
    "copies the root of a thread only",
    class extends ModelSaver {
      override async copyThread(source: string, target: string): Promise<void> {
        await super.copyThread(source, target)
        for (const space of Object.keys(this.storage[target] ?? {})) {
          if (space !== "") delete this.storage[target]?.[space]
        }
      }
    }
  ),
  broken(
    "copies a thread as another name of it",
    class extends ModelSaver {
      override async copyThread(source: string, target: string): Promise<void> {
        await super.copyThread(source, target)
        const shared = this.storage[source]
        if (shared !== undefined) this.storage[target] = shared
      }
    }
  ),
  broken(
    "deletes the threads of a run",
    class extends ModelSaver {
      override async deleteForRuns(runs: ReadonlyArray<string>): Promise<void> {
        for (const [key, run] of this.disk.runs) {
          const [thread = ""]: ReadonlyArray<string> = JSON.parse(key)
          if (runs.includes(run)) await this.deleteThread(thread)
        }
      }
    }
  ),
  broken(
    "deletes a run in one thread only",
    class extends ModelSaver {
      override async deleteForRuns(runs: ReadonlyArray<string>): Promise<void> {
        const [first] = [...this.disk.runs].filter(([, run]) => runs.includes(run)).map(([key]) => key)
        const kept = [...this.disk.runs].filter(
          ([key]) => first === undefined || key.split(",")[0] !== first.split(",")[0]
        )
        for (const [key] of kept) this.disk.runs.delete(key)
        await super.deleteForRuns(runs)
        for (const [key, run] of kept) this.disk.runs.set(key, run)
      }
    }
  ),
  broken(
    "leaves the writes of a run that it deletes",
    class extends ModelSaver {
      override async deleteForRuns(runs: ReadonlyArray<string>): Promise<void> {
        const before = { ...this.writes }
        await super.deleteForRuns(runs)
        Object.assign(this.writes, before)
      }
    }
  )
]

export const mutants: ReadonlyArray<Mutant> = [
  ...contract.map((candidate): Mutant => ({ candidate, list: "scenarios" })),
  ...beyond.map((candidate): Mutant => ({ candidate, list: "beyondMemory" }))
]
