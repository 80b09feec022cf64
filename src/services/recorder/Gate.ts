/**
 * Lets what happens in a run that is recorded end one after the other, each in a turn of the event loop: what one end brings about is done
 * before the next one, and what waits for nobody before all of them. So the order that is recorded is the order that the program saw.
 *
 * A node is kept before anybody learns of its end. Whatever waits behind a node when that is written takes its place too, and nodes
 * among it are written with that one: nodes that end together wait for the disk once.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { RecordedNode } from "../../replay/Recording.js"
import { current } from "./Scope.js"
import { turn } from "./turn.js"

export interface Gate<E> {
  /** Waits for its turn. `then` gets the first of so many orders, before anything else is done with this end. */
  readonly pass: (then: (first: number) => void, count?: number) => Effect.Effect<void>
  /**
   * Waits for its turn and until these nodes are kept, which get the first of so many orders. Whoever is interrupted waits too: what was
   * written has ended.
   */
  readonly keep: (
    nodes: (first: number) => ReadonlyArray<RecordedNode>,
    count: number
  ) => Effect.Effect<void, E>
}

interface Waiting<E> {
  readonly count: number
  readonly nodes: ((first: number) => ReadonlyArray<RecordedNode>) | undefined
  /** How it is told, once it listens; what it is told, if that was before. */
  resume: ((told: Exit.Exit<number, E>) => void) | undefined
  told: Exit.Exit<number, E> | undefined
}

const tell = <E>(each: Waiting<E>, told: Exit.Exit<number, E>): void => {
  each.told = told
  each.resume?.(told)
}

/** One that passes, with its orders and what became of its nodes. */
interface Passing<E> {
  readonly each: Waiting<E>
  readonly first: number
  readonly kept: ReadonlyArray<RecordedNode>
  exit: Exit.Exit<unknown, E>
}

/** `put` keeps nodes. When it fails for several and `isOfOne` says that one of them may be to blame, each is kept alone. */
export const makeGate = <E>(
  put: (nodes: ReadonlyArray<RecordedNode>) => Effect.Effect<void, E>,
  isOfOne: (error: E) => boolean
): Gate<E> => {
  const waiting = new Set<Waiting<E>>()
  let ended = 0
  let moving = false

  /** All that wait if the first of them is to be kept, else the first. */
  const take = (): ReadonlyArray<Passing<E>> => {
    const [first] = waiting
    const batch = first === undefined ? [] : first.nodes === undefined ? [first] : [...waiting]
    return batch.map((each) => {
      waiting.delete(each)
      const first = ended
      ended += each.count
      return { each, first, kept: each.nodes?.(first) ?? [], exit: Exit.void }
    })
  }

  const write = (batch: ReadonlyArray<Passing<E>>): Effect.Effect<void> => {
    const written = batch.filter(({ kept }) => kept.length > 0)
    return Effect.flatMap(Effect.exit(put(written.flatMap(({ kept }) => kept))), (exit) => {
      if (
        Exit.isFailure(exit) &&
        written.length > 1 &&
        exit.cause._tag === "Fail" &&
        isOfOne(exit.cause.error)
      )
        return Effect.forEach(written, (one) => write([one]), { discard: true })
      for (const one of written) one.exit = exit
      return Effect.void
    })
  }

  const move = Effect.gen(function* () {
    while (waiting.size > 0) {
      yield* turn
      const batch = take()
      if (batch.some(({ kept }) => kept.length > 0)) yield* write(batch)
      for (const [at, { each, exit, first }] of batch.entries()) {
        if (at > 0) yield* turn
        tell(each, Exit.as(exit, first))
      }
    }
    moving = false
  })

  /** Nobody interrupts this: it would never move again. */
  const start = Effect.uninterruptible(
    Effect.suspend(() => {
      if (moving) return Effect.void
      moving = true
      // not a fork of the program that is recorded
      return Effect.locally(Effect.forkDaemon(move), current, undefined)
    })
  )

  /** Who is interrupted before it listens passes all the same: an order that nothing has is none that a replay waits for. */
  const wait = (count: number, nodes: Waiting<E>["nodes"]): Effect.Effect<number, E> =>
    Effect.suspend(() => {
      const each: Waiting<E> = { count, nodes, resume: undefined, told: undefined }
      waiting.add(each)
      const listening = Effect.async<number, E>((resume) => {
        if (each.told !== undefined) return resume(each.told)
        each.resume = resume
        return Effect.sync(() => waiting.delete(each))
      })
      return moving ? listening : Effect.zipRight(start, listening)
    })

  return {
    pass: (then, count = 1) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.map(Effect.orDie(restore(wait(count, undefined))), then)
      ),
    keep: (nodes, count) => Effect.asVoid(Effect.uninterruptible(wait(count, nodes)))
  }
}
