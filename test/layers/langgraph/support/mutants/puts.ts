/** Savers that keep, name or delete something wrong. */
import type { RunnableConfig } from "@langchain/core/runnables"
import {
  type Checkpoint,
  type CheckpointTuple,
  type DeltaChannelHistory,
  isDeltaSnapshot,
  TASKS
} from "@langchain/langgraph-checkpoint"
import { ExactSerde } from "../exactSerde.js"
import { type Disk, emptyDisk, ModelSaver, placeOf } from "../model.js"
import { gather } from "../normalise.js"
import type { Candidate } from "../scenario.js"
import {
  answering,
  broken,
  but,
  forgetting,
  idOf,
  putting,
  renaming,
  serializing,
  turn,
  withPlace
} from "./make.js"

/** Puts the environment in the place of what looks like a secret. */
class Telling extends ExactSerde {
  override async loadsTyped(type: string, data: Uint8Array | string): Promise<unknown> {
    const tell = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(tell)
      if (typeof value !== "object" || value === null) return value
      if (Object.getPrototypeOf(value) !== Object.prototype) return value
      if ("type" in value && value.type === "secret" && "id" in value && Array.isArray(value.id)) {
        return process.env[String(value.id[0])] ?? value
      }
      return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, tell(field)]))
    }
    return tell(await super.loadsTyped(type, data))
  }
}

export const puts: ReadonlyArray<Candidate> = [
  forgetting("forgets everything when it is opened again", emptyDisk),
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
  putting("loses the snapshots of delta channels", ({ checkpoint }) => ({
    checkpoint: {
      ...checkpoint,
      channel_values: Object.fromEntries(
        Object.entries(checkpoint.channel_values).filter(([, value]) => !isDeltaSnapshot(value))
      )
    }
  })),
  broken(
    "takes threads of JavaScript's own names, and loses them",
    class extends ModelSaver {
      override async put(...args: Parameters<ModelSaver["put"]>): Promise<RunnableConfig> {
        const { thread } = placeOf(args[0])
        return thread === "__proto__" ? args[0] : super.put(...args)
      }
    }
  ),
  serializing("tells secrets of the environment", new Telling()),
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
