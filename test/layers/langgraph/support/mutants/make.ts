/** Ways to break the model, by what a saver does: it puts, writes, sorts, lists, answers, opens. */
import type { RunnableConfig } from "@langchain/core/runnables"
import type {
  ChannelVersions,
  Checkpoint,
  CheckpointListOptions,
  CheckpointMetadata,
  CheckpointTuple,
  PendingWrite,
  SerializerProtocol
} from "@langchain/langgraph-checkpoint"
import { ExactSerde } from "../exactSerde.js"
import { type Disk, emptyDisk, ModelSaver, overDisk, placeOf } from "../model.js"
import { gather } from "../normalise.js"
import type { Candidate, Rig } from "../scenario.js"

export type Ordered = ReturnType<ModelSaver["_orderedWrites"]>

export const broken = (name: string, Saver: new (disk: Disk) => ModelSaver): Candidate =>
  overDisk(name, (disk) => new Saver(disk))

export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** The config with other words in it. */
export const withPlace = (
  config: RunnableConfig,
  more: Readonly<Record<string, unknown>>
): RunnableConfig => ({
  ...config,
  configurable: { ...config.configurable, ...more }
})

/** A saver that takes threads for the same whose names become the same. */
export const renaming = (name: string, rename: (thread: string) => string): Candidate => {
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
export const answering = (
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
export const listing = (
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
export const putting = (
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
export const sorting = (
  name: string,
  compare: (a: Ordered[number], b: Ordered[number]) => number
): Candidate =>
  broken(
    name,
    class extends ModelSaver {
      override _orderedWrites(...place: Parameters<ModelSaver["_orderedWrites"]>): Ordered {
        return super._orderedWrites(...place).sort(compare)
      }
    }
  )

/** A saver that writes something else, or nothing. */
export const writing = (
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
export const serializing = (name: string, serde: SerializerProtocol): Candidate =>
  broken(
    name,
    class extends ModelSaver {
      override serde = serde
    }
  )

/** A saver that finds less when it is opened again. */
export const forgetting = (name: string, forget: (disk: Disk) => Disk): Candidate => {
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

export const byTexts =
  (compare: (a: string, b: string) => number) => (a: Ordered[number], b: Ordered[number]) =>
    compare(a[2][3] ?? "", b[2][3] ?? "") || compare(a[0], b[0]) || a[1] - b[1]
export const byUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** The exact serializer but for one kind of value, which becomes what `change` makes of it. */
export const but = (change: (value: unknown) => unknown): SerializerProtocol => {
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

/** The place of each among all that came, from 0. */
export const arrivals = (): ((key: string) => number) => {
  const all = new Map<string, number>()
  return (key) => {
    const place = all.get(key) ?? all.size
    all.set(key, place)
    return place
  }
}
export const idOf = ({ config }: CheckpointTuple): string => placeOf(config).id ?? ""
