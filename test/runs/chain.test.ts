import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { type Facts, genesis, type Head, link, payloadDigest } from "../../src/runs/chain.js"
import { packName } from "../../src/runs/packed.js"

const name = FastCheck.string({ maxLength: 8, unit: "binary" })
const packed = FastCheck.oneof(name, FastCheck.uuid()).map(packName)
const digest = FastCheck.uint8Array({ minLength: 32, maxLength: 32 })
const head: FastCheck.Arbitrary<Head> = FastCheck.record({ n: FastCheck.nat(2 ** 31), chain: digest })
const facts: FastCheck.Arbitrary<Facts> = FastCheck.record({
  kind: FastCheck.nat(8),
  id: packed,
  parent: FastCheck.option(packed),
  at: FastCheck.nat(2 ** 47)
})
const entry = FastCheck.record({ head, facts, digest })
type Entry = typeof entry extends FastCheck.Arbitrary<infer A> ? A : never

const linked = (it: Entry): string => Buffer.from(link(it.head, it.facts, it.digest).chain).toString("hex")

const flipped = (bytes: Uint8Array): Uint8Array => {
  const other = Uint8Array.from(bytes)
  other[other.length - 1] = (other.at(-1) ?? 0) ^ 1
  return other
}

describe("the chain", () => {
  it("links an entry otherwise when any of its facts is another", () => {
    FastCheck.assert(
      FastCheck.property(entry, (it) => {
        const { digest: content, facts: own, head: before } = it
        const others: ReadonlyArray<Entry> = [
          { ...it, head: { ...before, n: before.n + 1 } },
          { ...it, head: { ...before, chain: flipped(before.chain) } },
          { ...it, facts: { ...own, kind: own.kind + 1 } },
          { ...it, facts: { ...own, at: own.at + 1 } },
          { ...it, facts: { ...own, id: flipped(own.id) } },
          { ...it, facts: { ...own, parent: own.parent === null ? new Uint8Array(0) : null } },
          { ...it, facts: { ...own, parent: own.parent === null ? packName("p") : flipped(own.parent) } },
          // what moves from one fact into the next one
          { ...it, facts: { ...own, id: Buffer.concat([own.id, own.parent ?? packName("")]), parent: null } },
          { ...it, digest: flipped(content) }
        ]
        const links = new Set([it, ...others].map(linked))
        assert.strictEqual(links.size, others.length + 1)
        assert.strictEqual(link(before, own, content).n, before.n + 1)
      })
    )
  })

  it("begins otherwise for every namespace, thread and path", () => {
    const names = FastCheck.tuple(name, name, name)
    FastCheck.assert(
      FastCheck.property(
        FastCheck.uniqueArray(names, { minLength: 2, selector: (three) => JSON.stringify(three) }),
        (all) => {
          const begun = all.map((three) => Buffer.from(genesis(...three).chain).toString("hex"))
          assert.strictEqual(new Set(begun).size, all.length)
        }
      )
    )
    assert.notDeepEqual(genesis("a", "b", ""), genesis("ab", "", ""))
    assert.notDeepEqual(genesis("a", "", "b"), genesis("a", "b", ""))
  })

  it("tells metadata and body apart in the digest of a payload", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.uint8Array(), FastCheck.uint8Array({ minLength: 1 }), (meta, body) => {
        const whole = payloadDigest(meta, body)
        const moved = payloadDigest(Buffer.concat([meta, body.subarray(0, 1)]), body.subarray(1))
        assert.isFalse(whole.equals(moved))
        assert.isFalse(whole.equals(payloadDigest(meta, flipped(body))))
      })
    )
  })
})
