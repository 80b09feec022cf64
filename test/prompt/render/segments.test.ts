import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import { canonicalJson } from "../../../src/prompt/canonical.js"
import { body, segmentsOf, type Slot } from "../../../src/prompt/render/segments.js"
import { text } from "./support.js"

const request = (texts: Slot, model: string, count: number) => ({
  z: 1,
  model,
  messages: Array.from({ length: count }, (_, i) => ({ text: texts(i), role: "user" }))
})

describe("segments", () => {
  it("leave a hole for each block and keep the rest as canonical JSON", () => {
    assert.deepStrictEqual(
      segmentsOf((slot) => ({ b: slot(1), a: `<x>${slot(0)}</x>` })),
      Either.right(['{"a":"<x>', 0, '</x>","b":"', 1, '"}'])
    )
  })

  it("joined with the contents are the canonical JSON of the request with its texts in place", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.array(text, { maxLength: 6 }), text, (contents, model) => {
        const segments = Either.getOrThrow(segmentsOf((slot) => request(slot, model, contents.length)))
        const expected = canonicalJson(request((i) => contents[i] ?? "", model, contents.length))
        assert.deepStrictEqual(Either.right(body(segments, contents)), expected)
      })
    )
  })

  it.each(["{{aegis-0:0}}", "{{aegis-0:1}}{{aegis-1:0}}", "{{aegis-0:7}}"])(
    "are not confused by a model that is called like a marker: %s",
    (model) => {
      const segments = Either.getOrThrow(segmentsOf((slot) => request(slot, model, 2)))
      assert.deepStrictEqual(JSON.parse(body(segments, ["one", "{{aegis-0:1}}"])), {
        z: 1,
        model,
        messages: [
          { text: "one", role: "user" },
          { text: "{{aegis-0:1}}", role: "user" }
        ]
      })
    }
  )

  it("of a request that JSON cannot hold are an error that names the place", () => {
    const broken = segmentsOf((slot) => ({ text: slot(0), model: "\ud800" }))
    assert.isTrue(Either.isLeft(broken) && broken.left.path === "/model")
  })
})
