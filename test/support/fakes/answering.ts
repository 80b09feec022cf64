/** What the fakes have in common when they answer. */
import type { Check, ContractName } from "./contracts.js"
import type { ErrorBody, Received, Reply } from "./server.js"

/** What a request is refused with. */
export class Refusal {
  readonly status: number
  readonly error: ErrorBody
  constructor(status: number, type: string, message: string, more: Readonly<Record<string, unknown>> = {}) {
    this.status = status
    this.error = { ...more, type, message }
  }
}

export type Handler = (received: Received) => Reply | Refusal

/** Sends a request to the handler of its method and path. */
export const routed =
  (
    routes: Readonly<Record<string, Handler>>,
    errorBody: (error: ErrorBody, status: number) => unknown,
    nowhere: Refusal
  ) =>
  (received: Received): Reply => {
    const found = routes[`${received.method} ${received.path}`]?.(received) ?? nowhere
    return found instanceof Refusal
      ? { status: found.status, body: errorBody(found.error, found.status) }
      : found
  }

/** An answer that is held to the SDK's types itself: a fake that lies is worse than none. */
export const held = <A>(check: Check, contract: ContractName, value: A): A => {
  const problem = check(contract, value)
  if (problem !== undefined) throw new Error(`the fake's own answer breaks the contract: ${problem}`)
  return value
}

/** Pieces of a text, none of them splitting a character. */
export const piecesOf = (text: string): ReadonlyArray<string> => text.match(/.{1,7}/gsu) ?? []
