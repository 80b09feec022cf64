/** A provider on loopback that takes its time, and counts how often it was asked. */
import * as Effect from "effect/Effect"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { Fetch } from "../../src/services/Fetch.js"

export interface Provider {
  readonly asked: () => number
  /** Asks for the answer to a prompt, by the fetch that the program has. */
  readonly ask: (prompt: string) => Effect.Effect<string>
  readonly close: () => Promise<void>
}

/** Answers after so many milliseconds, with what `answer` says. */
export const openProvider = async (
  millis: number,
  answer: (prompt: string) => string = (prompt) => `What ${prompt} comes to. `.repeat(40)
): Promise<Provider> => {
  let asked = 0
  const server = createServer((request, response) => {
    const chunks: Array<Buffer> = []
    request.on("data", (chunk: Buffer) => void chunks.push(chunk))
    request.on("end", () => {
      asked += 1
      const { prompt } = JSON.parse(Buffer.concat(chunks).toString()) as { readonly prompt: string } // by `ask`
      const send = (): void => {
        response.writeHead(200, { "content-type": "application/json" })
        response.end(JSON.stringify({ text: answer(prompt) }))
      }
      if (millis === 0) send()
      else setTimeout(send, millis)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo // it listens on a port
  return {
    asked: () => asked,
    ask: (prompt) =>
      Effect.flatMap(
        Effect.flatMap(Fetch, ({ current }) => current),
        (fetch) =>
          Effect.promise(async () => {
            const response = await fetch(`http://127.0.0.1:${port}/answer`, {
              method: "POST",
              headers: { "content-type": "application/json" },
              body: JSON.stringify({ model: "bench", temperature: 0, prompt })
            })
            return ((await response.json()) as { readonly text: string }).text // see above
          })
      ),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      })
  }
}
