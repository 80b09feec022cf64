import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import * as Fs from "node:fs"
import { Hash, uuidOf } from "../../src/domain/Hash.js"
import { BlockType } from "../../src/domain/PromptBlock.js"
import { ResolveInput } from "../../src/domain/ResolveInput.js"
import { canonicalJson } from "../../src/prompt/canonical.js"
import { BlockText, compile } from "../../src/prompt/compile.js"
import { sha256 } from "../../src/prompt/digest.js"
import { keyHeader, scaffoldKey, type KeyBlock, type KeyParameters } from "../../src/prompt/key.js"

const fixture = (name: string): URL => new URL(`../fixtures/hashing/${name}`, import.meta.url)

const { prompt: _prompt, strict: _strict, ...parameterFields } = ResolveInput.fields
const Vector = Schema.Struct({
  name: Schema.String,
  input: Schema.Struct({
    ...parameterFields,
    adapter: Schema.String,
    blocks: Schema.Array(
      Schema.Struct({ type: BlockType, name: Schema.optional(Schema.String), content: Schema.String })
    )
  }),
  expected: Schema.Struct({
    header: Schema.String,
    key: Hash,
    scaffoldId: Schema.UUID,
    blockIds: Schema.Array(Schema.UUID)
  })
})
const source = Fs.readFileSync(fixture("vectors.json"), "utf8")
const vectors = Schema.decodeUnknownSync(Schema.parseJson(Schema.Array(Vector)))(source)

/** What our code makes of a vector's input. */
const computed = ({ adapter, blocks, ...input }: (typeof Vector.Type)["input"]) => {
  const compiled = Either.getOrThrow(
    compile(
      { ...input, prompt: "", strict: false },
      blocks.map(({ content, name, type }) => new BlockText({ type, name, content })),
      adapter
    )
  )
  return {
    header: compiled.header,
    key: compiled.hash,
    scaffoldId: uuidOf("scaffold", compiled.hash),
    blockIds: compiled.blocks.map((block) =>
      uuidOf("block", `${block.type}\n${block.name ?? ""}\n${block.hash}`)
    )
  }
}

describe("the published vectors", () => {
  it("are enough to hold another implementation to", () => assert.isAtLeast(vectors.length, 8))

  for (const vector of vectors) {
    it(`${vector.name}: our code meets them`, () => {
      assert.deepStrictEqual(computed(vector.input), {
        ...vector.expected,
        blockIds: [...vector.expected.blockIds]
      })
    })
  }

  it("tell inputs apart that differ, and only those", () => {
    const same = new Map([
      ["the same context with its keys in another order", "a context"],
      ["a temperature of minus zero is zero", "two blocks, laid out by stability"]
    ])
    const keys = new Map<string, string>()
    for (const { expected, name } of vectors) {
      const first = keys.get(expected.key)
      assert.strictEqual(first, same.get(name), name)
      if (first === undefined) keys.set(expected.key, name)
    }
  })

  it("are what an implementation in another language, written from the specification, computes", (context) => {
    const python = spawnSync("python3", [fixture("reference.py").pathname], { input: source })
    if (python.error !== undefined) {
      context.skip("python3 is not installed")
      return
    }
    assert.strictEqual(python.stderr.toString("utf8"), "")
    assert.deepStrictEqual(JSON.parse(python.stdout.toString("utf8")), JSON.parse(source))
  })

  it("are in the specification: its worked example is the first of them", () => {
    const page = Fs.readFileSync(new URL("../../docs/hashing.md", import.meta.url), "utf8")
    const [first] = vectors
    assert.isDefined(first)
    for (const value of [first?.expected.header, first?.expected.key, first?.expected.scaffoldId]) {
      assert.include(page, String(value))
    }
  })
})

const wellFormed = FastCheck.oneof(
  FastCheck.string({ unit: "binary" }),
  FastCheck.constantFrom("a_b", '","', "]", "null", "\u2028", "\0", "\u{1f600}")
)
const hash = wellFormed.map(sha256)
const parameters: FastCheck.Arbitrary<KeyParameters> = FastCheck.record({
  adapter: wellFormed,
  context: FastCheck.option(hash),
  layout: FastCheck.constantFrom("stable-first", "source"),
  model: wellFormed,
  provider: wellFormed.map((name) => `x-${name}` as const),
  rulepacks: FastCheck.array(wellFormed, { maxLength: 3 }),
  seed: FastCheck.option(FastCheck.double({ noNaN: true, noDefaultInfinity: true })),
  temperature: FastCheck.double({ noNaN: true, min: -0, max: 2 })
})
const block: FastCheck.Arbitrary<KeyBlock> = FastCheck.record({
  type: FastCheck.constantFrom(...BlockType.literals),
  name: FastCheck.option(wellFormed, { nil: undefined }),
  hash
})
const blocks = FastCheck.array(block, { maxLength: 4 })

/** The header as an object, for the canonical writer to write. */
const asObject = (values: KeyParameters, list: ReadonlyArray<KeyBlock>): unknown => ({
  version: 1,
  ...values,
  kind: "scaffold",
  blocks: list.map(({ hash, name, type }) => [type, name ?? null, hash])
})

describe("keyHeader", () => {
  it.prop("is the canonical JSON of the header", [parameters, blocks], ([values, list]) => {
    assert.strictEqual(keyHeader(values, list), Either.getOrThrow(canonicalJson(asObject(values, list))))
  })

  it.prop(
    "changes with each parameter and each block, and with nothing else",
    [parameters, parameters, blocks, blocks],
    ([mine, theirs, list, others]) => {
      const before = scaffoldKey(keyHeader(mine, list))
      for (const field of Object.keys(mine) as ReadonlyArray<keyof KeyParameters>) {
        // a record has the keys of its type
        const changed = { ...mine, [field]: theirs[field] }
        const same = JSON.stringify(mine[field]) === JSON.stringify(theirs[field])
        assert.strictEqual(scaffoldKey(keyHeader(changed, list)) === before, same, field)
      }
      assert.strictEqual(
        scaffoldKey(keyHeader(mine, others)) === before,
        JSON.stringify(asObject(mine, list)) === JSON.stringify(asObject(mine, others))
      )
      assert.strictEqual(
        scaffoldKey(
          keyHeader(
            { ...mine },
            list.map((one) => ({ ...one }))
          )
        ),
        before
      )
    }
  )
})

describe("the key of an input", () => {
  const input = {
    prompt: "",
    provider: "openai",
    model: "m",
    temperature: 0,
    rulepacks: [],
    layout: "stable-first",
    strict: false
  } as const
  const text = (content: string, name?: string) => new BlockText({ type: "context", name, content })
  const keyOf = (changes: Partial<ResolveInput>, list = [text("hello")]) =>
    Either.map(compile({ ...input, ...changes }, list, "f#1"), ({ hash }) => hash)

  it.prop(
    "does not see the order of keys in the context, nor its white space, nor which object it is",
    [FastCheck.dictionary(FastCheck.string(), FastCheck.jsonValue(), { noNullPrototype: true })],
    ([context]) => {
      const turned = Object.fromEntries(Object.entries(context).reverse())
      assert.deepStrictEqual(
        keyOf({ context }),
        keyOf({ context: JSON.parse(JSON.stringify(turned, null, "\t")) as Record<string, unknown> }) // it was an object
      )
    }
  )

  it.prop("is the same for texts that are equal and not the same string", [wellFormed], ([content]) => {
    const copy = Buffer.from(content, "utf8").toString("utf8")
    assert.deepStrictEqual(keyOf({}, [text(content)]), keyOf({}, [text(copy)]))
  })

  it("changes when text moves from one block into the next, or into a name", () => {
    const keys = [
      keyOf({}, [text("ab"), text("c")]),
      keyOf({}, [text("a"), text("bc")]),
      keyOf({}, [text("abc")]),
      keyOf({}, [text("c", "ab")]),
      keyOf({}, [text("c", "a")])
    ].map(Either.getOrThrow)
    assert.strictEqual(new Set(keys).size, keys.length)
  })

  it("does not depend on strict, nor on where the prompt was read from", () => {
    assert.deepStrictEqual(keyOf({ strict: true, prompt: "other source" }), keyOf({}))
  })

  it("is refused, with the place, where a context has no canonical form", () => {
    const refused = Either.getOrThrow(Either.flip(keyOf({ context: { a: [1n] } })))
    assert.strictEqual(refused.path, "/context/a/0")
    assert.strictEqual(refused.reason, "bigint")
  })

  it("is refused where a name holds half of a surrogate pair", () => {
    for (const changes of [{ model: "m\ud800" }, { rulepacks: ["\udc00"] }]) {
      assert.strictEqual(Either.getOrThrow(Either.flip(keyOf(changes))).reason, "lone-surrogate")
    }
  })

  it("takes a context of 100,000 levels", () => {
    let deep: unknown = 1
    for (let i = 0; i < 100_000; i++) deep = { deep }
    assert.isTrue(Either.isRight(keyOf({ context: { deep } })))
  })
})

describe("sha256", () => {
  it.prop("is the digest of the text in UTF-8", [wellFormed], ([content]) => {
    assert.strictEqual(
      sha256(content),
      createHash("sha256").update(Buffer.from(content, "utf8")).digest("hex")
    )
  })

  it("meets the vector of FIPS 180-4", () => {
    assert.strictEqual(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  })
})
