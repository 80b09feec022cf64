/** Every pack that comes with Aegis tells of its rules, and is told of. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { EnforcerLive } from "../../layers/enforce/EnforcerLive.js"
import { Enforcer } from "../../src/services/Enforcer.js"

const folder = Path.resolve(import.meta.dirname, "../../rulepacks")
const readme = (pack: string): string => Fs.readFileSync(Path.join(folder, pack, "README.md"), "utf8")

/** The names in backticks and in headings: with the pack's name before them or without. */
const named = (pack: string, text: string): ReadonlySet<string> =>
  new Set(
    [...text.matchAll(/`([^`\n]+)`|^#+ (.+)$/gm)].map(([, code = "", heading = ""]) =>
      (code || heading).replace(`${pack}/`, "")
    )
  )

describe("the packs that come with Aegis", () => {
  it.effect("have a README that names each of their rules, and a line in the list of packs", () =>
    Effect.gen(function* () {
      const packs = yield* Effect.forEach(yield* (yield* Enforcer).packs, (pack) => pack)
      const ids = packs.map(({ file }) => file.id)
      assert.includeMembers(ids, ["standards", "ast", "prompt", "redaction"])
      const list = readme(".")
      const missing = packs.flatMap(({ file: { id, rules } }) => {
        const names = named(id, readme(id))
        return [
          ...rules.filter((rule) => !names.has(rule.id)).map((rule) => `${id}/README.md: ${rule.id}`),
          ...(list.includes(`[${id}](${id}/README.md)`) ? [] : [`README.md: ${id}`])
        ]
      })
      assert.deepStrictEqual(missing, [])
    }).pipe(Effect.provide(EnforcerLive))
  )
})
