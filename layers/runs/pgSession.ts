/**
 * How the run store talks to Postgres: single statements, short transactions, and what is tried again. No statement relies
 * on what an earlier one left on its connection.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as ScheduleDecision from "effect/ScheduleDecision"
import { packName } from "../../src/runs/packed.js"
import type { PgClient } from "../storage/PgClient.js"
import { codeOf, reasonOf } from "../storage/sqlError.js"
import { transaction } from "../storage/Transaction.js"

export interface Options {
  /** Name the namespace in every transaction, for the policies of rowLevelSecurity.ts. Three more round trips each. */
  readonly rowLevelSecurity?: boolean | undefined
  /** How long a statement is tried again when the connection is lost, or the server refuses concurrent ones. Default 5 s. */
  readonly patience?: Duration.DurationInput | undefined
}

/** The setting that policies compare the name of a space with. */
export const setting = "aegis.namespace"

/** A namespace as that setting holds it: a setting is text, and a namespace need not be. */
export const settingOf = (namespace: string): string => packName(namespace).toString("hex")

export interface Session {
  readonly rowLevelSecurity: boolean
  /** One statement, and nothing around it but what row level security asks for. `Row` is the caller's claim. */
  readonly query: <Row extends object>(
    text: string,
    params: ReadonlyArray<unknown>
  ) => Effect.Effect<ReadonlyArray<Row>, SqlError>
  /** As `query`, for the body of a transaction. */
  readonly inside: Session["query"]
  /** Each statement of the body sees what was committed before it, whatever the server's default is. */
  readonly transaction: <A, E>(body: Effect.Effect<A, E>) => Effect.Effect<A, E | SqlError>
  /** A statement that changes nothing, tried again. */
  readonly read: Session["query"]
  /** A new count of tries: fails once there were enough, and waits before the next one until then. */
  readonly tries: Effect.Effect<Tries>
}

export interface Tries {
  /** Fails with the error when another try cannot help, or patience is at its end. */
  readonly afterFailure: (error: SqlError) => Effect.Effect<void, SqlError>
}

/** Lost connections, and what the server refuses because of others: the same statement may succeed the next time. */
const isTransient = (error: SqlError): boolean => {
  const reason = reasonOf(error)
  return reason === "serialization" || (reason === "connection" && !isPoolTimeout(error))
}

/** The pool has kept its caller waiting for long enough. */
const isPoolTimeout = ({ cause }: SqlError): boolean =>
  cause instanceof Error && cause.cause instanceof Error && /timeout exceeded/.test(cause.cause.message)

/** Whether nobody knows if the statement was carried out. */
export const isUncertain = (error: SqlError): boolean => codeOf(error.cause) === "AEGIS_CONNECTION"

const policyOf = (
  patience: Duration.DurationInput
): Schedule.Schedule<ScheduleDecision.ScheduleDecision | unknown, unknown> =>
  Schedule.exponential("10 millis").pipe(
    Schedule.union(Schedule.spaced("500 millis")),
    Schedule.jittered,
    Schedule.upTo(patience)
  )

type Wait = (error: SqlError) => Effect.Effect<unknown, unknown>

/** Makes the schedule when something fails: most of the time nothing does. */
const makeTries = (policy: Schedule.Schedule<unknown, unknown>): Tries => {
  let wait: Wait | undefined
  const begin = Effect.map(Schedule.driver(policy), (driver) => (wait = (error) => driver.next(error)))
  return {
    afterFailure: (error) =>
      isTransient(error)
        ? Effect.flatMap(
            Effect.suspend(() => (wait === undefined ? begin : Effect.succeed(wait))),
            (wait) => Effect.mapError(Effect.asVoid(wait(error)), () => error)
          )
        : Effect.fail(error)
  }
}

export const make = (client: PgClient, namespace: string, options: Options): Session => {
  const policy = policyOf(options.patience ?? "5 seconds")
  const inside: Session["query"] = client.direct
  const tell =
    options.rowLevelSecurity === true
      ? inside("SELECT set_config($1, $2, true)", [setting, settingOf(namespace)])
      : undefined
  const inTransaction = <A, E>(body: Effect.Effect<A, E>): Effect.Effect<A, E | SqlError> =>
    Effect.provideService(transaction(body), SqlClient.SqlClient, client)
  const query: Session["query"] =
    tell === undefined
      ? inside
      : <Row extends object>(text: string, params: ReadonlyArray<unknown>) =>
          inTransaction(Effect.zipRight(tell, inside<Row>(text, params)))
  return {
    rowLevelSecurity: options.rowLevelSecurity === true,
    query,
    inside,
    transaction: (body) =>
      inTransaction(
        client
          .unsafe("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
          .pipe(Effect.zipRight(tell ?? Effect.void), Effect.zipRight(body))
      ),
    read: <Row extends object>(text: string, params: ReadonlyArray<unknown>) => {
      const once = query<Row>(text, params)
      return Effect.catchIf(once, isTransient, () =>
        Effect.retry(once, { schedule: policy, while: isTransient })
      )
    },
    tries: Effect.sync(() => makeTries(policy))
  }
}
