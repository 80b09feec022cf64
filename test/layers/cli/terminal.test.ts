/** What the command does with the terminal and the files around it. */
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { PassThrough, Readable, Writable } from "node:stream"
import * as FilesNode from "../../../layers/cli/FilesNode.js"
import { layer, writeTo } from "../../../layers/cli/OutputStdout.js"
import * as Stdout from "../../../layers/cli/stdout.js"
import * as ProgressSpinner from "../../../layers/cli/ProgressSpinner.js"
import { exitCodes } from "../../../src/cli/exitCode.js"
import { Files } from "../../../src/cli/Files.js"
import { make as makeOutput, Output } from "../../../src/cli/Output.js"
import { Progress } from "../../../src/cli/Progress.js"
import { tempDir } from "../../support/tempDir.js"

describe("OutputStdout", () => {
  it("colours for a terminal unless it is told not to, and never for a pipe unless it is told to", () => {
    const terminal = { isTTY: true, columns: 72 }
    assert.deepStrictEqual(Stdout.styleOf(terminal, {}), { color: true, width: 72 })
    assert.deepStrictEqual(Stdout.styleOf({ isTTY: true, columns: 30 }, {}), { color: true, width: 30 })
    assert.deepStrictEqual(Stdout.styleOf({ isTTY: true, columns: 10 }, {}), { color: true, width: 20 })
    assert.deepStrictEqual(Stdout.styleOf({ isTTY: true, columns: 0 }, {}), { color: true, width: 80 })
    assert.deepStrictEqual(Stdout.styleOf({ isTTY: true }, { NO_COLOR: "1" }), { color: false, width: 80 })
    for (const env of [{ TERM: "dumb" }, { FORCE_COLOR: "0" }, { NO_COLOR: "1", FORCE_COLOR: "1" }]) {
      assert.isFalse(Stdout.styleOf(terminal, env).color)
    }
    assert.isTrue(Stdout.styleOf(terminal, { NO_COLOR: "", FORCE_COLOR: "" }).color)
    assert.deepStrictEqual(Stdout.styleOf({}, {}), { color: false, width: 120 })
    assert.isTrue(Stdout.styleOf({}, { FORCE_COLOR: "1" }).color)
  })

  it.effect("waits until what it writes is handed over, and is interrupted when nobody reads", () =>
    Effect.gen(function* () {
      const taken: Array<string> = []
      const stream = new Writable({
        write: (chunk: Buffer, _encoding, done) => {
          taken.push(String(chunk))
          done(taken.length > 1 ? new Error("EPIPE") : null)
        }
      })
      stream.on("error", () => {})
      let closed = 0
      const write = writeTo(stream, () => void closed++)
      yield* write("one")
      assert.deepStrictEqual([taken, closed], [["one"], 0])
      const exit = yield* Effect.exit(write("two"))
      assert.isTrue(Exit.isInterrupted(exit))
      assert.strictEqual(closed, 1)
    })
  )

  it.scoped("writes to a file at once, and says when it cannot", () =>
    Effect.gen(function* () {
      const folder = yield* tempDir
      const descriptor = Fs.openSync(Path.join(folder, "out"), "w")
      const write = writeTo(Stdout.direct(descriptor), () => undefined)
      yield* write("é")
      yield* write("✓\n")
      Fs.closeSync(descriptor)
      assert.strictEqual(Fs.readFileSync(Path.join(folder, "out"), "utf8"), "é✓\n")
      assert.isTrue(Exit.isInterrupted(yield* Effect.exit(write("nobody takes this"))))
      yield* writeTo(Stdout.open(), () => undefined)("")
    })
  )

  it("ends quietly for a reader that went away, and says what else was in the way of its output", () => {
    const failed = (code: string) => Stdout.unwritten(Object.assign(new Error("write"), { code }))
    for (const code of ["EPIPE", "ECONNRESET"]) assert.deepStrictEqual(failed(code), { code: 141, lines: [] })
    assert.deepStrictEqual(failed("ENOSPC"), {
      code: exitCodes.internal,
      lines: ["aegis: cannot write to standard output (ENOSPC). The disk is full: free some space."]
    })
    assert.deepStrictEqual(failed("EIO").lines, [
      "aegis: cannot write to standard output (EIO). Check where it leads."
    ])
    assert.strictEqual(Stdout.unwritten(new Error("no code")).code, exitCodes.internal)
  })

  it.effect("ends every result with one line break", () =>
    Effect.gen(function* () {
      const taken: Array<string> = []
      const write = (text: string) => Effect.sync(() => void taken.push(text))
      const style = { color: false, width: 80 }
      for (const text of ["a", "a\n"]) {
        yield* makeOutput({ json: false, style, write }).emit(Schema.String, text, Effect.succeed)
        yield* makeOutput({ json: true, style, write }).emit(Schema.String, text, Effect.succeed)
      }
      assert.deepStrictEqual(taken, ["a\n", '"a"\n', "a\n", '"a\\n"\n'])
      const output = yield* Effect.provide(
        Output,
        layer(true, () => undefined)
      )
      assert.isTrue(output.json)
    })
  )
})

describe("ProgressSpinner", () => {
  const log: Array<string> = []
  const progress = ProgressSpinner.make((label) =>
    Effect.sync(() => {
      log.push(`start ${label}`)
      return Effect.sync(() => void log.push("stop"))
    })
  )

  it.effect("shows nothing for what is done within a second", () =>
    Effect.gen(function* () {
      log.length = 0
      const fiber = yield* Effect.fork(progress.during("work")(Effect.sleep("900 millis")))
      yield* TestClock.adjust("900 millis")
      yield* Fiber.join(fiber)
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(log, [])
    })
  )

  it.effect("shows what takes longer, and takes it away however it ends", () =>
    Effect.gen(function* () {
      const endings: ReadonlyArray<readonly [Effect.Effect<void, string>, string]> = [
        [Effect.void, "done"],
        [Effect.fail("broken"), "broken"],
        [Effect.interrupt, "interrupted"],
        [Effect.dieMessage("fault"), "fault"]
      ]
      for (const [ending, expected] of endings) {
        log.length = 0
        const fiber = yield* Effect.fork(
          progress.during("work")(Effect.zipRight(Effect.sleep("2 seconds"), ending))
        )
        yield* TestClock.adjust("1500 millis")
        assert.deepStrictEqual(log, ["start work"])
        yield* TestClock.adjust("1 second")
        const how = Exit.match(yield* Fiber.await(fiber), {
          onSuccess: () => "done",
          onFailure: (cause) => (Cause.isInterrupted(cause) ? "interrupted" : Cause.pretty(cause))
        })
        assert.include(how, expected)
        assert.deepStrictEqual(log, ["start work", "stop"])
      }
    })
  )

  it.effect("is for people: not for pipes, dumb terminals and build servers", () =>
    Effect.gen(function* () {
      assert.isTrue(ProgressSpinner.isWatched({ isTTY: true }, { TERM: "xterm" }))
      assert.isFalse(ProgressSpinner.isWatched({ isTTY: true }, { TERM: "dumb" }))
      assert.isFalse(ProgressSpinner.isWatched({ isTTY: true }, { CI: "true" }))
      assert.isFalse(ProgressSpinner.isWatched({}, {}))
      const { during } = yield* Effect.provide(Progress, ProgressSpinner.layer)
      assert.strictEqual(yield* during("work")(Effect.succeed(42)), 42)
    })
  )
})

describe("FilesNode", () => {
  const nobody = Readable.from([])
  const problem = (path: string, maxBytes: number, files = FilesNode.make("/", () => nobody)) =>
    Effect.map(Effect.flip(files.read(path, maxBytes)), ({ message }) => message)

  it.scoped("reads a file relative to where the command was started, to the last byte that is allowed", () =>
    Effect.gen(function* () {
      const folder = yield* tempDir
      Fs.writeFileSync(Path.join(folder, "a.md"), "\uFEFFé\r\n")
      const files = FilesNode.make(folder, () => nobody)
      assert.strictEqual(yield* files.read("a.md", 7), "\uFEFFé\r\n")
      assert.match(yield* problem("a.md", 6, files), /is 7 bytes; the limit is 6/)
      assert.deepStrictEqual(
        [yield* files.exists(Path.join(folder, "a.md")), yield* files.exists(Path.join(folder, "b.md"))],
        [true, false]
      )
    })
  )

  it.scoped("says what is wrong with a path", () =>
    Effect.gen(function* () {
      const folder = yield* tempDir
      Fs.writeFileSync(Path.join(folder, "latin1.md"), Buffer.from([0x61, 0xe9]))
      const files = FilesNode.make(folder, () => nobody)
      assert.match(yield* problem("none.md", 9, files), /^There is no file ".*none\.md"\./)
      assert.match(yield* problem(".", 1e6, files), /is a folder\. Name a prompt file in it\./)
      assert.match(yield* problem("latin1.md", 9, files), /is not UTF-8 text\./)
      assert.match(yield* problem("latin1.md/x", 9, files), /cannot be read \(ENOTDIR\)/)
    })
  )

  it.effect("reads stdin to its end, across split characters, and no further than the limit", () =>
    Effect.gen(function* () {
      const bytes = Buffer.from("é✓ prompt")
      const stdin = () => Readable.from([...bytes].map((byte) => Buffer.from([byte])))
      assert.strictEqual(yield* FilesNode.make("/", stdin).read("-", 100), "é✓ prompt")
      assert.match(yield* problem("-", 3, FilesNode.make("/", stdin)), /stdin is 4 bytes; the limit is 3/)
      const endless = new PassThrough()
      endless.write("x".repeat(10))
      assert.match(
        yield* problem(
          "-",
          9,
          FilesNode.make("/", () => endless)
        ),
        /the limit is 9/
      )
      const text = new PassThrough({ encoding: "utf8" })
      text.end("text")
      assert.strictEqual(yield* FilesNode.make("/", () => text).read("-", 9), "text")
      const broken = new PassThrough()
      broken.destroy(new Error("EIO"))
      assert.match(
        yield* problem(
          "-",
          9,
          FilesNode.make("/", () => broken)
        ),
        /^stdin cannot be read/
      )
    })
  )

  it.effect("stops reading when it is interrupted", () =>
    Effect.gen(function* () {
      const stdin = new PassThrough()
      const fiber = yield* Effect.fork(FilesNode.make("/", () => stdin).read("-", 9))
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(stdin.listenerCount("data"), 0)
    })
  )

  it.scoped("creates a file whole, with the folders above it, and never over another", () =>
    Effect.gen(function* () {
      const folder = yield* tempDir
      const files = FilesNode.make(folder, () => nobody)
      const path = Path.join(folder, "a/b/c.json")
      const made = yield* Effect.all(
        Array.from({ length: 8 }, (_, index) => files.create(path, `writer ${index}\n`)),
        { concurrency: "unbounded" }
      )
      assert.lengthOf(made.filter(Boolean), 1, "one of many at once")
      assert.strictEqual(Fs.readFileSync(path, "utf8"), `writer ${made.indexOf(true)}\n`)
      assert.deepStrictEqual(Fs.readdirSync(Path.dirname(path)), ["c.json"], "no drafts are left")
      Fs.writeFileSync(Path.join(folder, "file"), "")
      const error = yield* Effect.flip(files.create(Path.join(folder, "file/x"), ""))
      assert.strictEqual(error._tag, "StoreError")
    })
  )

  it.scoped("replaces a file whole or not at all, and leaves who may read it as it was", () =>
    Effect.gen(function* () {
      const folder = yield* tempDir
      const files = FilesNode.make(folder, () => nobody)
      const path = Path.join(folder, "a/out")
      assert.deepStrictEqual(
        yield* files.replace("a/out", Stream.make("é", new Uint8Array([0, 255]))),
        Option.some(4)
      )
      assert.deepStrictEqual([...Fs.readFileSync(path)], [0xc3, 0xa9, 0, 255])
      assert.strictEqual(Fs.statSync(path).mode & 0o777, 0o600, "a new one is for its owner alone")
      Fs.chmodSync(path, 0o644)
      Fs.symlinkSync(path, Path.join(folder, "link"))
      yield* files.replace("link", Stream.make("two"))
      assert.strictEqual(
        Fs.readFileSync(path, "utf8"),
        "two",
        "what a link leads to is replaced, not the link"
      )
      assert.strictEqual(Fs.statSync(path).mode & 0o777, 0o644)
      const broken = Stream.concat(Stream.make("half"), Stream.fail("broken"))
      assert.strictEqual(yield* Effect.flip(files.replace(path, broken)), "broken")
      const started = yield* Deferred.make<void>()
      const waiting = Stream.concat(
        Stream.make("half"),
        Stream.execute(Effect.zipRight(Deferred.succeed(started, undefined), Effect.never))
      )
      const fiber = yield* Effect.fork(files.replace(path, waiting))
      yield* Deferred.await(started)
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(Fs.readFileSync(path, "utf8"), "two")
      assert.deepStrictEqual(Fs.readdirSync(Path.dirname(path)), ["out"], "no drafts are left")
    })
  )

  it.scoped("replaces a file only while it is what it was thought to be", () =>
    Effect.gen(function* () {
      const folder = yield* tempDir
      const files = FilesNode.make(folder, () => nobody)
      const path = Path.join(folder, "a.md")
      Fs.writeFileSync(path, "one")
      assert.deepStrictEqual(yield* files.replace(path, Stream.make("two"), "one"), Option.some(3))
      assert.deepStrictEqual(yield* files.replace(path, Stream.make("three"), "one"), Option.none())
      const meanwhile = Stream.sync(() => {
        Fs.writeFileSync(path, "somebody else's")
        return "three"
      })
      assert.deepStrictEqual(yield* files.replace(path, meanwhile, "two"), Option.none())
      assert.strictEqual(Fs.readFileSync(path, "utf8"), "somebody else's")
      assert.deepStrictEqual(Fs.readdirSync(folder), ["a.md"])
    })
  )

  it.effect("stands in the folder of the process", () =>
    Effect.gen(function* () {
      const files = yield* Effect.provide(Files, FilesNode.layer)
      assert.strictEqual(files.cwd, process.cwd())
      assert.strictEqual(files.stdinIsTerminal, process.stdin.isTTY === true)
    })
  )
})
