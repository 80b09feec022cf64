import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { compareNames, isPackedUuid, packName, tombstone, unpackName } from "../../src/runs/packed.js"

/** Any string of JavaScript, ill-formed ones too, and what looks like a UUID without being one. */
const name = FastCheck.oneof(
  FastCheck.string({ unit: "binary" }),
  FastCheck.array(FastCheck.nat(0xffff)).map((units) => String.fromCharCode(...units)),
  FastCheck.uuid(),
  FastCheck.uuid().map((uuid) => uuid.toUpperCase()),
  FastCheck.uuid().map((uuid) => uuid.replaceAll("-", "")),
  FastCheck.constantFrom("", "\0", "\ud800", "\udc00\ud800", "\ufffd", "\u{10ffff}", "__proto__")
)

describe("a packed name", () => {
  it("is the name again when it is unpacked", () => {
    FastCheck.assert(
      FastCheck.property(name, (text) => assert.strictEqual(unpackName(packName(text)), text)),
      { numRuns: 2000 }
    )
  })

  it("is another one for every other name", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.uniqueArray(name, { minLength: 2, maxLength: 20 }), (names) => {
        const packed = new Set(names.map((text) => packName(text).toString("hex")))
        assert.strictEqual(packed.size, names.length)
      })
    )
  })

  it("takes 16 bytes for a UUID in lower case, and more for anything else", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.uuid(), (uuid) => {
        assert.isTrue(isPackedUuid(packName(uuid)))
        assert.isFalse(isPackedUuid(packName(uuid.replaceAll("-", ""))))
        assert.isFalse(isPackedUuid(packName(`${uuid.slice(1)}g`)))
      })
    )
  })

  it("is in the order of its text among UUIDs, and after all UUIDs if it is none", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.uuid(), FastCheck.uuid(), FastCheck.string(), (one, two, other) => {
        assert.strictEqual(Math.sign(Buffer.compare(packName(one), packName(two))), compareNames(one, two))
        assert.strictEqual(compareNames(one, two), one < two ? -1 : one > two ? 1 : 0)
        assert.isBelow(Buffer.compare(packName(one), packName(`${other}!`)), 0)
      })
    )
  })

  it("is in the order of names where both are no UUIDs", () => {
    const other = name.filter((text) => !isPackedUuid(packName(text)))
    FastCheck.assert(
      FastCheck.property(other, other, (one, two) => {
        assert.strictEqual(
          Math.sign(Buffer.compare(packName(one), packName(two))),
          Math.sign(compareNames(one, two))
        )
      }),
      { numRuns: 1000 }
    )
  })

  it("gives a name that packs to something else for bytes that are none", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.uint8Array({ maxLength: 40 }), (bytes) => {
        const packed = packName(unpackName(bytes))
        assert.strictEqual(packed.equals(bytes), isPackedUuid(bytes))
      })
    )
  })

  it("leaves of a deleted thread nothing to read", () => {
    assert.strictEqual(tombstone("secret").length, 32)
    assert.isFalse(tombstone("secret").includes("secret"))
    assert.isFalse(tombstone("a").equals(tombstone("b")))
  })
})
