import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import {
  decodeManifest,
  empty,
  encodeManifest,
  here,
  type Keyframe,
  type Manifest,
  nothing,
  type Slot,
  type Version
} from "../../src/runs/manifest.js"

const name = FastCheck.constantFrom(
  "__proto__",
  "constructor",
  "a",
  "b",
  "c",
  "1",
  "",
  "\ud800",
  "d\0",
  "toString"
)
const version: FastCheck.Arbitrary<Version> = FastCheck.oneof(
  FastCheck.nat(5),
  FastCheck.double({ noNaN: true, noDefaultInfinity: true, noInteger: true }),
  FastCheck.string({ maxLength: 3 }),
  FastCheck.constant(null)
)
const notes = FastCheck.dictionary(FastCheck.string(), FastCheck.jsonValue()).map(
  (value) => JSON.parse(JSON.stringify(value)) as Record<string, unknown> // an object stays one
)
const seen = FastCheck.dictionary(name, version, { maxKeys: 3 }).map((value) => JSON.stringify(value))

const sorted = (manifest: Manifest) =>
  [manifest.channels, manifest.nodes, manifest.seen].map((part: ReadonlyMap<string, unknown>) =>
    [...part].sort(([one], [other]) => (one < other ? -1 : 1))
  )

/** What is here lies in its own entry. */
const placed = (manifest: Manifest, n: number): Manifest => {
  const at = (slots: ReadonlyMap<string, Slot>) =>
    new Map([...slots].map(([key, slot]) => [key, slot.n === here ? { ...slot, n } : slot]))
  return { ...manifest, channels: at(manifest.channels), nodes: at(manifest.nodes) }
}

const step = FastCheck.record({
  set: FastCheck.array(FastCheck.tuple(name, version, FastCheck.boolean()), { maxLength: 4 }),
  drop: FastCheck.array(name, { maxLength: 2 }),
  node: FastCheck.option(name),
  see: FastCheck.option(FastCheck.tuple(name, seen)),
  notes
})

describe("the manifest of a checkpoint", () => {
  it("is read back over its keyframes after any chain of changes", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.array(step, { maxLength: 40 }), (steps) => {
        let model = nothing
        let keyframe: Keyframe | undefined
        const written: Array<{ readonly header: string; readonly manifest: Manifest }> = []
        for (const [at, { drop, node, notes: facts, see, set }] of steps.entries()) {
          const n = at + 1
          const channels = new Map(model.channels)
          const nodes = new Map(model.nodes)
          const all = new Map(model.seen)
          for (const each of drop) for (const part of [channels, nodes, all]) part.delete(each)
          for (const [key, value, isEmpty] of set)
            channels.set(key, { version: value, n: isEmpty ? empty : here })
          if (node !== null) nodes.set(node, { version: "v", n: here })
          if (see !== null) all.set(...see)
          const manifest = { channels, nodes, seen: all }
          const encoded = encodeManifest(facts, manifest, keyframe)
          model = placed(manifest, n)
          written.push({ header: encoded.header, manifest: model })
          if (encoded.keyframe === undefined) keyframe = { n, manifest: model }

          const read = decodeManifest(JSON.parse(encoded.header), n)
          assert.deepStrictEqual(read?.notes, facts)
          assert.strictEqual(read?.keyframe, encoded.keyframe)
          const base = encoded.keyframe === undefined ? nothing : written[encoded.keyframe - 1]?.manifest
          assert.deepStrictEqual(sorted(read?.over(base ?? nothing) ?? nothing), sorted(model))
        }
      }),
      { numRuns: 200 }
    )
  })

  it("is written as what changed: over 1,000 steps a checkpoint of 100 channels takes a few hundred bytes", () => {
    let keyframe: Keyframe | undefined
    let model: Manifest = {
      ...nothing,
      channels: new Map(Array.from({ length: 100 }, (_, at) => [`channel ${at}`, { version: 1, n: here }]))
    }
    let bytes = 0
    for (let n = 1; n <= 1000; n += 1) {
      const channels = new Map(model.channels).set(`channel ${n % 3}`, { version: n, n: here })
      const manifest = { ...model, channels }
      const { header, keyframe: over } = encodeManifest({}, manifest, keyframe)
      bytes += header.length
      model = placed(manifest, n)
      if (over === undefined) keyframe = { n, manifest: model }
    }
    assert.isBelow(bytes / 1000, 400)
  })

  it("is nothing, and throws nothing, for what is none", () => {
    const json = FastCheck.oneof(
      FastCheck.jsonValue(),
      FastCheck.record(
        {
          f: FastCheck.jsonValue(),
          k: FastCheck.jsonValue(),
          c: FastCheck.jsonValue(),
          n: FastCheck.jsonValue(),
          s: FastCheck.jsonValue(),
          d: FastCheck.jsonValue()
        },
        { requiredKeys: [] }
      )
    )
    FastCheck.assert(
      FastCheck.property(json, (header) => {
        void decodeManifest(header, 3)?.over(nothing)
      }),
      { numRuns: 1000 }
    )
  })

  it("refers to earlier entries only", () => {
    const isRead = (header: unknown) => decodeManifest(header, 3) !== undefined
    assert.isTrue(
      isRead({
        f: {},
        k: 2,
        c: [
          ["a", 1, 0],
          ["b", null, -1],
          ["c", "v", 2]
        ],
        d: [["x"], [], []]
      })
    )
    for (const header of [
      { f: {}, k: 3 },
      { f: {}, k: 4 },
      { f: {}, k: 0 },
      { f: {}, k: 1.5 },
      { f: {}, c: [["a", 1, 4]] },
      { f: {}, c: [["a", 1, -2]] },
      { f: {}, n: [["a", 1, 1.5]] },
      { f: {}, c: [["a", true, 1]] },
      { f: {}, c: ["a"] },
      { f: {}, s: [["a"]] },
      { f: {}, s: {} },
      { f: {}, d: {} },
      { f: {}, d: [["a", 1]] },
      { f: [] },
      { f: "" },
      {}
    ]) {
      assert.isFalse(isRead(header), JSON.stringify(header))
    }
  })
})
