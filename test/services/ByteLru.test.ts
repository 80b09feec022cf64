import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { ByteLru } from "../../src/services/ByteLru.js"

const limit = 10
const key = FastCheck.constantFrom("a", "b", "c", "d")
const step = FastCheck.oneof(
  FastCheck.record({ do: FastCheck.constant("get" as const), key }),
  FastCheck.record({
    do: FastCheck.constant("set" as const),
    key,
    bytes: FastCheck.integer({ min: 0, max: 12 })
  }),
  FastCheck.record({ do: FastCheck.constant("delete" as const), key }),
  FastCheck.record({ do: FastCheck.constant("clear" as const) })
)

/** The same, as a list from the key used longest ago to the newest. */
class Model {
  entries: Array<{ readonly key: string; readonly value: number; readonly bytes: number }> = []
  without(key: string) {
    this.entries = this.entries.filter((entry) => entry.key !== key)
  }
  get(key: string): number | undefined {
    const found = this.entries.find((entry) => entry.key === key)
    if (found === undefined) return undefined
    this.without(key)
    this.entries.push(found)
    return found.value
  }
  set(key: string, value: number, bytes: number): void {
    this.without(key)
    if (bytes > limit) return
    this.entries.push({ key, value, bytes })
    while (this.bytes() > limit) this.entries.shift()
  }
  bytes(): number {
    return this.entries.reduce((sum, { bytes }) => sum + bytes, 0)
  }
}

describe("a map within a number of bytes", () => {
  it.prop("keeps what was used last", [FastCheck.array(step, { maxLength: 60 })], ([steps]) => {
    const lru = new ByteLru<number>(limit)
    const model = new Model()
    for (const [at, each] of steps.entries()) {
      switch (each.do) {
        case "get":
          assert.strictEqual(lru.get(each.key), model.get(each.key))
          break
        case "set":
          lru.set(each.key, at, each.bytes)
          model.set(each.key, at, each.bytes)
          break
        case "delete":
          lru.delete(each.key)
          model.without(each.key)
          break
        case "clear":
          lru.clear()
          model.entries = []
      }
      assert.deepStrictEqual([lru.size, lru.bytes], [model.entries.length, model.bytes()])
    }
    for (const { key: known, value } of [...model.entries]) assert.strictEqual(lru.get(known), value)
  })
})
