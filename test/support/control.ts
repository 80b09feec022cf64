/** How a worker asks for what is had once in a run (see globalSetup.ts). */
import * as Http from "node:http"

/** 200 with where it is, or 503 with the reason why there is none. */
export interface Answer {
  readonly status: number | undefined
  readonly text: string
}

export const askControl = (url: string): Promise<Answer> =>
  new Promise((resolve, reject) => {
    Http.get(url, (response) => {
      response.setEncoding("utf8")
      let text = ""
      response.on("data", (chunk: string) => (text += chunk))
      response.once("end", () => resolve({ status: response.statusCode, text }))
    }).once("error", reject)
  })
