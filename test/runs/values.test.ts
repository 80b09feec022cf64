import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import vm from "node:vm"
import type { ValueError } from "../../src/domain/RunErrors.js"
import type { Extension } from "../../src/runs/Extension.js"
import { decodeValue, encodeElements, encodeValue, parseValue } from "../../src/runs/values.js"
import type { Encoded } from "../../src/runs/values.js"
import { shape } from "./shape.js"

const encoded = (value: unknown, extension?: Extension): Encoded =>
  Either.getOrThrow(encodeValue(value, extension))
const text = (value: unknown, extension?: Extension): string => {
  const result = encoded(value, extension)
  return result.encoding === 2 ? "bytes" : result.text
}
const read = (value: Encoded, extension?: Extension): Either.Either<unknown, ValueError> =>
  Either.flatMap(parseValue(value), (stored) => decodeValue(stored, extension))
const decoded = (value: Encoded, extension?: Extension): unknown => Either.getOrThrow(read(value, extension))
const again = (value: unknown, extension?: Extension): unknown =>
  decoded(encoded(value, extension), extension)
const refused = (value: unknown, extension?: Extension): ValueError =>
  Either.getOrThrow(Either.flip(encodeValue(value, extension)))
const unreadable = (stored: string, extension?: Extension): ValueError =>
  Either.getOrThrow(Either.flip(read({ encoding: 1, text: stored }, extension)))

const survives = (value: unknown): void => assert.strictEqual(shape(again(value)), shape(value))

/** Changes all of a value that can be changed. */
const spoil = (value: unknown): void => {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return
  if (value instanceof Map || value instanceof Set) {
    for (const [key, member] of value.entries()) [key, member].forEach(spoil)
    value.clear()
  }
  if (value instanceof Uint8Array) value.fill(7)
  else if (value instanceof Date) value.setTime(0)
  for (const key of Object.keys(value)) {
    spoil(Reflect.get(value, key))
    Reflect.deleteProperty(value, key)
  }
  Reflect.set(value, "spoilt", true)
}

const string = FastCheck.oneof(
  FastCheck.string(),
  FastCheck.string({ unit: "binary" }),
  FastCheck.constantFrom("\ud800", "a\udc00b", "\0", "\u2028", "")
)
const key = FastCheck.oneof(
  string,
  FastCheck.constantFrom("__proto__", "constructor", "$t", "v", "length", "10", "2", "lc", "lg_name")
)
const bytes = FastCheck.uint8Array({ maxLength: 17 })
const leaf = FastCheck.oneof(
  FastCheck.constantFrom(null, true, false, undefined, NaN, Infinity, -Infinity, -0, 0),
  FastCheck.double(),
  FastCheck.integer(),
  string,
  FastCheck.bigInt(),
  FastCheck.date({ noInvalidDate: false }),
  FastCheck.constantFrom("a", "/\\/", "(?<n>[\\d])").map((source) => new RegExp(source, "gi")),
  FastCheck.webUrl().map((url) => new URL(url)),
  bytes,
  bytes.map((given) => given.buffer.slice(0)),
  bytes.map((given) => new DataView(given.slice().buffer)),
  bytes.map((given) => new Uint8ClampedArray(given)),
  bytes.map((given) => new Int8Array(given)),
  FastCheck.uint16Array({ maxLength: 5 }),
  FastCheck.int16Array({ maxLength: 5 }),
  FastCheck.uint32Array({ maxLength: 5 }),
  FastCheck.int32Array({ maxLength: 5 }),
  FastCheck.float32Array({ maxLength: 5 }),
  FastCheck.float64Array({ maxLength: 5 }),
  FastCheck.bigInt64Array({ maxLength: 5 }),
  FastCheck.bigUint64Array({ maxLength: 5 })
)

const any: FastCheck.Arbitrary<unknown> = FastCheck.letrec((tie) => {
  const entries = FastCheck.array(FastCheck.tuple(key, tie("value")), { maxLength: 4 })
  const list = FastCheck.array(tie("value"), { maxLength: 4 })
  return {
    value: FastCheck.oneof(
      { depthSize: "small", withCrossShrink: true },
      leaf,
      list,
      entries.map((given) => Object.fromEntries(given)),
      entries.map((given) => Object.assign(Object.create(null), Object.fromEntries(given))),
      FastCheck.array(FastCheck.tuple(tie("value"), tie("value")), { maxLength: 4 }).map(
        (given) => new Map(given)
      ),
      list.map((given) => new Set(given)),
      FastCheck.tuple(string, list).map(([message, cause]) => new TypeError(message, { cause })),
      list.map((given) => new AggregateError(given, "several")),
      FastCheck.tuple(list, entries).map(([given, more]) => {
        const array: Array<unknown> = [...given]
        array.length += 2
        for (const [at, value] of more) if (at !== "length") Object.defineProperty(array, at, member(value))
        return array
      })
    )
  }
}).value

const member = (value: unknown) => ({ value, enumerable: true, writable: true, configurable: true })

const json = FastCheck.jsonValue({ noUnicodeString: false, maxDepth: 4 }).map(
  (value) => JSON.parse(JSON.stringify(value)) as unknown
)

const nested = (levels: number, wrap: (inner: unknown) => unknown): unknown => {
  let value: unknown = "leaf"
  for (let level = 0; level < levels; level++) value = wrap(value)
  return value
}

describe("a value", () => {
  it.prop("comes back as it was", [any], ([value]) => survives(value), { fastCheck: { numRuns: 2_000 } })

  it.prop("that JSON can hold is JSON", [json], ([value]) => {
    assert.deepStrictEqual(encoded(value), { encoding: 0, text: JSON.stringify(value) })
  })

  it.prop("has the text of its elements", [FastCheck.array(any)], ([values]) => {
    const elements = Either.getOrThrow(encodeElements(values))
    const whole = encoded(values)
    assert.strictEqual(elements?.encoding, whole.encoding)
    assert.strictEqual(`[${elements?.texts.join()}]`, text(values))
    for (const element of elements?.texts ?? [])
      assert.isTrue(Either.isRight(read({ encoding: elements?.encoding ?? 0, text: element })))
  })

  it.prop(
    "of a list is the same whatever the list was before",
    [FastCheck.array(any, { maxLength: 6 }), FastCheck.array(any, { maxLength: 6 })],
    ([kept, fresh]) => {
      const before = Either.getOrThrow(encodeElements([...kept, ...fresh]))
      for (const values of [
        [...kept, ...fresh],
        [...fresh, ...kept],
        [...kept, 1]
      ]) {
        const anew = Either.getOrThrow(encodeElements(values))
        assert.deepStrictEqual(Either.getOrThrow(encodeElements(values, undefined, before)), anew)
      }
      kept.forEach(spoil)
      const spoilt = Either.getOrThrow(encodeElements(kept))
      assert.deepStrictEqual(Either.getOrThrow(encodeElements(kept, undefined, before)), spoilt)
    }
  )

  it.prop("is another one for each who reads it", [any], ([value]) => {
    const stored = Either.getOrThrow(parseValue(encoded(value)))
    const before = shape(Either.getOrThrow(decodeValue(stored)))
    spoil(Either.getOrThrow(decodeValue(stored)))
    assert.strictEqual(shape(Either.getOrThrow(decodeValue(stored))), before)
  })

  it.prop("is not changed by being written", [any], ([value]) => {
    const before = shape(value)
    encodeValue(value)
    assert.strictEqual(shape(value), before)
  })

  it("is JSON where JSON is exact, key order, lone surrogates and `__proto__` included", () => {
    const value = JSON.parse('{"z":1,"a":"\\ud800","__proto__":{"x":[null,true]}}')
    assert.deepStrictEqual(encoded(value), { encoding: 0, text: JSON.stringify(value) })
    survives(value)
    assert.isUndefined(Reflect.get(Object(again(value)), "x"))
  })

  it("may be what JSON has not", () => {
    assert.deepStrictEqual(encoded({ at: new Date(5), gone: undefined, n: -0 }), {
      encoding: 1,
      text: '{"at":{"$t":"Date","v":5},"gone":{"$t":"undefined","v":null},"n":{"$t":"number","v":"-0"}}'
    })
    for (const value of [
      undefined,
      NaN,
      -0,
      5n,
      -(10n ** 400n),
      new Date(NaN),
      [undefined],
      [, 1],
      new URL("x:y")
    ])
      survives(value)
  })

  it("of bytes is those bytes, a copy of them", () => {
    const bytes = Uint8Array.of(0, 255, 7)
    const stored = encoded(bytes)
    assert(stored.encoding === 2)
    bytes[0] = 9
    assert.deepStrictEqual(stored.bytes, Uint8Array.of(0, 255, 7))
    const read = decoded(stored)
    assert.deepStrictEqual(read, Uint8Array.of(0, 255, 7))
    stored.bytes[0] = 9
    assert.deepStrictEqual(read, Uint8Array.of(0, 255, 7))
  })

  it("of a Buffer is a Uint8Array, of a view what it shows", () => {
    assert.deepStrictEqual(again(Buffer.from("hi")), Uint8Array.of(104, 105))
    assert.deepStrictEqual(again([Buffer.from("hi")]), [Uint8Array.of(104, 105)])
    const view = again({ view: new Uint16Array(Uint16Array.of(1, 2, 3).buffer, 2, 1) })
    assert.deepStrictEqual(view, { view: Uint16Array.of(2) })
    assert.strictEqual(Reflect.get(Object(view), "view").buffer.byteLength, 2)
  })

  it("that is an object twice is two objects", () => {
    const shared = { a: 1 }
    const [first, second] = again([shared, shared]) as Array<unknown>
    assert.deepStrictEqual([first, second], [shared, shared])
    assert.notStrictEqual(first, second)
    survives(new Map([[shared, [shared]]]))
  })

  it("that looks like a tag, a constructor or a Send is data", () => {
    for (const value of [
      { $t: "Date", v: 0 },
      { $t: { $t: { $t: undefined } } },
      { lc: 1, type: "constructor", id: ["langchain_core", "messages", "HumanMessage"], kwargs: {} },
      { lc: 2, type: "undefined" },
      { lg_name: "Send", node: "x", args: {} }
    ])
      survives(value)
    assert.deepStrictEqual(text({ lc: 1, type: "secret", id: ["K"] }), '{"lc":1,"type":"secret","id":["K"]}')
  })

  it("of RegExp.prototype.exec keeps its groups and its index", () => {
    survives(/(?<word>b)/.exec("abc"))
    // as many keys as elements, and still not a list; walked once however deep it is nested
    survives(nested(200, (inner) => Object.assign([inner, ,], { more: 1 })))
  })

  it("of another realm is as of this one", () => {
    const foreign = vm.runInNewContext(
      "[{a: [1]}, new Map([[1, new Set([2])]]), new Date(3), /x/g, new TypeError('t')]"
    )
    assert.strictEqual(
      shape(again(foreign)),
      shape([{ a: [1] }, new Map([[1, new Set([2])]]), new Date(3), /x/g, new TypeError("t")])
    )
    assert.strictEqual(encoded(vm.runInNewContext("({a: [1]})")).encoding, 0)
    assert.strictEqual(encoded(vm.runInNewContext("Uint8Array.of(1)")).encoding, 2)
  })
})

describe("an object of a class", () => {
  class Point {
    readonly x = 1
    readonly hidden = Symbol.iterator.description
    readonly move = () => this.x
    get sum() {
      return this.x + 1
    }
  }

  it("is its data, without its functions", () => {
    assert.deepStrictEqual(encoded(new Point()), { encoding: 0, text: '{"x":1,"hidden":"Symbol.iterator"}' })
    assert.strictEqual(text(Object.assign(new Point(), { $t: 1n })).startsWith('{"$t":"Object"'), true)
  })

  it("is what its toJSON gives, and what that gives", () => {
    const inner = { toJSON: (key: string) => [new Date(0), key] }
    assert.deepStrictEqual(again({ a: { b: 1, toJSON: () => inner } }), { a: [new Date(0), ""] })
    assert.deepStrictEqual(again({ a: inner, l: [inner] }), {
      a: [new Date(0), "a"],
      l: [[new Date(0), "0"]]
    })
    assert.deepStrictEqual(encoded({ a: { b: 1, toJSON: () => 2 } }), { encoding: 0, text: '{"a":2}' })
  })

  it("may give itself as its JSON", () => {
    class Self {
      readonly a = 1
      readonly toJSON = (): unknown => this
    }
    assert.deepStrictEqual(encoded(new Self()), { encoding: 0, text: '{"a":1}' })
  })

  it("of JavaScript's own, extended, is the one that it extends", () => {
    class MyMap extends Map<number, number> {}
    class MyArray extends Array<number> {}
    assert.strictEqual(shape(again([new MyMap([[1, 2]]), MyArray.of(1)])), shape([new Map([[1, 2]]), [1]]))
  })

  it("is a primitive where it boxes one", () => {
    const boxes = [Object(1), Object("a"), Object(true), Object(2n), Object(-0)]
    assert.strictEqual(shape(again(boxes)), shape([1, "a", true, 2n, -0]))
    assert.strictEqual(refused([Object(Symbol.iterator)]).reason, "symbol")
  })

  it("that pretends to be another is not read as that one", () => {
    const mask = (name: string, more: object) =>
      Object.create(
        {
          get [Symbol.toStringTag]() {
            return name
          }
        },
        Object.getOwnPropertyDescriptors(more)
      )
    for (const name of ["Map", "Date", "URL", "RegExp", "Uint8Array", "Error"]) {
      assert.deepStrictEqual(again(mask(name, { a: 1 })), { a: 1 })
      assert.strictEqual(refused(mask(name, {})).reason, "unknown-class")
    }
  })

  it("gives what its accessors give", () => {
    assert.deepStrictEqual(
      again({
        get a() {
          return new Set([1])
        }
      }),
      { a: new Set([1]) }
    )
  })

  it("keeps to itself what is a symbol or not enumerable", () => {
    const value = Object.defineProperty({ a: 1, [Symbol.iterator]: 2 }, "b", { value: 3 })
    assert.strictEqual(text(value), '{"a":1}')
  })
})

describe("an error", () => {
  it("keeps its class, name, message, cause, errors and members", () => {
    class Failed extends RangeError {
      override readonly name = "Failed"
      readonly code = 7n
      override get message() {
        return "always"
      }
    }
    const failed = again(new Failed(undefined, { cause: new Error("why") })) as Failed
    assert.instanceOf(failed, RangeError)
    assert.deepStrictEqual(
      [failed.name, failed.message, failed.code, shape(failed.cause)],
      ["Failed", "always", 7n, shape(new Error("why"))]
    )
    for (const error of [
      new Error(),
      new Error(""),
      new SyntaxError("x", { cause: undefined }),
      new AggregateError([new TypeError("a"), 1], "b"),
      Object.assign(new Error("x"), { $t: 1, name: "N", cause: [1] }),
      Object.defineProperty(new Error("x"), "message", { value: { a: 1 } })
    ])
      survives(error)
  })

  it("has a stack that says what it is and not where", () => {
    assert.strictEqual((again(new TypeError("x")) as Error).stack, "TypeError: x")
    assert.strictEqual((again(new Error()) as Error).stack, "Error")
    const shown = Object.defineProperty(new Error("x"), "stack", { value: "mine", enumerable: true })
    assert.strictEqual((again(shown) as Error).stack, "mine")
    assert.strictEqual(shape(again(new DOMException("late", "AbortError"))).includes('"AbortError"'), true)
  })

  it("loses what cannot be stored of it, and nothing else", () => {
    const socket: Record<string, unknown> = { close: () => 0 }
    socket["self"] = socket
    const error = Object.assign(new Error("x", { cause: { socket } }), {
      socket,
      headers: new Headers(),
      status: 500
    })
    Object.defineProperty(error, "bad", {
      enumerable: true,
      value: {
        get a() {
          throw new Error("secret")
        }
      }
    })
    assert.strictEqual(shape(again([error])), shape([Object.assign(new Error("x"), { status: 500 })]))
  })

  it("of no class that JavaScript knows is an Error", () => {
    const named = shape([Object.defineProperty(new Error("x"), "name", { value: undefined })])
    const stranger = Object.setPrototypeOf(new TypeError("x"), Object.create({}))
    assert.strictEqual(shape(again([stranger])), named)
  })

  it("may cause itself", () => {
    const error = new Error("x")
    error.cause = error
    assert.strictEqual((again(error) as Error).message, "x")
  })

  it("deep down is stored or refused, not written and unreadable", () => {
    for (let levels = 990; levels < 1_001; levels++) {
      const value = nested(levels, (inner) => [inner, new Error("x", { cause: { inner: 1 } })])
      const stored = encodeValue(value)
      if (Either.isRight(stored)) assert.isTrue(Either.isRight(read(stored.right)))
    }
  })
})

describe("what cannot be stored", () => {
  it("is refused with its place and its reason", () => {
    const cycle: Record<string, unknown> = { a: 1 }
    cycle["b"] = [{ "c/d": cycle }]
    const map = new Map<string, unknown>([["k", 1]])
    map.set("me", map)
    class Agent {
      readonly tools = [{ run: Symbol("x") }]
    }
    class Hidden extends WeakMap {}
    const cases: ReadonlyArray<readonly [unknown, ValueError["reason"], string, string?]> = [
      [cycle, "cycle", "/b/0/c~1d"],
      [{ map }, "cycle", "/map/1/1"],
      [{ a: [() => 1] }, "function", "/a/0"],
      [Symbol("x"), "symbol", ""],
      [new Agent(), "symbol", "/tools/0/run"],
      [{ a: Promise.resolve(1) }, "unknown-class", "/a", "Promise"],
      [Object.assign(Promise.resolve(1), { a: 1 }), "unknown-class", "", "Promise"],
      [[new WeakMap()], "unknown-class", "/0", "WeakMap"],
      [new Set([new Hidden()]), "unknown-class", "/0", "Hidden"],
      [new URLSearchParams("a=1"), "unknown-class", "", "URLSearchParams"],
      [
        [Object.defineProperty(Uint8Array.of(1), Symbol.toStringTag, { value: "Float16Array" })],
        "unknown-class",
        "/0"
      ],
      [new SharedArrayBuffer(8), "unknown-class", "", "SharedArrayBuffer"],
      [(function* () {})(), "unknown-class", ""],
      [
        {
          ok: 1,
          a: {
            get b() {
              throw new Error("secret")
            }
          }
        },
        "not-readable",
        "/a/b"
      ],
      [
        {
          a: {
            toJSON() {
              throw new Error("secret")
            }
          }
        },
        "not-readable",
        "/a"
      ],
      [{ a: { toJSON: () => () => 1 } }, "function", "/a"]
    ]
    for (const [value, reason, path, what] of cases) {
      const error = refused(value)
      assert.deepStrictEqual([error.reason, error.path], [reason, path])
      if (what !== undefined) assert.strictEqual(error.what, what)
      assert.notInclude(error.message, "secret")
      assert.include(error.message, reason)
    }
  })

  it("is refused among elements too", () => {
    const error = Either.getOrThrow(Either.flip(encodeElements([1, { f: () => 1 }])))
    assert.deepStrictEqual([error.reason, error.path], ["function", "/1/f"])
    const cycle: Array<unknown> = []
    cycle.push([cycle])
    assert.strictEqual(Either.getOrThrow(Either.flip(encodeElements(cycle))).reason, "cycle")
  })

  it("is refused when it is nested too deeply, whatever it is nested in", () => {
    const wraps: ReadonlyArray<(inner: unknown) => unknown> = [
      (inner) => [inner],
      (inner) => ({ inner }),
      (inner) => new Map([[inner, 1]]),
      (inner) => new Set([inner]),
      (inner) => ({ $t: inner }),
      (inner) => Object.assign(Object.create(null), { inner }),
      (inner) => ({ toJSON: () => inner }),
      (inner) => [, inner]
    ]
    for (const wrap of wraps) assert.strictEqual(refused(nested(100_000, wrap)).reason, "too-deep")
    for (const wrap of wraps.slice(0, 2)) {
      assert.isTrue(Either.isRight(encodeValue(nested(1_000, wrap))))
      assert.strictEqual(refused(nested(1_001, wrap)).reason, "too-deep")
    }
    for (const wrap of wraps)
      for (const levels of [330, 499, 500, 998, 999, 1_000]) {
        const stored = encodeValue([undefined, nested(levels, wrap)])
        if (Either.isRight(stored)) assert.isTrue(Either.isRight(read(stored.right)))
        else assert.strictEqual(stored.left.reason, "too-deep")
      }
    assert.match(refused(nested(5_000, (inner) => [inner])).path, /^(\/0){8}\/…984 more…(\/0){8}$/)
  })

  it("is refused when its text would be longer than a string can be", () => {
    assert.strictEqual(refused("\0".repeat(9e7)).reason, "too-large")
  })

  it("is refused where the stack is nearly used up, and does not end the process", () => {
    const value = nested(900, (inner) => [inner])
    const reasons = new Set<string>()
    let level = 0
    const down = (): void => {
      try {
        down()
      } catch (cause) {
        // the stack is at its end: on the way back there is more and more of it
        if (!(cause instanceof RangeError)) throw cause
      }
      if (level++ % 200 !== 100) return
      const stored = encodeValue(value)
      reasons.add(Either.isLeft(stored) ? stored.left.reason : "stored")
    }
    down()
    assert.deepStrictEqual([...reasons].sort(), ["stored", "too-deep"])
  })

  it("may be an array for encodeValue where it is none for encodeElements", () => {
    assert.deepStrictEqual(encodeElements([1, , 2]), Either.right(undefined))
    assert.deepStrictEqual(encodeElements(Object.assign([1], { a: 1 })), Either.right(undefined))
    assert.deepStrictEqual(encodeElements(Object.assign([, 1], { a: 1 })), Either.right(undefined))
  })
})

describe("what is read", () => {
  it("is a typed error where it is malformed", () => {
    for (const stored of [
      "",
      "{",
      '{"$t":1,"v":1}',
      '{"$t":"Date"}',
      '{"$t":"Date","v":"now"}',
      '{"$t":"Date","v":1e99}',
      '{"$t":"number","v":"5"}',
      '{"$t":"bigint","v":"1.5"}',
      '{"$t":"bigint","v":7}',
      '{"$t":"bigint","v":""}',
      '{"$t":"Map","v":[[1]]}',
      '{"$t":"Map","v":[[1,2,3]]}',
      '{"$t":"Map","v":{}}',
      '{"$t":"Set","v":3}',
      '{"$t":"RegExp","v":["(","",0]}',
      '{"$t":"RegExp","v":["a","zz",0]}',
      '{"$t":"RegExp","v":["a"]}',
      '{"$t":"URL","v":"nowhere"}',
      '{"$t":"URL","v":1}',
      '{"$t":"Uint8Array","v":"a"}',
      '{"$t":"Uint8Array","v":"a*=="}',
      '{"$t":"Uint8Array","v":[1,2]}',
      '{"$t":"Float64Array","v":"AAAA"}',
      '{"$t":"Object","v":[1]}',
      '{"$t":"null","v":null}',
      '{"$t":"Array","v":{"length":-1,"own":{}}}',
      '{"$t":"Array","v":{"length":0,"own":{"5":1}}}',
      '{"$t":"Array","v":{"length":1,"own":{"length":5}}}',
      '{"$t":"Array","v":{"length":1,"own":1}}',
      '{"$t":"Array","v":1}',
      '{"$t":"Error","v":{}}',
      '{"$t":"Error","v":"x"}',
      '{"$t":"Error","v":{"class":"constructor","hidden":{},"own":{}}}',
      '{"$t":"Error","v":{"class":"Error","hidden":1,"own":{}}}'
    ])
      assert.strictEqual(unreadable(stored).reason, "malformed", stored)
    const inner = unreadable('{"a":[0,{"$t":"Map","v":[[1,{"$t":"Date","v":true}]]}]}')
    assert.deepStrictEqual([inner.path, inner.reason, inner.what], ["/a/1/0/1", "malformed", "Date"])
    assert.strictEqual(Either.getOrThrow(Either.flip(read({ encoding: 0, text: "{" }))).reason, "malformed")
  })

  it("names a class that is not known", () => {
    for (const name of ["Function", "constructor", "__proto__", "Promise", ":langchain_core/x"]) {
      const error = unreadable(JSON.stringify([{ $t: name, v: "return 1" }]))
      assert.deepStrictEqual([error.path, error.reason], ["/0", "unknown-class"])
      assert.strictEqual(error.what, name.replace(":", ""))
    }
    assert.isBelow(unreadable(JSON.stringify({ $t: "x".repeat(1e6), v: 1 })).message.length, 1_000)
  })

  it("sets no prototype, wherever it says so", () => {
    for (const stored of [
      '{"__proto__":{"admin":true},"d":{"$t":"undefined","v":null}}',
      '{"$t":"Object","v":{"$t":1,"__proto__":{"admin":true}}}',
      '{"$t":"null","v":{"__proto__":{"admin":true}}}',
      '{"$t":"Array","v":{"length":0,"own":{"__proto__":{"admin":true}}}}',
      '{"$t":"Error","v":{"class":"Error","hidden":{"__proto__":{"admin":true}},"own":{"__proto__":{"admin":true}}}}',
      '{"$t":"Error","v":{"class":"Error","hidden":{},"own":{"constructor":{"prototype":{"admin":true}}}}}'
    ]) {
      const value = Object(decoded({ encoding: 1, text: stored }))
      assert.isUndefined(value.admin)
      assert.isUndefined(Reflect.get({}, "admin"))
    }
  })

  it("is refused when it is nested too deeply, and does not end the process", () => {
    for (const [open, close] of [
      ["[", "]"],
      ['{"a":', "}"],
      ['{"$t":"Set","v":[', "]}"],
      ['{"$t":"Object","v":{"$t":', "}}"],
      ['{"$t":"null","v":{"a":', "}}"]
    ] as const)
      assert.strictEqual(unreadable(open.repeat(100_000) + "1" + close.repeat(100_000)).reason, "too-deep")
  })
})

describe("an extension", () => {
  class Money {
    readonly amount: unknown
    constructor(amount: unknown) {
      this.amount = amount
    }
  }
  const seen: Array<object> = []
  const money: Extension = {
    encode: (object) => {
      seen.push(object)
      if (object instanceof WeakSet) return Either.left({ reason: "unknown-class", what: "Mine" })
      return object instanceof Money ? Either.right({ name: "money", content: object.amount }) : undefined
    },
    decode: (name, content) => {
      if (name === "money") return Either.right(new Money(content))
      if (name === "throws") throw new Error("secret")
      return Either.left({ reason: "unknown-class", what: name })
    }
  }

  it("stores objects of its classes, with any content, however deep", () => {
    const value = { m: new Money([new Money(5n), undefined]), s: new Set([new Money({ $t: 1 })]) }
    assert.strictEqual(shape(again(value, money)), shape(value))
    assert.strictEqual(text(new Money(1), money), '{"$t":":money","v":1}')
  })

  it("is asked for objects of classes only", () => {
    seen.length = 0
    encodeValue({ a: [{}, 1], b: Object.create(null), c: new Money(1) }, money)
    assert.deepStrictEqual(seen, [new Money(1)])
  })

  it("may refuse, both ways", () => {
    const error = refused({ a: new WeakSet() }, money)
    assert.deepStrictEqual([error.path, error.reason, error.what], ["/a", "unknown-class", "Mine"])
    const unknown = unreadable('[{"$t":":other","v":1}]', money)
    assert.deepStrictEqual([unknown.path, unknown.reason, unknown.what], ["/0", "unknown-class", "other"])
    assert.strictEqual(unreadable('{"$t":":throws","v":1}', money).reason, "malformed")
  })

  it("does not hide a cycle through its objects", () => {
    const list: Array<unknown> = []
    list.push(new Money({ list }))
    assert.deepStrictEqual([refused(list, money).reason, refused(list, money).path], ["cycle", "/0/list"])
  })
})
