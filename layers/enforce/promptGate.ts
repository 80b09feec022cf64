/** What judges prompts that are resolved: the packs `prompt` and `redaction`, and the engines of their kinds. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fs from "node:fs"
import prompt from "../../rulepacks/prompt/pack.js"
import { EngineFault, type RulepackInvalid } from "../../src/domain/ComplianceErrors.js"
import { nameOf, type Pack, packOfCode } from "../../src/enforce/PackedRule.js"
import { readPack } from "../../src/enforce/readPack.js"
import { sha256 } from "../../src/prompt/digest.js"
import * as Enforcer from "../../src/services/Enforcer.js"
import type { PromptGate } from "../../src/services/PromptGate.js"
import * as PromptGateRules from "../../src/services/PromptGateRules.js"
import { type RuleEngine, RuleEngines } from "../../src/services/RuleEngines.js"
import * as Rulepacks from "../../src/services/Rulepacks.js"
import * as SecretEngine from "./redaction/SecretEngine.js"

/** Rules that are code of this package: they are trusted, so they are called. */
const codeEngine: RuleEngine = {
  kinds: ["code"],
  reads: () => true,
  prepare: () =>
    Effect.succeed({
      text: ({ path, prompt: asked, text }, rules) =>
        Effect.map(
          Effect.forEach(rules, (rule) =>
            Effect.try({
              try: () =>
                (
                  rule.validate?.(text, { path, ...(asked === undefined ? {} : { prompt: asked }) }).errors ??
                  []
                ).map(({ column = 1, endColumn, endLine, line = 1, message }) => ({
                  rule,
                  line,
                  column,
                  endLine: endLine ?? line,
                  endColumn: endColumn ?? column,
                  message
                })),
              catch: () => new EngineFault({ rule: nameOf(rule), path, problem: "it threw" })
            })
          ),
          (hits) => hits.flat()
        )
    })
}

const engines: ReadonlyArray<RuleEngine> = [codeEngine, SecretEngine.make()]

const fromFolder = (name: string): Either.Either<Pack, RulepackInvalid> => {
  const file = new URL(`../../rulepacks/${name}/pack.yaml`, import.meta.url)
  const text = Fs.readFileSync(file, "utf8")
  return Either.map(readPack(text, `rulepacks/${name}/pack.yaml`), (pack) => ({
    file: pack,
    hash: sha256(text),
    origin: `rulepacks/${name}/pack.yaml`,
    code: new Map()
  }))
}

export const make: Effect.Effect<PromptGate["Type"], RulepackInvalid> = Effect.gen(function* () {
  // verdicts of code are kept in memory only, where its version tells as much as a digest of it
  const code = packOfCode(prompt, sha256(`${prompt.id}@${prompt.version}`), "rulepacks/prompt/pack.ts")
  const packs = [code, yield* fromFolder("redaction")]
  const enforcer = yield* Enforcer.make.pipe(
    Effect.provideService(RuleEngines, engines),
    Effect.provide(Rulepacks.layerMemory(packs))
  )
  return yield* Effect.provideService(PromptGateRules.make, Enforcer.Enforcer, enforcer)
})
