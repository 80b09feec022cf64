import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { PromptScaffold } from "../../../src/domain/PromptScaffold.js"
import type { PromptMark } from "../../../src/domain/ResolveInput.js"
import { sha256 } from "../../../src/prompt/digest.js"
import { type AuthorMarks, authorMarks, type TakenMarks } from "../../../src/prompt/render/authorMarks.js"

const at = "2026-11-26T00:00:00.000Z"
const block = (type: string, name?: string): object => ({
  id: "b7e23ec2-9af2-5a0c-8f5e-6a2f7d3c1b4a",
  content: type,
  type,
  hash: sha256(type),
  ...(name === undefined ? {} : { metadata: { name } }),
  createdAt: at,
  updatedAt: at
})
const blocks = Schema.decodeUnknownSync(PromptScaffold.fields.blocks)([
  block("requirements", "rules"),
  block("style_guide"),
  block("file_map", "files"),
  block("file_map", "files"),
  block("context")
])
const ends = [500, 2000, 3000, 4000, 4100]
const claude: TakenMarks = { ttls: ["1h", "5m"], minimumTokens: 1024 }

const set = (marks: ReadonlyArray<PromptMark>): ReturnType<typeof authorMarks> =>
  authorMarks({ blocks, model: "m", provider: "anthropic" }, marks, ends, claude, false)

const places = ({ breakpoints }: AuthorMarks): unknown =>
  breakpoints.map(({ block, tokens, ttl }) => [block, tokens, ttl])

describe("marks of the author's own", () => {
  it("stand behind blocks by name or by place, in the order of the request, behind context too", () => {
    const marks = Either.getOrThrow(
      set([
        { block: 5, ttl: "5m" },
        { block: "files", ttl: "5m" },
        { block: 2, ttl: "1h" }
      ])
    )
    assert.deepStrictEqual(places(marks), [
      [1, 2000, "1h"],
      [3, 4000, "5m"],
      [4, 4100, "5m"]
    ])
    assert.deepStrictEqual(marks.warnings, [])
    assert.deepStrictEqual(Either.getOrThrow(set([])), { breakpoints: [], warnings: [] })
  })

  const refused: ReadonlyArray<
    readonly [marks: ReadonlyArray<PromptMark>, reason: RegExp, taken?: TakenMarks | null]
  > = [
    [[{ block: "nobody", ttl: "5m" }], /"nobody" for 5m was left out: the prompt has no such block/],
    [[{ block: 6, ttl: "5m" }], /no such block/],
    [[{ block: 2, ttl: "30m" }], /m keeps prefixes for 1h or 5m/],
    [[{ block: "rules", ttl: "5m" }], /ends after 500 tokens, and m keeps 1024 or more/],
    [
      [
        { block: 2, ttl: "5m" },
        { block: 3, ttl: "1h" }
      ],
      /a longer time may not follow the 5m before it/
    ],
    [
      [
        { block: 2, ttl: "1h" },
        { block: 2, ttl: "5m" }
      ],
      /there is one already/
    ],
    [
      [1, 2, 3, 4, 5].map((place) => ({ block: place, ttl: "5m" })),
      /a request has at most 4/,
      { ttls: ["5m"], minimumTokens: null }
    ],
    [[{ block: 2, ttl: "5m" }], /requests to m carry no marks/, null]
  ]
  for (const [marks, reason, taken] of refused) {
    it(`are left out with a warning where the provider would not take them: ${reason.source}`, () => {
      const given = taken === null ? undefined : (taken ?? claude)
      const asked = (strict: boolean): ReturnType<typeof authorMarks> =>
        authorMarks({ blocks, model: "m", provider: "anthropic" }, marks, ends, given, strict)
      const { breakpoints, warnings } = Either.getOrThrow(asked(false))
      assert.strictEqual(breakpoints.length, marks.length - 1)
      assert.deepStrictEqual(
        warnings.map(({ code }) => code),
        ["mark-dropped"]
      )
      assert.match(warnings[0]?.message ?? "", reason)
      const error = Either.getOrThrow(Either.flip(asked(true)))
      assert.strictEqual(error.parameter, "marks")
    })
  }
})
