import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Sketch from "../../src/telemetry/sketch.js"

const times = FastCheck.array(
  FastCheck.oneof(
    FastCheck.double({ min: 0, max: 1e9, noNaN: true }),
    FastCheck.double({ min: 1e-8, max: 1, noNaN: true }),
    FastCheck.constant(0)
  ),
  { maxLength: 200 }
)

const sketchOf = (values: ReadonlyArray<number>): Sketch.Sketch => {
  const sketch = Sketch.make()
  for (const value of values) Sketch.add(sketch, value)
  return sketch
}

const merged = (...sketches: ReadonlyArray<Sketch.Sketch>): Sketch.Sketch => {
  const into = Sketch.make()
  for (const sketch of sketches) Sketch.merge(into, sketch)
  return into
}

const check = (...[property]: Parameters<typeof FastCheck.assert>): Promise<void> | void =>
  FastCheck.assert(property, { numRuns: 300 })

/** A sketch by what it says: the order in which its buckets came is no part of it. */
const bytes = (sketch: Sketch.Sketch): string => Buffer.from(Sketch.encode(sketch)).toString("hex")

describe("a sketch of times", () => {
  it("is the same in whatever order and in whatever parts values were added", () =>
    check(
      FastCheck.property(times, times, times, (a, b, c) => {
        const [x, y, z] = [sketchOf(a), sketchOf(b), sketchOf(c)]
        const all = bytes(sketchOf([...c, ...a, ...b]))
        assert.strictEqual(bytes(merged(merged(x, y), z)), all)
        assert.strictEqual(bytes(merged(x, merged(y, z))), all)
        assert.strictEqual(bytes(merged(z, y, x)), all)
      })
    ))

  it("tells every quantile to a hundredth of itself, and never one that is above all values", () =>
    check(
      FastCheck.property(
        times.filter(({ length }) => length > 0),
        FastCheck.double({ min: 0, max: 1, noNaN: true }),
        (values, q) => {
          const exact = values.toSorted((a, b) => a - b)[Math.floor(q * (values.length - 1))] ?? NaN
          const told = Sketch.quantile(sketchOf(values), q)
          assert.isAtMost(Math.abs(told - exact), Sketch.accuracy * exact * (1 + 1e-9) + 1e-9)
          assert.isAtMost(told, Math.max(...values))
        }
      )
    ))

  it("is read back as it was written", () =>
    check(
      FastCheck.property(times, (values) => {
        const sketch = sketchOf(values)
        const read = Sketch.decode(Sketch.encode(sketch))
        assert.deepStrictEqual(read && { ...read, buckets: new Map([...read.buckets].sort()) }, {
          ...sketch,
          buckets: new Map([...sketch.buckets].sort())
        })
      })
    ))

  it("is not read from bytes that end too early or are something else", () => {
    const encoded = Sketch.encode(sketchOf([1, 2, 3]))
    assert.isUndefined(Sketch.decode(encoded.subarray(0, encoded.length - 1)))
    assert.isUndefined(Sketch.decode(new Uint8Array(3)))
    assert.isUndefined(Sketch.decode(new Uint8Array(12).fill(255)))
  })

  it("stays small, however far apart the values are", () => {
    const values = Array.from({ length: 10_000 }, (_, i) => 10 ** (-300 + i * 0.06))
    assert.isAtMost(Sketch.encode(sketchOf(values)).length, 6_000)
  })
})
