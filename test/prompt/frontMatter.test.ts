import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import { stringify } from "yaml"
import type { PromptSyntaxError } from "../../src/domain/PromptErrors.js"
import { canonicalJson } from "../../src/prompt/canonical.js"
import { parseFrontMatter, type FrontMatter } from "../../src/prompt/frontMatter.js"

const read = (text: string) => Either.getOrThrow(parseFrontMatter(text, "p.md"))
const refused = (text: string): PromptSyntaxError =>
  Either.getOrThrow(Either.flip(parseFrontMatter(text, "p.md")))
const refusedYaml = (yaml: string): PromptSyntaxError => refused(`---\n${yaml}\n---\ntext`)

const text = FastCheck.string({ unit: "grapheme", maxLength: 12 })
const frontMatter: FastCheck.Arbitrary<Record<string, unknown>> = FastCheck.record(
  {
    provider: FastCheck.constantFrom("openai", "anthropic", "vllm", "sglang", "llama-cpp", "x-mine"),
    model: text.filter((name) => name !== ""),
    temperature: FastCheck.constantFrom(0, 0.7, 2),
    seed: FastCheck.integer(),
    rulepacks: FastCheck.array(text, { maxLength: 3 }),
    context: FastCheck.dictionary(
      text,
      FastCheck.oneof(text, FastCheck.integer(), FastCheck.boolean(), FastCheck.constant(null)),
      {
        noNullPrototype: true
      }
    ),
    layout: FastCheck.constantFrom("stable-first", "source")
  },
  { requiredKeys: [] }
)

describe("parseFrontMatter", () => {
  it.prop(
    "reads back what was written as YAML, and says where the text starts",
    [frontMatter, FastCheck.constantFrom("\n", "\r\n"), FastCheck.constantFrom("", "\ufeff")],
    ([values, newline, mark]) => {
      const yaml = stringify(values, { lineWidth: 0 }).replaceAll("\n", newline)
      const { end, frontMatter } = read(`${mark}---${newline}${yaml}---${newline}text`)
      assert.strictEqual(
        Either.getOrThrow(canonicalJson(frontMatter)),
        Either.getOrThrow(canonicalJson(values))
      )
      assert.strictEqual(end, mark.length + 3 + newline.length + yaml.length + 3 + newline.length)
    }
  )

  it("is nothing where a source does not start with it", () => {
    for (const source of ["", "text", "\n---\nmodel: m\n---\n", "--- x\n", "----\n", "---", " ---\n---\n"]) {
      assert.deepStrictEqual(read(source), { frontMatter: {}, end: 0 }, source)
    }
    assert.deepStrictEqual(read("\ufefftext"), { frontMatter: {}, end: 1 })
  })

  it("may be empty, end with dots, at the end of the file, and have spaces behind its marks", () => {
    assert.deepStrictEqual(read("---\n---\n"), { frontMatter: {}, end: 8 })
    assert.deepStrictEqual(read("--- \t\nmodel: m\n... \nx"), { frontMatter: { model: "m" }, end: 20 })
    assert.deepStrictEqual(read("---\n# nothing\n---"), { frontMatter: {}, end: 17 })
  })

  it("does not end within a line, nor at a line separator of Unicode", () => {
    const value: FrontMatter = { model: "a --- b\u2028---\u2028c" }
    assert.deepStrictEqual(read(`---\nmodel: "a --- b\u2028---\u2028c"\n---\n`).frontMatter, value)
  })

  it("keeps __proto__ in the context as a key like any other", () => {
    const { context } = read("---\ncontext:\n  __proto__: {admin: true}\n  a: 1\n---\n").frontMatter
    assert.deepStrictEqual(Object.keys(context ?? {}), ["__proto__", "a"])
    assert.isUndefined(context?.["admin"])
    assert.deepStrictEqual(canonicalJson(context), Either.right('{"__proto__":{"admin":true},"a":1}'))
  })

  it("leaves dates, versions and yes as the texts that they are", () => {
    const { context } = read(
      "---\ncontext: {day: 2026-10-21, version: 1.2.3, flag: yes, octal: 0o17}\n---\n"
    ).frontMatter
    assert.deepStrictEqual(context, { day: "2026-10-21", version: "1.2.3", flag: "yes", octal: 15 })
  })

  it("takes tags that say what a value is anyway", () => {
    const { context } = read(
      "---\ncontext: !!map {a: !!str 5, b: !!int '5', c: !!seq [! 5], d: !!bool true, e: !!null '', f: !!float 1.5}\n---\n"
    ).frontMatter
    assert.deepStrictEqual(context, { a: "5", b: 5, c: ["5"], d: true, e: null, f: 1.5 })
  })

  it("takes aliases, as long as they are few", () => {
    const { context } = read("---\ncontext: {a: &x [1, 2], b: *x}\n---\n").frontMatter
    assert.deepStrictEqual(context, { a: [1, 2], b: [1, 2] })
  })

  const bomb = ["context:", "  a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    .concat(Array.from({ length: 9 }, (_, i) => `  a${i + 1}: &a${i + 1} [${`*a${i}, `.repeat(9)}]`))
    .join("\n")
  for (const [what, yaml, place, problem, fix] of [
    ["broken YAML", "model: [a", "3:1", "is not YAML", "quotes"],
    ["a key that stands twice", "model: a\nseed: 1\nmodel: b", "4:1", "stands twice", "Keep one"],
    ["a key that stands twice deeper down", 'context: {"1": a, 1: b}', "2:19", "stands twice", "Keep one"],
    [
      "an unknown field",
      "modle: m",
      "2:8",
      '"modle" in the front matter is not known',
      "It takes provider, model"
    ],
    ["a provider that is none", "model: m\nprovider: opneai", "3:11", '"provider"', "llama-cpp"],
    ["a model without a name", 'model: ""', "2:8", '"model"', "name"],
    ["a temperature that is too high", "temperature: 3", "2:14", '"temperature"', "from 0 to 2"],
    ["a seed that is a text", "seed: one", "2:7", '"seed"', "number"],
    ["rulepacks that are no list", "rulepacks: a", "2:12", '"rulepacks"', "list of names"],
    ["a rulepack that is a number", "rulepacks:\n  - a\n  - 1", "4:5", '"rulepacks.1"', "list of names"],
    ["a context that is a list", "context: [1]", "2:10", '"context"', "mapping"],
    ["a context that is a tagged set", "context: !!set {a}", "2:16", "JSON cannot hold", "tag out"],
    ...[
      ["binary data", "!!binary aGk="],
      ["a date", "!!timestamp 2026-10-21"],
      ["a set", "!!set {x}"],
      ["an ordered map", "!!omap [x: 1]"],
      ["pairs", "!!pairs [x: 1]"],
      ["a merge key", "!!merge x"],
      ["a text with a tag of one's own", "!mine x"],
      ["a mapping with a tag of one's own", "!mine {x: 1}"],
      ["a list with a tag that nobody knows", "!!nonsense [1]"],
      ["a whole number that is none", "!!int x"],
      ["a truth that is none", "!!bool maybe"]
    ].map(
      ([what = "", value = ""]) =>
        [
          what,
          `seed: 1\ncontext: {a: [${value}]}`,
          // behind the tag
          `3:${15 + value.indexOf(" ") + 1}`,
          "JSON cannot hold",
          "tag out"
        ] as const
    ),
    ["a key that is binary data", "context: {!!binary aGk=: 1}", "2:20", "JSON cannot hold", "tag out"],
    ["a layout that is none", "layout: random", "2:9", '"layout"', "stable-first or source"],
    ["a list", "- model", "2:1", "is not a mapping", "name: value"],
    ["a text", "hello there", "2:1", "is not a mapping", "name: value"],
    [
      "an integer that would be rounded",
      "context: {build: 12345678901234567890}",
      "2:18",
      "cannot be held exactly",
      "quotes"
    ],
    ["an infinity", "context: {x: .inf}", "2:14", "cannot be held exactly", "quotes"],
    ["what is not a number", "context: {x: .nan}", "2:14", "cannot be held exactly", "quotes"],
    ["a number that is out of range", "context: {x: 1e999}", "2:14", "cannot be held exactly", "quotes"],
    ["a key that is a list", "context:\n  ? [a]\n  : 1", "3:5", "is not a text", "Write it out"],
    ["a key that is an alias", "context: {a: &k b, *k : 1}", "2:20", "is not a text", "Write it out"],
    ["an alias of nothing", "model: *x", "2:8", "stands for nothing", "Write the value out"],
    ["a bomb of aliases", bomb, "2:1", "too many aliases", "Write the values out"],
    ["100,000 open brackets", `context: ${"[".repeat(50_000)}`, undefined, "is not YAML", "quotes"],
    ["more than it may be long", `model: ${"m".repeat(70_000)}`, "1:1", "longer than", "with the input"]
  ] as const) {
    it(`refuses ${what}, with the place and the fix`, () => {
      const error = refusedYaml(yaml)
      assert.strictEqual(error.reason, "front-matter")
      if (place !== undefined) assert.strictEqual(`${error.line}:${error.column}`, place)
      assert.include(error.problem, problem)
      assert.include(error.fix, fix)
    })
  }

  it("says that it is never closed", () => {
    for (const source of ["---\n", "---\nmodel: m\n", "---\nmodel: m\n ---\n", "---\n---x\n"]) {
      const error = refused(source)
      assert.strictEqual(`${error.line}:${error.column}`, "1:1")
      assert.include(error.problem, "never closed")
    }
  })

  it("quotes no value of the front matter", () => {
    for (const yaml of [
      "model: [CANARY",
      "seed: CANARY",
      "provider: CANARY",
      "context: CANARY",
      "CANARY",
      "- CANARY"
    ]) {
      assert.notInclude(refusedYaml(yaml).message, "CANARY")
    }
  })

  it("tells nobody on standard error", () => {
    const warned: Array<unknown> = []
    const listen = (warning: unknown) => warned.push(warning)
    process.on("warning", listen)
    refusedYaml("context:\n  ? [a]\n  : 1")
    refusedYaml("context: {a: !unknown b}")
    return new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      process.off("warning", listen)
      assert.deepStrictEqual(warned, [])
    })
  })
})
