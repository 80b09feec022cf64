/** Telling that a soft limit is reached: in the log, in the span, and to whoever asked to be told. */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { BudgetAlert } from "../../domain/Budget.js"
import type { Reached } from "../BudgetStorage.js"
import type { Account } from "./accounts.js"
import { toUsd } from "./nanos.js"

/** Whom it is told that a soft limit is reached, besides the log and the ledger: once per limit and period, by one process. */
export class BudgetAlerts extends Context.Reference<BudgetAlerts>()("aegis/BudgetAlerts", {
  defaultValue: (): { readonly onAlert: (alert: BudgetAlert) => Effect.Effect<void> } => ({
    onAlert: () => Effect.void
  })
}) {}

/** What an account is, to be shown. */
export const subjectOf = ({
  namespace,
  scope,
  subject
}: Account): Pick<BudgetAlert, "scope" | "namespace" | "period" | "run"> => ({
  scope,
  namespace: namespace === "" ? null : namespace,
  period: scope === "day" || scope === "month" ? subject : null,
  run: scope === "run" ? subject : null
})

export const alertOf = ({ account, soft, spent }: Reached): BudgetAlert => ({
  ...subjectOf(account),
  limit: toUsd(soft),
  spent: toUsd(spent)
})

const sentence = ({ limit, namespace, period, run, scope, spent }: BudgetAlert): string => {
  const names = [run === null ? period : `run ${run}`, namespace === null ? null : `namespace ${namespace}`]
  const whose = names.filter((name) => name !== null).join(" in ")
  return `Soft budget reached (${scope}, ${whose}): $${spent} of $${limit} is spent. \`aegis budget\` shows all of them.`
}

/** A listener that fails is logged: the call that it is told of has been answered. */
export const tell = (alert: BudgetAlert): Effect.Effect<void> =>
  Effect.gen(function* () {
    yield* Effect.logWarning(sentence(alert))
    const span = yield* Effect.option(Effect.currentSpan)
    if (Option.isSome(span)) {
      span.value.event("aegis.budget.alert", yield* Clock.currentTimeNanos, {
        "aegis.budget.scope": alert.scope,
        "aegis.budget.limit": alert.limit,
        "aegis.budget.spent": alert.spent
      })
    }
    const { onAlert } = yield* BudgetAlerts
    yield* Effect.catchAllCause(onAlert(alert), (cause) =>
      Cause.isInterruptedOnly(cause)
        ? Effect.interrupt
        : Effect.logWarning("The listener for budget alerts failed.")
    )
  })
