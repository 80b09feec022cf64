import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import { Millis } from "../../src/domain/Measures.js"
import * as BudgetErrors from "../../src/domain/BudgetErrors.js"
import * as PromptErrors from "../../src/domain/PromptErrors.js"
import * as ProviderErrors from "../../src/domain/ProviderErrors.js"
import * as StoreErrors from "../../src/domain/StoreErrors.js"

const canary = "sk-CANARY-of-the-cause"

/** What tells a person what to do next. */
const advice =
  /\b(try again|check|run|install|set|shorten|choose|name a fallback|free some space|delete|use|remove|leave|convert|narrow|raise|include less|break the cycle|report|added as a layer|prints what is expected|cut it|copy it)\b/i

/** A class of errors, made with arbitrary fields and a cause that must not be quoted. */
const tells = <A extends object>(
  errors: { readonly identifier: string; readonly fields: Schema.Struct.Fields },
  make: (fields: A) => Error
): void => {
  it(`${errors.identifier} says what to do next, and quotes nothing of its cause`, () => {
    const arbitrary = Arbitrary.make(Schema.typeSchema(Schema.Struct(errors.fields)))
    FastCheck.assert(
      FastCheck.property(arbitrary, (fields) => {
        // what the class's own fields draw is what its constructor takes
        const drawn = fields as A
        const error = make("cause" in errors.fields ? { ...drawn, cause: new Error(canary) } : drawn)
        assert.match(error.message, advice)
        assert.notInclude(error.message, canary)
        assert.notInclude(error.message, "undefined.")
        assert.notInclude(error.message, "[object")
      }),
      { numRuns: 100 }
    )
  })
}

describe("budget errors", () => {
  tells(
    BudgetErrors.BudgetExceeded,
    (fields: ConstructorParameters<typeof BudgetErrors.BudgetExceeded>[0]) =>
      new BudgetErrors.BudgetExceeded(fields)
  )
  tells(
    BudgetErrors.BudgetUnpriced,
    (fields: ConstructorParameters<typeof BudgetErrors.BudgetUnpriced>[0]) =>
      new BudgetErrors.BudgetUnpriced(fields)
  )
})

describe("store errors", () => {
  tells(
    StoreErrors.StoreOpenError,
    (fields: ConstructorParameters<typeof StoreErrors.StoreOpenError>[0]) =>
      new StoreErrors.StoreOpenError({ ...fields, hint: "Check the path." })
  )
  tells(
    StoreErrors.StoreError,
    (fields: ConstructorParameters<typeof StoreErrors.StoreError>[0]) => new StoreErrors.StoreError(fields)
  )
  tells(
    StoreErrors.SchemaTooNew,
    (fields: ConstructorParameters<typeof StoreErrors.SchemaTooNew>[0]) =>
      new StoreErrors.SchemaTooNew(fields)
  )
  tells(
    StoreErrors.MigrationFailed,
    (fields: ConstructorParameters<typeof StoreErrors.MigrationFailed>[0]) =>
      new StoreErrors.MigrationFailed(fields)
  )
  tells(
    StoreErrors.IntegrityError,
    (fields: ConstructorParameters<typeof StoreErrors.IntegrityError>[0]) =>
      new StoreErrors.IntegrityError(fields)
  )

  it("a store that cannot be opened shows its place and the hint for it", () => {
    const error = new StoreErrors.StoreOpenError({
      location: "/x/cache.db",
      reason: "read-only",
      hint: "Run chmod."
    })
    assert.strictEqual(error.message, "Cannot open the store at /x/cache.db (read-only). Run chmod.")
  })

  it("a failed migration names what is missing, where something is", () => {
    const failed = (missing: ReadonlyArray<string>) =>
      new StoreErrors.MigrationFailed({ ledger: "cache", missing }).message
    assert.include(failed(["blocks", "entries"]), "Missing: blocks, entries.")
    assert.notInclude(failed([]), "Missing")
  })
})

describe("provider errors", () => {
  tells(
    ProviderErrors.RateLimited,
    (fields: ConstructorParameters<typeof ProviderErrors.RateLimited>[0]) =>
      new ProviderErrors.RateLimited(fields)
  )
  tells(
    ProviderErrors.Overloaded,
    (fields: ConstructorParameters<typeof ProviderErrors.Overloaded>[0]) =>
      new ProviderErrors.Overloaded(fields)
  )
  tells(
    ProviderErrors.AuthFailed,
    (fields: ConstructorParameters<typeof ProviderErrors.AuthFailed>[0]) =>
      new ProviderErrors.AuthFailed(fields)
  )
  tells(
    ProviderErrors.ContextOverflow,
    (fields: ConstructorParameters<typeof ProviderErrors.ContextOverflow>[0]) =>
      new ProviderErrors.ContextOverflow(fields)
  )
  tells(
    ProviderErrors.ModelNotFound,
    (fields: ConstructorParameters<typeof ProviderErrors.ModelNotFound>[0]) =>
      new ProviderErrors.ModelNotFound(fields)
  )
  tells(
    ProviderErrors.InvalidRequest,
    (fields: ConstructorParameters<typeof ProviderErrors.InvalidRequest>[0]) =>
      new ProviderErrors.InvalidRequest(fields)
  )
  tells(
    ProviderErrors.ProviderUnavailable,
    (fields: ConstructorParameters<typeof ProviderErrors.ProviderUnavailable>[0]) =>
      new ProviderErrors.ProviderUnavailable(fields)
  )
  tells(
    ProviderErrors.StreamBroken,
    (fields: ConstructorParameters<typeof ProviderErrors.StreamBroken>[0]) =>
      new ProviderErrors.StreamBroken(fields)
  )
  tells(
    ProviderErrors.ProviderNotFound,
    (fields: ConstructorParameters<typeof ProviderErrors.ProviderNotFound>[0]) =>
      new ProviderErrors.ProviderNotFound(fields)
  )

  const who = { provider: "anthropic", model: "m" } as const

  it("a rate limit says how long to wait, in whole seconds rounded up, where the provider said it", () => {
    assert.include(new ProviderErrors.RateLimited(who).message, "Try again later")
    const retryAfter = Schema.decodeSync(Millis)(1200)
    assert.include(new ProviderErrors.RateLimited({ ...who, retryAfter }).message, "Try again in 2 s")
  })

  it("an overflow shows sizes only where both are known", () => {
    const sizes = { promptTokens: 12, contextTokens: 10 }
    assert.include(
      new ProviderErrors.ContextOverflow({ ...who, ...sizes }).message,
      "(12 tokens, room for 10)"
    )
    assert.notInclude(new ProviderErrors.ContextOverflow({ ...who, promptTokens: 12 }).message, "(")
  })

  it("a refused request names the parameter and the status where they are known", () => {
    const error = new ProviderErrors.InvalidRequest({ ...who, status: 400, parameter: "temperature" })
    assert.include(error.message, 'at "temperature" (status 400)')
    assert.include(new ProviderErrors.InvalidRequest(who).message, "refused the request (status unknown)")
  })

  it("an outage shows its status where there is one", () => {
    const outage = { ...who, reason: "server" } as const
    assert.include(
      new ProviderErrors.ProviderUnavailable({ ...outage, status: 503 }).message,
      "(server, status 503)"
    )
    assert.include(new ProviderErrors.ProviderUnavailable(outage).message, "(server)")
  })
})

describe("prompt errors", () => {
  tells(
    PromptErrors.CanonicalError,
    (fields: ConstructorParameters<typeof PromptErrors.CanonicalError>[0]) =>
      new PromptErrors.CanonicalError(fields)
  )
  tells(
    PromptErrors.PromptTooLarge,
    (fields: ConstructorParameters<typeof PromptErrors.PromptTooLarge>[0]) =>
      new PromptErrors.PromptTooLarge(fields)
  )
  tells(
    PromptErrors.IncludeError,
    (fields: ConstructorParameters<typeof PromptErrors.IncludeError>[0]) =>
      new PromptErrors.IncludeError(fields)
  )
  tells(
    PromptErrors.UnsupportedParameter,
    (fields: ConstructorParameters<typeof PromptErrors.UnsupportedParameter>[0]) =>
      new PromptErrors.UnsupportedParameter(fields)
  )
  tells(
    PromptErrors.InvalidInput,
    (fields: ConstructorParameters<typeof PromptErrors.InvalidInput>[0]) =>
      new PromptErrors.InvalidInput(fields)
  )
  tells(
    PromptErrors.PromptSyntaxError,
    (fields: ConstructorParameters<typeof PromptErrors.PromptSyntaxError>[0]) =>
      new PromptErrors.PromptSyntaxError({ ...fields, fix: "Remove it." })
  )

  it("a syntax error reads like a compiler's: file, line, column, problem, fix", () => {
    const error = new PromptErrors.PromptSyntaxError({
      file: "a.prompt.md",
      line: 3,
      column: 5,
      reason: "stray-closing-tag",
      problem: "</context> closes nothing",
      fix: "Remove it."
    })
    assert.strictEqual(error.message, "a.prompt.md:3:5: </context> closes nothing. Remove it.")
  })
})
