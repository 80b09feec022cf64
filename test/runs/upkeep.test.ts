/** The small parts of upkeep, each by itself. */
import { assert, describe, it } from "vitest"
import { type Entry, kinds } from "../../src/runs/entry.js"
import { Naming } from "../../src/runs/Naming.js"
import { fromRanges, toRanges } from "../../src/runs/ranges.js"
import { hashOf, keyOf, Uses } from "../../src/runs/uses.js"

describe("ranges", () => {
  it("say which numbers they were made of", () => {
    const numbers = [1, 2, 4, 7, 8, 9, 11, 13, 14]
    assert.deepStrictEqual(toRanges(numbers), [[1, 2], 4, [7, 9], 11, [13, 14]])
    assert.deepStrictEqual(fromRanges(toRanges(numbers), 100), numbers)
    assert.deepStrictEqual(toRanges([]), [])
  })

  it("that somebody forged ask for no more than there is", () => {
    assert.deepStrictEqual(fromRanges([[-5, 1e300], "7", null, [1], { 0: 1 }], 3), [1, 2, 3])
    assert.deepStrictEqual(fromRanges("no list", 3), [])
  })
})

describe("uses", () => {
  it("free a chunk with its last user, and a node with what only it points to", () => {
    const uses = new Uses()
    for (const key of ["page", "node", "node", "other"]) uses.add(key)
    assert.isTrue(uses.isNew("node"))
    uses.open("node", ["page", "below"])
    uses.open("node", ["never"])
    assert.isFalse(uses.isNew("node"))
    assert.deepStrictEqual(uses.drop(["node"]), [])
    assert.deepStrictEqual([...uses.drop(["node", "unknown"])].sort(), ["below", "node"])
    assert.deepStrictEqual(uses.drop(["page", "other"]).toSorted(), ["other", "page"])
  })

  it("know hashes by keys of half their length", () => {
    const hash = Buffer.from(Array.from({ length: 32 }, (_, i) => i * 8))
    assert.strictEqual(keyOf(hash).length, 32)
    assert.isTrue(hash.equals(hashOf(keyOf(hash))))
  })
})

describe("names in a log", () => {
  const entry = (kind: number, id: string): Entry => ({
    n: 1,
    kind,
    id,
    parent: undefined,
    at: 0,
    gone: false,
    payload: undefined,
    digest: Buffer.alloc(32),
    chain: Buffer.alloc(32)
  })

  it("point to where the last entry says", () => {
    const naming = new Naming()
    naming.take(entry(kinds.checkpoint, "a"), { f: { branch: "main", name: "turn" } })
    naming.take(entry(kinds.checkpoint, "b"), { f: { branch: "main", name: 7 } })
    naming.take(entry(kinds.tag, "a"), { name: "kept" })
    naming.take(entry(kinds.branch, "a"), { name: "side" })
    naming.take(entry(kinds.branch, ""), { name: "side", dropped: true })
    naming.take(entry(kinds.note, "c"), { ancestry: [] })
    naming.take(entry(kinds.writes, "c"), { name: "no" })
    assert.deepStrictEqual(
      (["branch", "name", "tag"] as const).map((kind, i) =>
        naming.idOf({ kind, name: ["main", "turn", "kept"][i] ?? "" })
      ),
      ["b", "a", "a"]
    )
    assert.isUndefined(naming.idOf({ kind: "branch", name: "side" }))
    assert.deepStrictEqual(naming.missing([{ kind: "branch", name: "main", n: 2 }]), [
      "name turn",
      "tag kept"
    ])
  })
})
