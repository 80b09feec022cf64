import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { judgedBy } from "./judged.js"

const hitsOf = (check: string, path: string, text: string, limit?: number) =>
  Effect.map(
    judgedBy({ kind: "responsive", checks: [check], ...(limit === undefined ? {} : { limit }) }, path, text),
    (hits) => hits.map(({ at }) => at)
  )

describe("fixed sizes", () => {
  it.effect("are found above the limit, by their value", () =>
    Effect.gen(function* () {
      const css = "p { width: 481px; height: 480px; min-width: 40rem } q { width: 600px; max-width: 100% }"
      expect(yield* hitsOf("fixed-size", "a.css", css)).toEqual(["481px"])
      expect(yield* hitsOf("fixed-size", "a.css", css, 100)).toEqual(["481px", "480px"])
      expect(yield* hitsOf("fixed-size", "a.tsx", "<Box sx={{ width: 600 }} /> ")).toEqual(["600"])
    })
  )

  it.effect("are fine where a query decides, or a maximum comes by a spread", () =>
    Effect.gen(function* () {
      const css = "@media (min-width: 900px) { p { width: 600px } } @container (x) { p { height: 700px } }"
      expect(yield* hitsOf("fixed-size", "a.css", css)).toEqual([])
      const spread = `const max = { maxWidth: "100%" }; <><p style={{ width: 600, ...max }} /><p style={max} /></>`
      expect(yield* hitsOf("fixed-size", "a.tsx", spread)).toEqual([])
      const twice = `const max = { maxWidth: "100%" }; <><p style={max} /><p style={{ ...max, width: 600 }} /></>`
      expect(yield* hitsOf("fixed-size", "a.tsx", twice)).toEqual([])
      expect(yield* hitsOf("fixed-size", "a.tsx", `<p className="lg:w-[600px] h-[9px]" />`)).toEqual([])
      expect(yield* hitsOf("fixed-size", "a.tsx", `<p className="hover:w-[600px]" />`)).toEqual(["600px"])
    })
  )
})

describe("breakpoints", () => {
  it.effect("are raw where they are lengths, in CSS, templates and objects", () =>
    Effect.gen(function* () {
      const css =
        "@media (min-width: 600px) and (max-width: 62.5em) { p { width: 3px } } @media (--md) { p { top: 1px } }"
      expect(yield* hitsOf("raw-breakpoint", "a.css", css)).toEqual(["600px", "62.5em"])
      const template = "styled.p`@media (min-width: ${md}) { top: 0 } @media (600px <= width) { top: 0 }`"
      expect(yield* hitsOf("raw-breakpoint", "a.ts", template)).toEqual(["600px"])
      const object = `<p css={{ "@media (min-width: 600px)": { top: 0 }, ["@media (max-width: 9px)"]: { top: 0 } }} />`
      expect(yield* hitsOf("raw-breakpoint", "a.tsx", object)).toEqual(["600px", "9px"])
      expect(yield* hitsOf("raw-breakpoint", "a.css", "@media (min-width: 0px) and (color: 8) {}")).toEqual(
        []
      )
    })
  )
})

describe("containers", () => {
  it.effect("are found where no class of the list names a breakpoint", () =>
    Effect.gen(function* () {
      const all = [
        "grid grid-cols-3",
        "flex hover:gap-2",
        "inline-flex data-[x=md:y]:gap-1",
        "grid [&>a]:p-1"
      ]
      for (const list of all) {
        const [first = ""] = list.split(" ")
        expect(yield* hitsOf("no-variant", "a.tsx", `<p className="${list}" />`)).toEqual([first])
      }
    })
  )

  it.effect("are fine with a breakpoint of any form, or when they adapt by themselves", () =>
    Effect.gen(function* () {
      const all = [
        "grid md:grid-cols-3",
        "flex hover:lg:gap-2",
        "flex max-md:gap-1",
        "grid @lg:gap-1",
        "grid min-[9rem]:p-1"
      ]
      const others = [
        "flex flex-wrap",
        "grid grid-cols-[repeat(auto-fit,minmax(0,1fr))]",
        "text-grid flexible"
      ]
      for (const list of [...all, ...others]) {
        expect(yield* hitsOf("no-variant", "a.tsx", `<p className="${list}" />`)).toEqual([])
      }
      expect(yield* hitsOf("no-variant", "a.tsx", `cn("flex", x && "md:gap-2")`)).toEqual([])
    })
  )
})
