/** The provider of examples/agent: it plans, and writes code as the style guide in the prompt says. */
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type Fake, fakeAnthropic } from "./fakes/index.js"

const nameIn = (text: string, pattern: RegExp): string => pattern.exec(text)?.[1] ?? "unknown"

const codeOf = (file: string, prompt: string): string => {
  const name = file
    .replaceAll(/[^a-z]+([a-z])/g, (_, letter: string) => letter.toUpperCase())
    .replace(/Tsx?$/, "")
  const end = prompt.includes("No semicolons") ? "" : ";"
  const body = file.endsWith("x") ? `<b>{cents}</b>` : `cents * 2`
  const type = file.endsWith("x") ? "React.ReactNode" : "number"
  return prompt.includes("arrow functions")
    ? `export const ${name} = (cents: number): ${type} => ${body}${end}\n`
    : `export function ${name}(cents: number): ${type} {\n  return ${body}${end}\n}\n`
}

const answerTo = (prompt: string): string => {
  if (prompt.includes("name its modules")) return "cart\ntill"
  if (prompt.includes("Name the files")) {
    const module = nameIn(prompt, /files of the module (\w+)/)
    return `${module}.ts\n${module}-view.tsx`
  }
  return codeOf(nameIn(prompt, /Write the file ([\w.-]+)\. /), prompt)
}

export const agentProvider = (key: string): Effect.Effect<Fake, never, Scope.Scope> =>
  fakeAnthropic({ key, answer: (request) => answerTo(JSON.stringify(request)) })
