/** Calls come into the ledger when they end, and are looked at by a provider's cache when they are sent. */
import type { ProviderRequest } from "../../domain/ProviderRequest.js"

export interface Sent {
  readonly request: ProviderRequest
}

export interface SendOrder<A extends Sent> {
  /** Takes a call that ended, at `at` in milliseconds, and gives those whose turn is certain. */
  readonly add: (call: A, at: number) => ReadonlyArray<A>
  /** Gives all that are left. */
  readonly end: () => ReadonlyArray<A>
}

/** No call takes longer: half as much again as the ten minutes after which the providers' own clients give up. */
const longest = 15 * 60_000

const inOrder = (a: Sent, b: Sent): number => a.request.sentAt - b.request.sentAt

/** Puts calls that come in the order of their ends in the order in which they were sent, and holds those of a quarter of an hour for it. */
export const makeSendOrder = <A extends Sent>(): SendOrder<A> => {
  let held: ReadonlyArray<A> = []
  let added: Array<A> = []
  let looked = -Infinity
  const sorted = (): ReadonlyArray<A> => {
    held = [...held, ...added].sort(inOrder)
    added = []
    return held
  }
  return {
    add: (call, at) => {
      added.push(call)
      // sorting for each call would take longer than all the rest
      if (at - looked < longest) return []
      looked = at
      const all = sorted()
      const first = all.findIndex(({ request }) => request.sentAt > at - longest)
      const certain = first === -1 ? all : all.slice(0, first)
      held = all.slice(certain.length)
      return certain
    },
    end: () => {
      const all = sorted()
      held = []
      return all
    }
  }
}
