import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Reactivity from "@effect/experimental/Reactivity"
import * as Redacted from "effect/Redacted"
import * as Fs from "node:fs"
import * as Path from "node:path"
import * as TokenSourcesNode from "../../../../layers/enforce/theme/tokens/TokenSourcesNode.js"
import * as PgClient from "../../../../layers/storage/PgClient.js"
import * as SqliteClient from "../../../../layers/storage/SqliteClient.js"
import { pgUrl, tempDatabase } from "../../../support/postgres.js"
import { tempDir } from "../../../support/tempDir.js"

/** The tokens of one file, as `name type value`. */
const tokensOf = (name: string, text: string) =>
  Effect.gen(function* () {
    const root = yield* tempDir
    Fs.writeFileSync(Path.join(root, name), text)
    const tokens = yield* TokenSourcesNode.make({ root }).tokens([name])
    return tokens.map(({ name, type, value }) => `${name} ${type ?? "-"} ${value}`)
  })

describe("token sources", () => {
  it.scoped("read DTCG: types of groups, aliases, and values made of parts", () =>
    Effect.gen(function* () {
      const file = {
        color: {
          $type: "color",
          brand: { 500: { $value: "#3366ff" } },
          link: { $value: "{color.brand.500}" },
          half: { $value: { colorSpace: "srgb", components: [1, 0.4, 0], alpha: 0.5 } }
        },
        alias: { $value: "{color.link}" },
        gap: { $type: "dimension", $value: { value: 8, unit: "px" } },
        low: {
          $type: "shadow",
          $value: { offsetX: "0px", offsetY: "1px", blur: "2px", spread: "0px", color: "{color.link}" }
        },
        body: { $type: "typography", $value: { fontSize: "{gap}", fontFamily: ["Inter", "serif"] } }
      }
      expect(yield* tokensOf("t.json", JSON.stringify(file))).toEqual([
        "color.brand.500 color #3366ff",
        "color.link color #3366ff",
        "color.half color rgb(255 102 0 / 0.5)",
        "alias color #3366ff",
        "gap dimension 8px",
        "low shadow 0px 1px 2px 0px #3366ff",
        "body.fontSize fontSize 8px",
        "body.fontFamily fontFamily Inter, serif"
      ])
    })
  )

  it.scoped("read custom properties, also those of a dark theme", () =>
    Effect.gen(function* () {
      const css = ":root { --Brand: #3366ff; /* --x: 1 */ color: red } @media (x) { .dark { --Brand: #000 } }"
      expect(yield* tokensOf("t.css", css)).toEqual(["--Brand - #3366ff", "--Brand - #000"])
    })
  )

  it.scoped("read a theme object without running it", () =>
    Effect.gen(function* () {
      const script = `
        const base = { brand: { 500: "#3366ff" } }
        export const theme = { color: { ...base, "x-y": base.brand[500] }, space: { 2: 8 }, lineHeight: 1.5 } as const
        throw new Error("it was run")`
      expect(yield* tokensOf("t.ts", script)).toEqual([
        "color.brand.500 - #3366ff",
        "color.x-y - #3366ff",
        "space.2 - 8px",
        "lineHeight - 1.5"
      ])
      expect(yield* tokensOf("t.json", `{ "color": { "brand": "#3366ff" } }`)).toEqual([
        "color.brand - #3366ff"
      ])
      expect(yield* tokensOf("t.ts", "export const a = { ...a, b: '1px' }")).toContain("b - 1px")
    })
  )

  it.scoped("read a table of SQLite", () =>
    Effect.gen(function* () {
      const root = yield* tempDir
      yield* Effect.scoped(
        Effect.gen(function* () {
          const sql = yield* SqliteClient.make({ filename: Path.join(root, "t.db"), synchronous: "NORMAL" })
          yield* sql`CREATE TABLE looks (name TEXT, type TEXT, value TEXT)`
          yield* sql`INSERT INTO looks VALUES ('space.2', 'dimension', '8px'), ('brand', NULL, '#3366ff')`
        })
      ).pipe(Effect.provide(Reactivity.layer))
      const sources = TokenSourcesNode.make({ root })
      expect(yield* sources.tokens(["sqlite:t.db?table=looks"])).toEqual([
        { name: "brand", value: "#3366ff" },
        { name: "space.2", type: "dimension", value: "8px" }
      ])
      const missing = yield* Effect.flip(sources.tokens(["sqlite:t.db"]))
      expect(missing.message).toContain("the table tokens cannot be read")
      const evil = yield* Effect.flip(sources.tokens(['sqlite:t.db?table=looks" --']))
      expect(evil.message).toContain("no proper name")
    })
  )

  it.scoped("refuse what is damaged, missing or outside of the project, and say what to do", () =>
    Effect.gen(function* () {
      const problem = (name: string, text: string) =>
        Effect.map(Effect.flip(tokensOf(name, text)), (error) => error.message)
      expect(yield* problem("t.json", "{")).toBe("Design tokens of t.json: it is damaged. Mend its JSON.")
      expect(yield* problem("t.ts", "const = 1")).toContain("Mend its syntax.")
      expect(yield* problem("t.toml", "")).toContain("its kind is not known")
      expect(yield* problem("t.json", `{ "a": { "$value": "{b}" } }`)).toContain("a is an alias of b")
      const loop = `{ "a": { "$value": "{b}" }, "b": { "$value": "{a}" } }`
      expect(yield* problem("t.json", loop)).toContain("alias of itself")

      const root = yield* tempDir
      const outside = yield* tempDir
      Fs.writeFileSync(Path.join(outside, "t.json"), "{}")
      Fs.symlinkSync(Path.join(outside, "t.json"), Path.join(root, "link.json"))
      const sources = TokenSourcesNode.make({ root })
      for (const path of ["link.json", `../${Path.basename(outside)}/t.json`, Path.join(outside, "t.json")]) {
        expect((yield* Effect.flip(sources.tokens([path]))).problem).toBe("it is outside of the project")
      }
      expect((yield* Effect.flip(sources.tokens(["no.json"]))).problem).toBe("there is no such file")
    })
  )

  it.scoped("name no password of a server that they cannot reach", () =>
    Effect.gen(function* () {
      const root = yield* tempDir
      const source = "postgres://u:hunter2@127.0.0.1:1/design?table=tokens"
      const error = yield* Effect.flip(TokenSourcesNode.make({ root }).tokens([source]))
      expect(error.source).toBe("postgres://127.0.0.1:1/design")
      expect(JSON.stringify(error)).not.toContain("hunter2")
    })
  )
})

describe.skipIf(pgUrl === undefined)("token sources on Postgres", () => {
  it.scoped("read a table of a schema", () =>
    Effect.gen(function* () {
      const root = yield* tempDir
      const url = yield* tempDatabase
      const sql = yield* PgClient.make({ url: Redacted.make(url) })
      yield* sql`CREATE SCHEMA ui`
      yield* sql`CREATE TABLE ui.looks (name text, type text, value text)`
      yield* sql`INSERT INTO ui.looks VALUES ('color.brand', 'color', '#3366ff')`
      const source = `${url}${url.includes("?") ? "&" : "?"}table=ui.looks`
      expect(yield* TokenSourcesNode.make({ root }).tokens([source])).toEqual([
        { name: "color.brand", type: "color", value: "#3366ff" }
      ])
    }).pipe(Effect.provide(Reactivity.layer))
  )
})
