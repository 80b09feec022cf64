/**
 * The packs `theme` and `responsive`: every example of theirs is executed, by the real engine behind
 * the real Enforcer.
 */
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Fs from "node:fs"
import * as TokensEngine from "../../layers/enforce/theme/TokensEngine.js"
import * as TokenSourcesNode from "../../layers/enforce/theme/tokens/TokenSourcesNode.js"
import { Hash } from "../../src/domain/Hash.js"
import type { PackFile } from "../../src/enforce/Rulepack.js"
import { readPack } from "../../src/enforce/readPack.js"
import * as Enforcer from "../../src/services/Enforcer.js"
import { RuleEngines } from "../../src/services/RuleEngines.js"
import * as Rulepacks from "../../src/services/Rulepacks.js"
import * as VerdictMemo from "../../src/services/VerdictMemo.js"

const packs = ["theme", "responsive"].map((name) =>
  Either.getOrThrow(readPack(Fs.readFileSync(`rulepacks/${name}/pack.yaml`, "utf8"), `${name}/pack.yaml`))
)

const enforcer = (files: ReadonlyArray<PackFile>) =>
  Enforcer.layer.pipe(
    Layer.provide(
      Layer.mergeAll(
        VerdictMemo.layerMemory,
        Rulepacks.layerMemory(
          files.map((file) => ({
            file,
            hash: Hash.make("0".repeat(64)),
            origin: `${file.id}/pack.yaml`,
            code: new Map()
          }))
        ),
        Layer.effect(
          RuleEngines,
          Effect.map(TokensEngine.make, (engine) => [engine])
        )
      )
    ),
    Layer.provide(TokenSourcesNode.layer({ root: "." }))
  )

const findingsIn = (files: ReadonlyArray<PackFile>, text: string, path: string) =>
  Effect.flatMap(Enforcer.Enforcer, ({ enforceStandards }) =>
    enforceStandards(
      text,
      files.map(({ id }) => id),
      { path, failLevel: "warning" }
    )
  ).pipe(Effect.provide(enforcer(files)))

const examples = packs.flatMap((pack) =>
  pack.rules.flatMap(({ examples: given, id }) => {
    const { bad = [], file: path = "", good = [] } = given ?? {}
    const as = (isGood: boolean) => (text: string) => ({ rule: `${pack.id}/${id}`, isGood, text, path })
    return [...good.map(as(true)), ...bad.map(as(false))]
  })
)

describe("the packs theme and responsive", () => {
  it("have a good and a bad example for each rule", () => {
    for (const { isGood, rule } of [true, false].flatMap((isGood) =>
      packs.flatMap(({ id, rules }) => rules.map((each) => ({ rule: `${id}/${each.id}`, isGood })))
    )) {
      const own = examples.filter((each) => each.rule === rule && each.isGood === isGood)
      expect(own.length, `${rule} ${isGood ? "good" : "bad"}`).toBeGreaterThan(0)
    }
  })

  it.effect.each(examples)(
    "hold their examples to their rules: $rule $text",
    ({ isGood, path, rule, text }) =>
      Effect.gen(function* () {
        const { findings, valid } = yield* findingsIn(packs, text, path)
        const own = findings.filter((each) => each.rule === rule)
        if (isGood) expect(own).toEqual([])
        else {
          expect(own).not.toEqual([])
          expect(valid).toBe(false)
        }
      })
  )

  it.effect("have packs in their READMEs that work", () =>
    Effect.gen(function* () {
      for (const { id } of packs) {
        const readme = Fs.readFileSync(`rulepacks/${id}/README.md`, "utf8")
        const blocks = [...readme.matchAll(/```yaml\n([^]*?)```/g)].map(([, block = ""]) => block)
        expect(blocks).toHaveLength(1)
        for (const block of blocks) {
          // without the files of tokens that a reader would have
          const withoutSources = block.replace(/ +sources: .*\n/, "")
          const pack = Either.getOrThrow(readPack(withoutSources, "README.md"))
          const text = "p { color: red; width: 400px }"
          expect((yield* findingsIn([pack], text, "a.css")).findings).toHaveLength(1)
        }
      }
    })
  )

  it.effect("tell which source of tokens a rule cannot read", () =>
    Effect.gen(function* () {
      const pack = Either.getOrThrow(
        readPack(
          "schemaVersion: 1\nid: p\nversion: 1.0.0\nrules:\n  - { id: r, kind: tokens, values: [color], sources: [no.json] }",
          "pack.yaml"
        )
      )
      const error = yield* Effect.flip(findingsIn([pack], "p {}", "a.css"))
      expect(error.message).toContain('"sources" of rule p/r: no.json: there is no such file')
    })
  )
})
