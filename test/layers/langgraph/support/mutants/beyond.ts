/** Savers that are wrong where MemorySaver is, or in what only ours can do. */
import { load } from "@langchain/core/load"
import type { RunnableConfig } from "@langchain/core/runnables"
import { JsonPlusSerializer, type PendingWrite } from "@langchain/langgraph-checkpoint"
import { ExactSerde } from "../exactSerde.js"
import { ModelSaver, placeOf } from "../model.js"
import type { Candidate } from "../scenario.js"
import { broken, but, serializing } from "./make.js"

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

export const beyond: ReadonlyArray<Candidate> = [
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
    "prunes what the checkpoint that stays has from others",
    class extends ModelSaver {
      override async prune(...args: Parameters<ModelSaver["prune"]>): Promise<void> {
        for (const thread of args[0]) {
          const tuple = await this.getTuple({ configurable: { thread_id: thread } })
          const parent = tuple?.parentConfig === undefined ? undefined : await this.get(tuple.parentConfig)
          if (tuple === undefined || parent === undefined) continue
          const { channel_values, channel_versions } = tuple.checkpoint
          const own = Object.entries(channel_values).filter(
            ([channel]) => channel_versions[channel] !== parent.channel_versions[channel]
          )
          const less = { ...tuple.checkpoint, channel_values: Object.fromEntries(own) }
          const [, values] = await this.serde.dumpsTyped(less)
          const row = this.storage[thread]?.[""]?.[tuple.checkpoint.id]
          if (row !== undefined) row[0] = values
        }
        await super.prune(...args)
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
