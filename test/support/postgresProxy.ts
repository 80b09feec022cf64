/** A server between a client and Postgres that loses answers, or is away for a while. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Net from "node:net"

export interface Proxy {
  readonly url: string
  /** Loses the connection after the server has carried out the next message that holds this text, before its answer. */
  readonly loseAnswerTo: (text: string) => void
  /** How many answers were lost. */
  readonly lost: () => number
  /** Closes all connections and takes no more. */
  readonly down: Effect.Effect<void>
  readonly up: Effect.Effect<void>
}

export const make = (target: string): Effect.Effect<Proxy, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { hostname, port } = new URL(target)
    const sockets = new Set<Net.Socket>()
    let losing: string | undefined
    let lost = 0
    const server = Net.createServer((client) => {
      const upstream = Net.connect(Number(port), hostname)
      let isLost = false
      const close = (): void => {
        client.destroy()
        upstream.destroy()
      }
      for (const socket of [client, upstream]) {
        sockets.add(socket)
        socket.on("error", close)
        socket.on("close", () => {
          sockets.delete(socket)
          close()
        })
      }
      client.on("data", (bytes) => {
        if (losing !== undefined && bytes.includes(losing)) {
          losing = undefined
          isLost = true
        }
        upstream.write(bytes)
      })
      upstream.on("data", (bytes) => {
        if (isLost) {
          lost += 1
          close()
        } else client.write(bytes)
      })
    })
    const listen = (at: number) =>
      Effect.async<void>((resume) => {
        server.listen(at, "127.0.0.1", () => resume(Effect.void))
      })
    const down = Effect.async<void>((resume) => {
      server.close(() => resume(Effect.void))
      for (const socket of sockets) socket.destroy()
    })
    yield* Effect.acquireRelease(listen(0), () => down)
    const address = server.address()
    const own = typeof address === "object" && address !== null ? address.port : 0
    const url = new URL(target)
    url.port = String(own)
    return {
      url: url.href,
      loseAnswerTo: (text) => {
        losing = text
      },
      lost: () => lost,
      down,
      up: listen(own)
    }
  })
