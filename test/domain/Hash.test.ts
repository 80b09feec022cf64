import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { BlockId } from "../../src/domain/Ids.js"
import { Hash, uuidOf } from "../../src/domain/Hash.js"

/** RFC 9562 §5.5, written from the text of the standard and not from our code. */
const uuid5 = (namespace: string, name: string): string => {
  const sha1 = createHash("sha1")
    .update(Buffer.from(namespace.replaceAll("-", ""), "hex"))
    .update(name, "utf8")
  const hex = [...sha1.digest("hex").slice(0, 32)]
  hex[12] = "5"
  hex[16] = ((Number.parseInt(hex[16] ?? "0", 16) & 0b0011) | 0b1000).toString(16)
  return hex.join("").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5")
}

const urlNamespace = "6ba7b811-9dad-11d1-80b4-00c04fd430c8"
const aegisNamespace = uuid5(urlNamespace, "aegis-prompt-cache")

describe("uuidOf", () => {
  it("has an oracle that meets the standard's own vector", () => {
    // RFC 9562 appendix A.4
    assert.strictEqual(
      uuid5("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "www.example.com"),
      "2ed6657d-e927-568b-95e1-2665a8aea6a2"
    )
  })

  it.prop(
    "is the UUIDv5 of kind and name",
    [FastCheck.string({ unit: "grapheme" }), FastCheck.string()],
    ([kind, name]) => {
      assert.strictEqual(uuidOf(kind, name), uuid5(aegisNamespace, `${kind}\n${name}`))
    }
  )

  it.prop("is version 5, variant 10, and what our ids are made of", [FastCheck.string()], ([name]) => {
    assert.match(
      uuidOf("block", name),
      /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
    )
    assert.isTrue(Schema.is(BlockId)(uuidOf("block", name)))
  })

  it("tells kinds apart", () => {
    assert.notStrictEqual(uuidOf("block", "x"), uuidOf("scaffold", "x"))
  })

  it("agrees with another language's library", (context) => {
    const python = spawnSync("python3", [
      "-c",
      "import uuid; print(uuid.uuid5(uuid.uuid5(uuid.NAMESPACE_URL, 'aegis-prompt-cache'), 'scaffold\\nnaïve'))"
    ])
    if (python.error !== undefined) {
      context.skip("python3 is not installed")
      return
    }
    assert.strictEqual(uuidOf("scaffold", "naïve"), python.stdout.toString("utf8").trim())
  })
})

describe("Hash", () => {
  it("is 64 lower-case hex digits and nothing else", () => {
    const decode = Schema.decodeUnknownEither(Hash)
    assert.isTrue(Either.isRight(decode("0".repeat(64))))
    for (const wrong of [
      "A".repeat(64),
      "0".repeat(63),
      "0".repeat(65),
      `${"0".repeat(64)}\n`,
      "g".repeat(64),
      1
    ]) {
      assert.isTrue(Either.isLeft(decode(wrong)))
    }
  })
})
