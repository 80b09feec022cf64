import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Fs from "node:fs"
import * as Path from "node:path"
import type { Sources } from "../../layers/ConfigFile.js"
import { findRoot, layer, loadConfig } from "../../layers/ConfigFile.js"
import { placeOf, syntaxErrorOffset, topLevelKeys } from "../../layers/jsonPlaces.js"
import {
  AegisConfig,
  ConfigInvalid,
  flagOf,
  layer as layerOf,
  settingNames,
  variableOf
} from "../../src/services/AegisConfig.js"
import { tempDir } from "../support/tempDir.js"

/** A project whose aegis.config.json has this text. */
const configured = (text: string) =>
  Effect.map(tempDir, (root) => {
    Fs.writeFileSync(Path.join(root, "aegis.config.json"), text)
    return root
  })

const load = (cwd: string, rest: Partial<Sources> = {}) => loadConfig({ cwd, env: {}, flags: {}, ...rest })

const refused = (text: string) =>
  Effect.flatMap(configured(text), (root) => Effect.flip(load(root))).pipe(
    Effect.mapError(() => new Error(`accepted: ${text}`))
  )

describe("ConfigFile", () => {
  it.scoped("takes flags over the environment over the file over defaults, and says which", () =>
    Effect.gen(function* () {
      const root = yield* configured(
        JSON.stringify({ model: "file", namespace: "file", layout: "source", maxEntries: 7 })
      )
      const { origins, settings } = yield* load(root, {
        env: { AEGIS_MODEL: "env", AEGIS_NAMESPACE: "env" },
        flags: { model: "flag" }
      })
      assert.deepStrictEqual(
        [settings.model, settings.namespace, settings.layout, settings.maxEntries, settings.maxRetries],
        ["flag", "env", "source", 7, 3]
      )
      assert.deepStrictEqual(
        (["model", "namespace", "layout", "maxEntries", "maxRetries"] as const).map((name) =>
          origins.get(name)
        ),
        ["--model", "AEGIS_NAMESPACE", "aegis.config.json", "aegis.config.json", "default"]
      )
    })
  )

  it.scoped("reads numbers and lists from the environment, and takes an empty variable as unset", () =>
    Effect.gen(function* () {
      const root = yield* tempDir
      const { settings } = yield* load(root, {
        env: {
          AEGIS_MAX_BYTES: "1024",
          AEGIS_TEMPERATURE: "0.5",
          AEGIS_MODEL: "4",
          AEGIS_FALLBACK: "openai:a, vllm:b",
          AEGIS_NAMESPACE: " "
        }
      })
      assert.strictEqual(settings.maxBytes, 1024)
      assert.strictEqual(settings.temperature, 0.5)
      assert.strictEqual(settings.model, "4")
      assert.deepStrictEqual(settings.fallback, ["openai:a", "vllm:b"])
      assert.strictEqual(settings.namespace, "default")
    })
  )

  it.scoped("reads lists and objects that are written as JSON in the environment", () =>
    Effect.gen(function* () {
      const root = yield* tempDir
      const { settings } = yield* load(root, {
        env: {
          AEGIS_BUDGETS: ' [{ "scope": "day", "hard": 5 }, { "scope": "run", "soft": 0.5 }]',
          AEGIS_FALLBACK: '["openai:a,b"]',
          AEGIS_MODEL: "[a model]",
          AEGIS_NAMESPACE: '{"a":1}'
        }
      })
      assert.deepStrictEqual<unknown>(settings.budgets, [
        { scope: "day", hard: 5 },
        { scope: "run", soft: 0.5 }
      ])
      assert.deepStrictEqual(settings.fallback, ["openai:a,b"])
      assert.strictEqual(settings.model, "[a model]")
      assert.strictEqual(settings.namespace, '{"a":1}')
    })
  )

  it.scoped("refuses a budget without a limit, and one whose limit is misspelt", () =>
    Effect.gen(function* () {
      const root = yield* tempDir
      const none = yield* Effect.flip(load(root, { env: { AEGIS_BUDGETS: '[{ "scope": "day" }]' } }))
      assert.strictEqual(
        none.message,
        'AEGIS_BUDGETS: "budgets" must be a budget with "soft", "hard" or both. Correct it, or leave it out for the default.'
      )
      const misspelt = yield* refused('{ "budgets": [{ "scope": "day", "soft": 1, "hrad": 2 }] }')
      assert.match(misspelt.message, /^aegis\.config\.json:1:3: "budgets" .*"scope" \| "namespace" \| "soft"/)
    })
  )

  it.scoped("names the variable or flag whose value is wrong, without its value", () =>
    Effect.gen(function* () {
      const root = yield* tempDir
      const env = yield* Effect.flip(load(root, { env: { AEGIS_MAX_BYTES: "sk-secret" } }))
      assert.strictEqual(
        env.message,
        'AEGIS_MAX_BYTES: "maxBytes" must be number. Correct it, or leave it out for the default.'
      )
      const flag = yield* Effect.flip(load(root, { flags: { temperature: 3 } }))
      assert.strictEqual(flag.origin, "--temperature")
      // a provider alone names nobody who could answer
      const fallback = yield* Effect.flip(load(root, { flags: { fallback: ["openai"] } }))
      assert.strictEqual(
        fallback.message,
        '--fallback: "fallback" must be texts "provider:model". Correct it, or leave it out for the default.'
      )
    })
  )

  it.scoped("points at the line and column of a value that is wrong", () =>
    Effect.gen(function* () {
      const error = yield* refused('{\n  "model": "m",\n  "maxBytes": -1\n}')
      assert.include(error, { origin: "aegis.config.json", key: "maxBytes", line: 3, column: 3 })
      assert.strictEqual(
        error.message,
        'aegis.config.json:3:3: "maxBytes" must be a positive number. Correct it, or leave it out for the default.'
      )
    })
  )

  it.scoped("refuses a cache around the project, however its folder is written, and says where", () =>
    Effect.gen(function* () {
      const outer = yield* tempDir
      const root = Path.join(outer, "project")
      Fs.mkdirSync(root)
      Fs.writeFileSync(Path.join(root, "package.json"), "{}")
      Fs.symlinkSync(".", Path.join(root, "link"))
      const around = [".", "./", "..", "../..", "./x/..", "x/../../", root, `${root}/`, outer, "/"]
      for (const cacheDir of around) {
        const flag = yield* Effect.flip(load(root, { flags: { cacheDir } }))
        assert.strictEqual(
          flag.message,
          `--cache-dir: "cacheDir" is the project's root or a folder above it. Name a folder for the cache alone, as ".aegis" is.`,
          cacheDir
        )
        const program = yield* Effect.flip(Effect.provide(AegisConfig, layerOf(root, { cacheDir })))
        assert.deepInclude(program, { origin: "the program", key: "cacheDir" }, cacheDir)
      }
      assert.strictEqual((yield* Effect.flip(load(root, { flags: { cacheDir: "link" } }))).key, "cacheDir")
      const variable = yield* Effect.flip(load(root, { env: { AEGIS_CACHE_DIR: ".." } }))
      assert.strictEqual(variable.origin, "AEGIS_CACHE_DIR")
      assert.include(yield* refused('{\n  "cacheDir": "./x/.."\n}'), {
        origin: "aegis.config.json",
        key: "cacheDir",
        line: 2,
        column: 3
      })
      const fine = ["..x", "x", "../beside", "./x/../y", `${root}-cache`, Path.join(root, "deep/er")]
      for (const cacheDir of fine) {
        assert.strictEqual((yield* load(root, { flags: { cacheDir } })).settings.cacheDir, cacheDir)
        yield* Effect.provide(AegisConfig, layerOf(root, { cacheDir }))
      }
    })
  )

  it.scoped("says what was probably meant by an unknown key", () =>
    Effect.gen(function* () {
      assert.match(
        (yield* refused('{"maxbyte": 1}')).message,
        /:1:2: "maxbyte" is not a setting\. Did you mean "maxBytes"\?/
      )
      assert.match((yield* refused('{"zzz": 1}')).message, /Remove it; `aegis schema AegisConfig`/)
      assert.match((yield* refused('{"__proto__": 1}')).message, /"__proto__" is not a setting/)
    })
  )

  it.scoped("refuses a key that stands twice, JSON that is broken and JSON that is no object", () =>
    Effect.gen(function* () {
      assert.include(yield* refused('{"model": "a",\n"model": "b"}'), { key: "model", line: 2, column: 1 })
      const broken = yield* refused('{\n  "model": "a",\n}')
      assert.include(broken, { line: 3, column: 1 })
      assert.match(broken.message, /^aegis\.config\.json:3:1: is not JSON\. /)
      assert.include(yield* refused('{"model": "a"'), { line: 1, column: 14 })
      for (const text of ["[]", "null", "3", '"x"'])
        assert.match((yield* refused(text)).message, /not a JSON object/)
    })
  )

  it.scoped("takes $schema, a byte order mark and nested values that look like keys", () =>
    Effect.gen(function* () {
      const root = yield* configured('\uFEFF{"$schema": "./x.json", "fallback": ["a:model", "a:maxBytes"]}')
      assert.deepStrictEqual((yield* load(root)).settings.fallback, ["a:model", "a:maxBytes"])
    })
  )

  it.scoped("reports a file that cannot be read", () =>
    Effect.gen(function* () {
      const root = yield* tempDir
      Fs.mkdirSync(Path.join(root, "aegis.config.json"))
      assert.match((yield* Effect.flip(load(root))).message, /cannot be read \(EISDIR\)/)
    })
  )

  it.scoped("finds the root upwards by its marks, and takes the start where there are none", () =>
    Effect.gen(function* () {
      const root = yield* tempDir
      const deep = Path.join(root, "a/b/c")
      Fs.mkdirSync(deep, { recursive: true })
      assert.strictEqual(findRoot(deep), deep)
      Fs.writeFileSync(Path.join(root, "package.json"), "{}")
      assert.strictEqual(findRoot(deep), root)
      Fs.mkdirSync(Path.join(root, "a/.git"))
      assert.strictEqual(findRoot(deep), Path.join(root, "a"))
      Fs.writeFileSync(Path.join(root, "a/b/aegis.config.json"), '{"model": "near"}')
      const { root: found, settings } = yield* AegisConfig.pipe(
        Effect.provide(layer({ cwd: deep, env: {}, flags: {} }))
      )
      assert.strictEqual(found, Path.join(root, "a/b"))
      assert.strictEqual(settings.model, "near")
    })
  )

  it("names each setting's variable and flag by one rule", () => {
    assert.strictEqual(variableOf("llamaCppBaseUrl"), "AEGIS_LLAMA_CPP_BASE_URL")
    assert.strictEqual(flagOf("llamaCppBaseUrl"), "--llama-cpp-base-url")
    assert.strictEqual(new Set(settingNames.map(variableOf)).size, settingNames.length)
  })

  it("leaves the place out of a message that has none", () => {
    const error = new ConfigInvalid({
      origin: "AEGIS_MODEL",
      key: "model",
      problem: "is bad",
      fix: "Mend it."
    })
    assert.strictEqual(error.message, 'AEGIS_MODEL: "model" is bad. Mend it.')
    assert.match(new ConfigInvalid({ ...error, line: 4 }).message, /^AEGIS_MODEL:4:1: /)
  })
})

describe("places in JSON", () => {
  it("finds the outermost keys of any object, in their order, wherever strings look like syntax", () => {
    FastCheck.assert(
      FastCheck.property(
        FastCheck.dictionary(FastCheck.string(), FastCheck.jsonValue()),
        FastCheck.constantFrom(undefined, 2),
        (object, indent) => {
          const text = JSON.stringify(object, undefined, indent)
          const places = topLevelKeys(text)
          assert.deepStrictEqual(
            places.map(({ key }) => key),
            Object.keys(object)
          )
          for (const { key, offset } of places) assert.isTrue(text.startsWith(JSON.stringify(key), offset))
        }
      )
    )
  })

  it("counts lines and columns from 1", () => {
    assert.deepStrictEqual(placeOf("ab\ncd", 0), { line: 1, column: 1 })
    assert.deepStrictEqual(placeOf("ab\ncd", 4), { line: 2, column: 2 })
    assert.strictEqual(syntaxErrorOffset("abc", new Error("position 1")), 3)
  })
})
