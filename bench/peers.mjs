/** Other caches, each at its documented settings, filled with the same entries. */
import { KeyvSqlite } from "@keyv/sqlite"
import { InMemoryCache } from "@langchain/core/caches"
import { Cacheable } from "cacheable"
import { ClassicLevel } from "classic-level"
import { Keyv } from "keyv"
import * as lmdb from "lmdb"
import { createRequire } from "node:module"
import { join } from "node:path"

const require = createRequire(import.meta.url)
const versionOf = (name) => {
  const entry = require.resolve(name)
  const folder = entry.slice(0, entry.lastIndexOf(`node_modules/${name}/`) + `node_modules/${name}`.length)
  return require(join(folder, "package.json")).version
}

export const versions = () =>
  Object.fromEntries(
    ["@keyv/sqlite", "@langchain/core", "cacheable", "classic-level", "keyv", "lmdb"].map((name) => [
      name,
      versionOf(name)
    ])
  )

export const openPeers = async (folder, entries) => {
  const sqlite = new Keyv({
    store: new KeyvSqlite({ uri: `sqlite://${join(folder, "keyv.db")}` })
  })
  const memory = new Keyv()
  const cacheable = new Cacheable()
  const store = lmdb.open({ path: join(folder, "lmdb"), encoding: "string" })
  const level = new ClassicLevel(join(folder, "level"))
  await level.open()
  const langchain = new InMemoryCache()
  const llm = JSON.stringify({ model: "gpt-5", temperature: 0 })
  for (const { body, key, prompt } of entries) {
    await sqlite.set(key, body)
    await memory.set(key, body)
    await cacheable.set(key, body)
    await store.put(key, body)
    await level.put(key, body)
    await langchain.update(prompt, llm, [{ text: body }])
  }
  const checked = (value, { body }) => {
    if (value !== body) throw new Error("A peer returned something else.")
  }
  const peers = [
    { name: "keyv + @keyv/sqlite", get: ({ key }) => sqlite.get(key), value: (found) => found },
    { name: "keyv, in memory", get: ({ key }) => memory.get(key), value: (found) => found },
    { name: "cacheable, in memory", get: ({ key }) => cacheable.get(key), value: (found) => found },
    { name: "lmdb", get: ({ key }) => store.get(key), value: (found) => found },
    { name: "classic-level, getSync", get: ({ key }) => level.getSync(key), value: (found) => found },
    {
      name: "LangChain InMemoryCache",
      get: ({ prompt }) => langchain.lookup(prompt, llm),
      value: (found) => found?.[0]?.text
    }
  ]
  for (const { get, value } of peers)
    for (const entry of entries.slice(0, 3)) checked(value(await get(entry)), entry)
  return {
    peers: peers.map(({ get, name }) => ({
      name,
      getAll: async (asked) => {
        for (const entry of asked) {
          const found = get(entry)
          if (found instanceof Promise) await found
        }
      }
    })),
    close: async () => {
      await sqlite.disconnect()
      await store.close()
      await level.close()
    }
  }
}
