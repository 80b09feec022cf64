import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import { isIban, isLuhn } from "../../../layers/enforce/redaction/patterns.js"
import { merged, redact } from "../../../src/enforce/redact.js"
import { makePlaces } from "../../../src/enforce/places.js"
import { sha256 } from "../../../src/prompt/digest.js"
import { redactionPack, secretPack, secretsIn } from "./support.js"

// put together here, so that no scanner takes this file for a leak
const github = ["ghp", "wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx"].join("_")
const stripe = ["sk", "live", "4eC39HqLyjWDarjtT1zdp7dcXkPm"].join("_")
const google = ["AIza", "SyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY"].join("")
const face = ["hf", "aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789"].join("_")
const aws = ["AKIA", "Q4ZJ7N2M5X8K3W6B"].join("")
const jwt = [
  "eyJhbGciOiJIUzI1NiJ9",
  "eyJzdWIiOiIxMjM0NTY3ODkwIn0",
  "dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
].join(".")
const pem = `-----BEGIN RSA PRIVATE KEY-----\n${"MIIEowIBAAKCAQEA7bq98x0yQ2kZ\n".repeat(12)}-----END RSA PRIVATE KEY-----`
const tokens = { github, stripe, google, face, aws, jwt, pem }

/** The text without what was found. */
const cleaned = (text: string) =>
  Effect.map(secretsIn(text), (hits) =>
    redact(
      text,
      hits.flatMap(({ fix }) => (fix === undefined ? [] : [{ ...fix, detector: "x" }]))
    )
  )

describe("secrets", () => {
  for (const [name, token] of Object.entries(tokens)) {
    it.effect(`finds a ${name} token, where it stands and with what is around it left alone`, () =>
      Effect.gen(function* () {
        const text = `Before.\n  here: ${token} there\nAfter.\n`
        const hits = yield* secretsIn(text)
        assert.lengthOf(hits, 1)
        const { offsetOf } = makePlaces(text)
        const [hit] = hits
        assert.strictEqual(hit === undefined ? -1 : offsetOf(hit), text.indexOf(token))
        assert.strictEqual((yield* cleaned(text)).text, "Before.\n  here: [REDACTED:x] there\nAfter.\n")
      })
    )
    it.effect(`finds a ${name} token though the text says secretlint-disable`, () =>
      Effect.gen(function* () {
        const text = `<!-- secretlint-disable -->\n// secretlint-disable-next-line\n${token}\n`
        assert.notInclude((yield* cleaned(text)).text, token)
      })
    )
  }

  for (const [how, between] of [
    ["a line break", "\n"],
    ["CRLF and indentation", "\r\n    "],
    ["a backslash", " \\\n"],
    ["two string literals", '" +\n  "']
  ] as const) {
    it.effect(`finds a token that is split by ${how}, both halves`, () =>
      Effect.gen(function* () {
        const halves = [stripe.slice(0, 15), stripe.slice(15)] as const
        const { text } = yield* cleaned(`key "${halves.join(between)}"\nThe next line says more.\n`)
        assert.notInclude(text, halves[0])
        assert.notInclude(text, halves[1])
        assert.include(text, "The next line says more.")
      })
    )
  }

  it.effect("finds the second half when the first is long enough to be a token itself", () =>
    Effect.gen(function* () {
      const [one, other] = [stripe.slice(0, 26), stripe.slice(26)]
      const { text } = yield* cleaned(`${one}\n${other}\n`)
      assert.strictEqual(text, "[REDACTED:x]\n")
    })
  )

  it.effect("finds a token in base64", () =>
    Effect.gen(function* () {
      const hidden = Buffer.from(`the key is ${github}`).toString("base64")
      assert.strictEqual((yield* cleaned(`a ${hidden} b`)).text, "a [REDACTED:x] b")
    })
  )

  it.effect("takes hits that overlap as one", () =>
    Effect.gen(function* () {
      assert.lengthOf(yield* secretsIn(`password = "${github}"`), 1)
    })
  )

  it.effect("names no part of a secret in a hit", () =>
    Effect.gen(function* () {
      for (const token of Object.values(tokens)) {
        const [hit] = yield* secretsIn(`secret: ${token}\n`)
        const { rule: _, ...told } = hit ?? { rule: undefined }
        for (let at = 0; at + 8 <= token.length; at += 1) {
          if (/PRIVATE|BEGIN|END |-----| KEY/.test(token.slice(at, at + 8))) continue
          assert.notInclude(JSON.stringify(told), token.slice(at, at + 8))
        }
      }
    })
  )

  it.effect("leaves words, commits, paths and placeholders alone", () =>
    Effect.gen(function* () {
      const plain = [
        "The access_token: a random string of 32 bytes.",
        "password = ${PASSWORD_OF_DATABASE_1}",
        "const token = process.env.TOKEN_2_OF_US",
        "tokens: parseTokensOfEverything",
        "94886afda989a7bfe03c1d2b6a5d4e3f2a1b0c9d",
        "someone@example.org, 4242 4242 4242 4242",
        "src/services/ScaffoldCache.ts\nsrc/services/Enforcer.ts\nsrc/index.ts"
      ].join("\n")
      assert.deepStrictEqual(yield* secretsIn(plain), [])
    })
  )

  it.effect("finds what belongs to persons when it is asked for, by its check digits", () =>
    Effect.gen(function* () {
      const pack = secretPack("detectors: [email, iban, card]\n    allow: ['.*@example\\.com']")
      const found = (text: string) => Effect.map(secretsIn(text, pack), (hits) => hits.length)
      assert.strictEqual(yield* found("Write to jane.doe@mail.example.org today."), 1)
      assert.strictEqual(yield* found("Write to jane@example.com today."), 0)
      assert.strictEqual(yield* found("DE89 3704 0044 0532 0130 00"), 1)
      assert.strictEqual(yield* found("DE88 3704 0044 0532 0130 00"), 0)
      assert.strictEqual(yield* found("4242-4242-4242-4242"), 1)
      assert.strictEqual(yield* found("4242-4242-4242-4243"), 0)
    })
  )

  it.effect("refuses a pattern that RE2 does not take, and a warning that is an error", () =>
    Effect.gen(function* () {
      const bad = yield* Effect.flip(secretsIn("", secretPack("detectors: [jwt]\n    allow: ['(?=a)']")))
      assert.propertyVal(bad, "field", "allow")
      const loud = yield* Effect.flip(secretsIn("", secretPack("detectors: [jwt]\n    action: warn")))
      assert.propertyVal(loud, "field", "action")
    })
  )

  it.effect("holds what its pack shows as good and as bad", () =>
    Effect.gen(function* () {
      const pack = redactionPack()
      for (const { examples } of pack.file.rules) {
        assert.isAbove(examples?.bad.length ?? 0, 0)
        for (const good of examples?.good ?? [])
          assert.deepStrictEqual(yield* secretsIn(good, pack), [], good)
        for (const bad of examples?.bad ?? []) assert.isNotEmpty(yield* secretsIn(bad, pack), bad)
      }
    })
  )

  it.effect("takes no longer than a text is long, whatever stands in it", () =>
    Effect.gen(function* () {
      for (const part of [
        `${"QUJD".repeat(19)}\n`,
        `ab${" ".repeat(4_000)}x\n`,
        `${stripe}\n`,
        `${Buffer.from(stripe).toString("base64")} `,
        "-----BEGIN PRIVATE KEY-----\nQUJDQUJDQUJDQUJDQUJD\n",
        "eyJaaaaaaaa-",
        "token",
        "AIza",
        "-----BEGIN PRIVATE KEY-----\n",
        "a.a@a.",
        "1 ",
        "A1",
        "sk_live_"
      ]) {
        const start = performance.now()
        yield* secretsIn(
          part.repeat(1_000_000 / part.length),
          secretPack(
            "detectors: [recommended, private-key, jwt, google, stripe, assignment, email, iban, card]"
          )
        )
        assert.isBelow(performance.now() - start, 3_000, part.slice(0, 40))
      }
    })
  )

  it.effect("finds a private key that never ends, however much follows it", () =>
    Effect.gen(function* () {
      const key = `-----BEGIN PRIVATE KEY-----\n${`${"QUJD".repeat(16)}\n`.repeat(40_000)}`
      assert.lengthOf(yield* secretsIn(key, secretPack("detectors: [private-key]")), 1)
    })
  )
})

describe("redacting", () => {
  const secret = FastCheck.tuple(FastCheck.nat(60), FastCheck.integer({ min: 1, max: 20 })).map(
    ([start, length]) => ({ start, end: start + length, detector: `d${length % 3}` })
  )

  it("covers the same characters with fewer ranges, which are in order and do not touch", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.array(secret), (secrets) => {
        const covered = (all: typeof secrets): ReadonlyArray<number> =>
          [
            ...new Set(
              all.flatMap(({ end, start }) => Array.from({ length: end - start }, (_, i) => start + i))
            )
          ].sort((a, b) => a - b)
        const result = [...merged(secrets)]
        assert.deepStrictEqual(covered(result), covered(secrets))
        result.slice(1).forEach(({ start }, i) => assert.isAbove(start, result[i]?.end ?? Infinity))
        assert.deepStrictEqual(merged([...secrets].reverse()), result)
      })
    )
  })

  it("leaves everything else as it is, and tells the digest of what was there", () => {
    FastCheck.assert(
      FastCheck.property(
        FastCheck.string({ minLength: 80, maxLength: 80 }),
        FastCheck.array(secret),
        (text, secrets) => {
          const result = redact(text, secrets)
          const parts: Array<string> = []
          let from = 0
          for (const { detector, end, start } of merged(secrets)) {
            parts.push(text.slice(from, start), `[REDACTED:${detector}]`)
            from = end
          }
          assert.strictEqual(result.text, [...parts, text.slice(from)].join(""))
          assert.strictEqual(result.original, sha256(text))
        }
      )
    )
  })

  it("knows offsets from places and places from offsets", () => {
    FastCheck.assert(
      FastCheck.property(
        FastCheck.array(FastCheck.constantFrom("a", "é", "\n", "\r\n", "\u2028")),
        (parts) => {
          const text = parts.join("")
          const { offsetOf, placeOf } = makePlaces(text)
          for (let at = 0; at <= text.length; at += 1) assert.strictEqual(offsetOf(placeOf(at)), at)
        }
      )
    )
  })

  it("checks the digits of cards and accounts", () => {
    assert.deepStrictEqual([isLuhn("79927398713000"), isLuhn("4111111111111111")], [false, true])
    assert.deepStrictEqual(
      [isIban("GB82 WEST 1234 5698 7654 32"), isIban("GB82 WEST 1234 5698 7654 33")],
      [true, false]
    )
  })
})
