/** One step of a node: taken from the recording, or done and kept. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Hash } from "../../domain/Hash.js"
import type { JsonObject } from "../../domain/Json.js"
import { ReplayMiss } from "../../domain/ReplayErrors.js"
import type { Outcome, Step, StepKind } from "../../replay/Recording.js"
import { difference } from "../../replay/diff/json/difference.js"
import { titleOf } from "../../replay/reuse.js"
import { differingIn } from "../../replay/surroundings.js"
import { current, ordinal, type Scope } from "./Scope.js"
import { surroundingsOf } from "./surroundings.js"

export interface Asked<A, E> {
  readonly kind: StepKind
  readonly name: string
  readonly key: Hash
  readonly request: JsonObject
  readonly toOutcome: (exit: Exit.Exit<A, E>) => Outcome
  readonly fromOutcome: (outcome: Outcome) => Effect.Effect<A, E>
  /** Whether what was recorded may be taken where nothing holds the program to the recording. */
  readonly reusable: (step: Step) => boolean
}

/** The recorded step that differs least from what is asked for, with the first place where it does. */
const missOf = <A, E>(
  { node }: Scope,
  { kind, name, request }: Pick<Asked<A, E>, "kind" | "name" | "request">
): ReplayMiss => {
  const recorded = (node.run.past?.nodes ?? []).flatMap((each) =>
    each.steps
      .filter((step) => step.kind === kind)
      .map((step) => ({
        title: `${step.name} of ${titleOf(each)}`,
        changes: difference(step.request, request)
      }))
  )
  const [nearest] = recorded.sort((one, other) => one.changes.length - other.changes.length)
  const now = surroundingsOf(node)
  const because = node.past && differingIn(node.past.surroundings, now, Object.keys(now))
  return new ReplayMiss({
    node: titleOf(node),
    kind,
    step: name,
    ...(because === undefined ? {} : { because }),
    ...(nearest === undefined ? {} : { nearest: nearest.title, path: nearest.changes[0]?.path ?? "" })
  })
}

/** What a step came to, as it is recorded. */
export const outcomeOf = <A, E>(exit: Exit.Exit<A, E>, asked: Pick<Asked<A, E>, "toOutcome">): Outcome =>
  Exit.isFailure(exit) && Cause.isInterrupted(exit.cause) ? { _tag: "interrupted" } : asked.toOutcome(exit)

/** The order of what came to nothing. */
const never = -1

/** `miss` is for a strict replay that asks for something new. */
export const perform = <A, E, R>(
  scope: Scope,
  asked: Asked<A, E>,
  effect: Effect.Effect<A, E, R>,
  miss: (error: ReplayMiss) => Effect.Effect<A, E>
): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    const { node } = scope
    const { run } = node
    const { key, kind, name, request } = asked
    const at = `${scope.way}#${ordinal(scope, `${kind} ${key}`)}`
    let kept = false
    const keep = (outcome: Outcome, duration: number, order: number): void => {
      // whoever is interrupted once it has ended has ended
      if (kept) return
      kept = true
      const step = { kind, name, key, at, order, request, outcome, duration }
      node.steps.push(step)
      if (reused === undefined) run.taken.push(step)
    }
    const past = node.shelf.take(kind, key, at, run.mode === "strict")
    const reused = past !== undefined && asked.reusable(past) ? past : undefined
    if (run.mode === "strict") {
      const given = ({ order, outcome }: Step): Effect.Effect<A, E> =>
        // somebody else was faster then, and will be again
        outcome._tag === "interrupted"
          ? Effect.never
          : Effect.zipRight(run.turnstile.pass(order), asked.fromOutcome(outcome))
      if (past !== undefined) return given(past)
      // whoever is interrupted at once asks or does not, as it happens: only who goes on asking has missed something
      return Effect.zipRight(
        run.turnstile.idle,
        Effect.suspend(() => {
          // of workers that had nothing to wait for another one may have come to it
          const elsewhere = node.shelf.take(kind, key, at, false)
          if (elsewhere !== undefined) return given(elsewhere)
          const error = missOf(scope, asked)
          node.miss ??= error
          return miss(error)
        })
      )
    }
    const started = run.clock.unsafeCurrentTimeMillis()
    const sinceThen = (): number => run.clock.unsafeCurrentTimeMillis() - started
    const done = Effect.uninterruptibleMask((restore) =>
      // what a step does itself is no step of the node
      Effect.flatMap(Effect.exit(restore(Effect.locally(effect, current, undefined))), (exit) => {
        const outcome = outcomeOf(exit, asked)
        return restore(
          outcome._tag === "interrupted"
            ? exit
            : Effect.zipRight(
                run.gate.pass((order) => keep(outcome, sinceThen(), order)),
                exit
              )
        )
      })
    )
    const given =
      reused === undefined
        ? done
        : Effect.zipRight(
            run.gate.pass((order) => keep(reused.outcome, reused.duration, order)),
            asked.fromOutcome(reused.outcome)
          )
    return Effect.onInterrupt(given, () =>
      Effect.sync(() => keep({ _tag: "interrupted" }, sinceThen(), never))
    )
  })
