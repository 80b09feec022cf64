/** A real browser, where the machine has one: spoken to by its debugging protocol over a pipe, so that no port is open. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as ChildProcess from "node:child_process"
import { Readable, Writable } from "node:stream"
import { pathToFileURL } from "node:url"
import { onPath } from "./onPath.js"
import { tempDir } from "./tempDir.js"

/** Its name on the PATH; where there is none, so many tests of the file are skipped. */
export const chromium = (tests: number): string | undefined =>
  onPath(["chromium", "google-chrome", "chrome"], tests)

/** What a page is looked at in. Widths and heights are CSS pixels. */
export interface View {
  readonly width: number
  readonly height?: number
  readonly scheme?: "light" | "dark"
  readonly media?: "screen" | "print"
}

export interface Tab {
  /** What was said to the console, by the page or about it. */
  readonly said: ReadonlyArray<string>
  /** The addresses that pages were loaded from and asked for, their own among them. */
  readonly asked: ReadonlyArray<string>
  readonly look: (view: View) => Effect.Effect<void>
  /** Opens a file and waits until all of it is loaded. */
  readonly open: (file: string) => Effect.Effect<void>
  /** The value of an expression of JavaScript, in the page but not under its policy. */
  readonly evaluate: (expression: string) => Effect.Effect<unknown>
  /** Any other method of the protocol. */
  readonly send: (method: string, params?: object) => Effect.Effect<Message>
}

/** Of the protocol, what is read here of results and events alike. */
interface Message {
  readonly targetId?: string
  readonly sessionId?: string
  readonly data?: string
  readonly result?: { readonly value?: unknown }
  readonly exceptionDetails?: {
    readonly text: string
    readonly exception?: { readonly description?: string }
  }
  readonly request?: { readonly url: string }
  readonly entry?: { readonly level: string; readonly text: string }
  readonly type?: string
  readonly args?: ReadonlyArray<{ readonly value?: unknown; readonly description?: string }>
  readonly nodes?: ReadonlyArray<AxNode>
}

export interface AxNode {
  readonly ignored: boolean
  readonly role?: { readonly value: string }
  readonly name?: { readonly value: string }
}

interface Envelope {
  readonly id?: number
  readonly method?: string
  readonly params?: Message
  readonly result?: Message
  readonly error?: { readonly message: string }
}

/** Its network is a proxy that is not there: what it asks for goes nowhere. */
const flags = (profile: string): ReadonlyArray<string> => [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-default-apps",
  "--disable-extensions",
  "--disable-sync",
  `--user-data-dir=${profile}`,
  "--proxy-server=127.0.0.1:9",
  "--proxy-bypass-list=<-loopback>",
  "--remote-debugging-pipe"
]

/** A tab of a browser of its own; the scope ends both. */
export const tab = (browser: string): Effect.Effect<Tab, never, Scope.Scope> =>
  Effect.gen(function* () {
    const profile = yield* tempDir
    const child = yield* Effect.acquireRelease(
      Effect.sync(() =>
        ChildProcess.spawn(browser, flags(profile), { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] })
      ),
      (started) => Effect.sync(() => started.kill("SIGKILL"))
    )
    const said: Array<string> = []
    const asked: Array<string> = []
    const waiting = new Map<number, (answer: Envelope) => void>()
    const events = new Map<string, () => void>()
    const heard = ({ id, method, params, ...answer }: Envelope): void => {
      if (id !== undefined) waiting.get(id)?.(answer)
      if (method === undefined) return
      events.get(method)?.()
      const { args, entry, exceptionDetails: thrown, request, type } = params ?? {}
      if (method === "Runtime.exceptionThrown")
        said.push(thrown?.exception?.description ?? thrown?.text ?? "")
      if (method === "Network.requestWillBeSent") asked.push(request?.url ?? "")
      if (method === "Log.entryAdded") said.push(`${entry?.level}: ${entry?.text}`)
      if (method === "Runtime.consoleAPICalled") {
        said.push(`${type}: ${args?.map(({ description, value }) => String(value ?? description)).join(" ")}`)
      }
    }
    const [, , , toBrowser, fromBrowser] = child.stdio
    if (!(toBrowser instanceof Writable && fromBrowser instanceof Readable)) {
      return yield* Effect.dieMessage("the browser was started without its two pipes")
    }
    // of one that has ended nothing more is expected
    toBrowser.on("error", () => {})
    let rest = ""
    fromBrowser.setEncoding("utf8").on("data", (chunk: string) => {
      const messages = (rest + chunk).split("\0")
      rest = messages.pop() ?? ""
      // what the protocol calls these fields
      for (const message of messages) heard(JSON.parse(message) as Envelope)
    })

    let calls = 0
    const call = (method: string, params: object, sessionId?: string): Effect.Effect<Message> =>
      Effect.async((resume) => {
        const id = ++calls
        waiting.set(id, ({ error, result }) => {
          waiting.delete(id)
          resume(error ? Effect.dieMessage(`${method}: ${error.message}`) : Effect.succeed(result ?? {}))
        })
        toBrowser.write(`${JSON.stringify({ id, method, params, sessionId })}\0`)
      })

    // asked to end it leaves its folder alone, which is removed next; killed, its children write on
    const exit = new Promise<void>((resolve) => child.once("exit", () => resolve()))
    const ended = Effect.promise(() => exit)
    yield* Effect.addFinalizer(() =>
      Effect.zipRight(Effect.raceFirst(call("Browser.close", {}), ended), ended)
    )
    const { targetId } = yield* call("Target.createTarget", { url: "about:blank" })
    const { sessionId } = yield* call("Target.attachToTarget", { targetId, flatten: true })
    const send: Tab["send"] = (method, params = {}) => call(method, params, sessionId)
    yield* Effect.forEach(["Page", "Runtime", "Log", "Network"], (domain) => send(`${domain}.enable`))

    return {
      said,
      asked,
      send,
      look: ({ height = 900, media = "screen", scheme = "light", width }) =>
        Effect.zipRight(
          send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: false }),
          send("Emulation.setEmulatedMedia", {
            media,
            features: [{ name: "prefers-color-scheme", value: scheme }]
          })
        ),
      open: (file) => {
        const loaded = Effect.async<void>((resume) => {
          events.set("Page.loadEventFired", () => resume(Effect.void))
        })
        return Effect.zipRight(loaded, send("Page.navigate", { url: pathToFileURL(file).href }), {
          concurrent: true
        })
      },
      evaluate: (expression) =>
        Effect.flatMap(
          send("Runtime.evaluate", { expression, returnByValue: true, awaitPromise: true }),
          ({ exceptionDetails, result }) =>
            exceptionDetails === undefined
              ? Effect.succeed(result?.value)
              : Effect.dieMessage(exceptionDetails.exception?.description ?? exceptionDetails.text)
        )
    }
  })
