import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { cutBytes, cutHashes, cutList, cutText } from "../../src/runs/cut.js"
import { words } from "./words.js"

type Page = string | Uint8Array
const keyOf = (page: Page): string => (typeof page === "string" ? page : Buffer.from(page).toString("latin1"))

/** Pages that were not there before. */
const changed = (before: ReadonlyArray<Page>, after: ReadonlyArray<Page>): number => {
  const known = new Set(before.map(keyOf))
  return after.filter((page) => !known.has(keyOf(page))).length
}

/** The most pages, and the mean of them, that a change at each of these places makes anew. */
const costs = (places: ReadonlyArray<number>, cost: (place: number) => number) => {
  const all = places.map(cost)
  return { most: Math.max(...all), mean: all.reduce((sum, each) => sum + each, 0) / all.length }
}

const kilobyte = 1000
const elements = Array.from({ length: 1000 }, (_, at) => JSON.stringify(words(at, kilobyte)))
const places = Array.from({ length: 200 }, (_, at) => 1 + at * 4)

describe("a list in pages", () => {
  it("is the list again when they are joined", () => {
    const element = FastCheck.oneof(
      FastCheck.json(),
      FastCheck.nat(20_000).map((length) => `"${"x".repeat(length)}"`)
    )
    FastCheck.assert(
      FastCheck.property(FastCheck.array(element, { maxLength: 60 }), (list) => {
        const pages = cutList(list)
        assert.strictEqual(pages.join(","), list.join(","))
        for (const page of pages) assert.doesNotThrow(() => void JSON.parse(`[${page}]`))
      })
    )
  })

  it("has none for an empty list, and few for a long one", () => {
    assert.deepStrictEqual(cutList([]), [])
    const pages = cutList(elements)
    assert.isAbove(pages.length, 100)
    assert.isBelow(pages.length, 600)
    assert.isBelow(cutList(Array.from({ length: 100_000 }, () => "0")).length, 1000)
  })

  it("changes two pages at most when an element is appended", () => {
    const lengths = [1, 2, 3, 10, 100, 333, 997, 998, 999]
    const cost = (length: number) =>
      changed(cutList(elements.slice(0, length)), cutList(elements.slice(0, length + 1)))
    assert.isAtMost(costs(lengths, cost).most, 1)
  })

  it("changes few pages when an element is edited, taken out or put in", () => {
    const before = cutList(elements)
    const edited = costs(places, (at) =>
      changed(before, cutList(elements.with(at, JSON.stringify(words(-at, kilobyte)))))
    )
    const removed = costs(places, (at) => changed(before, cutList(elements.toSpliced(at, 1))))
    const added = costs(places, (at) =>
      changed(before, cutList(elements.toSpliced(at, 0, JSON.stringify(words(-at, kilobyte)))))
    )
    for (const { mean, most } of [edited, removed, added]) {
      assert.isAtMost(mean, 2)
      assert.isAtMost(most, 8)
    }
  })

  it("changes few pages of elements that differ in a few characters", () => {
    const alike = Array.from({ length: 1000 }, (_, at) =>
      JSON.stringify({ text: "-".repeat(950), id: `message ${at}` })
    )
    const before = cutList(alike)
    const { mean } = costs(places, (at) => changed(before, cutList(alike.toSpliced(at, 1))))
    assert.isAtMost(mean, 4)
  })
})

describe("a text in pages", () => {
  const whole = elements.join("\n")
  const inside = places.map((at) => at * 1000 + 7)

  it("is the text again when they are joined, well formed if it is", () => {
    const text = FastCheck.oneof(
      FastCheck.string({ unit: "binary", maxLength: 200 }).map((part) => part.repeat(400)),
      FastCheck.array(FastCheck.constantFrom("\ud83d\ude00", "a", "\u{10ffff}"), {
        minLength: 20_000,
        maxLength: 40_000
      }).map((units) => units.join("")),
      FastCheck.array(FastCheck.nat(0xffff), { maxLength: 300 }).map((units) =>
        String.fromCharCode(...units).repeat(100)
      )
    )
    FastCheck.assert(
      FastCheck.property(text, (it) => {
        const pages = cutText(it)
        assert.isTrue(pages.join("") === it)
        if (it.isWellFormed()) assert.isTrue(pages.every((page) => page.isWellFormed()))
        assert.isTrue(it === "" || pages.every((page) => page !== ""))
      }),
      { numRuns: 50 }
    )
  })

  it("changes two pages at most when text is appended", () => {
    const { most } = costs(inside, (at) =>
      changed(cutText(whole.slice(0, at)), cutText(whole.slice(0, at + kilobyte)))
    )
    assert.isAtMost(most, 2)
  })

  it("changes few pages when it is edited, cut or grown inside", () => {
    const before = cutText(whole)
    const edited = costs(inside, (at) =>
      changed(before, cutText(`${whole.slice(0, at)}#${whole.slice(at + 1)}`))
    )
    const removed = costs(inside, (at) =>
      changed(before, cutText(whole.slice(0, at) + whole.slice(at + kilobyte)))
    )
    const added = costs(inside, (at) =>
      changed(before, cutText(whole.slice(0, at) + words(-at, kilobyte) + whole.slice(at)))
    )
    for (const { mean, most } of [edited, removed, added]) {
      assert.isAtMost(mean, 3)
      assert.isAtMost(most, 12)
    }
  })

  it("never has a page that is much longer than the others", () => {
    for (const odd of [whole, "a".repeat(1_000_000), "ab".repeat(500_000), "\ud83d\ude00".repeat(500_000)]) {
      for (const page of cutText(odd)) assert.isAtMost(page.length, 16_385)
    }
  })
})

describe("bytes in pages", () => {
  it("are the bytes again when they are joined", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.uint8Array({ maxLength: 500 }), FastCheck.nat(300), (part, times) => {
        const whole = Buffer.concat(Array.from({ length: times }, () => part))
        assert.isTrue(Buffer.concat(cutBytes(whole)).equals(whole))
      }),
      { numRuns: 50 }
    )
  })

  it("change few pages when they are edited", () => {
    const whole = Buffer.from(elements.join("\n"))
    const before = cutBytes(whole)
    const { mean } = costs(places.slice(0, 50), (at) => {
      const edited = Buffer.from(whole)
      edited[at * kilobyte] = 0
      return changed(before, cutBytes(edited))
    })
    assert.isAtMost(mean, 3)
  })
})

describe("the index above pages", () => {
  it("holds all hashes in order, in nodes of 4 to 64 except for the last", () => {
    const hash = FastCheck.uint8Array({ minLength: 32, maxLength: 32 })
    FastCheck.assert(
      FastCheck.property(FastCheck.array(hash, { maxLength: 300 }), (hashes) => {
        const nodes = cutHashes(hashes)
        assert.deepStrictEqual(nodes.flat(), hashes)
        for (const node of nodes.slice(0, -1)) assert.isTrue(node.length >= 4 && node.length <= 64)
      })
    )
  })
})
