/** Records of calls as the ledger keeps them. */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { uuidOf } from "../../../../src/domain/Hash.js"
import type { ProviderRequest } from "../../../../src/domain/ProviderRequest.js"
import { TelemetryRecord } from "../../../../src/domain/TelemetryRecord.js"
import { totalInput, type Usage } from "../../../../src/domain/Usage.js"

export const recordOf = (request: ProviderRequest, usage: Usage, at = 0): TelemetryRecord => ({
  ...Schema.decodeSync(TelemetryRecord)({
    id: uuidOf("telemetry", `${request.sentAt} ${at}`),
    scaffoldId: uuidOf("scaffold", "test"),
    operation: "execute",
    outcome: "miss",
    tokenCount: totalInput(usage),
    cost: null,
    latency: 1,
    cacheHit: false,
    createdAt: new Date(request.sentAt).toISOString()
  }),
  usage,
  request,
  cost: Option.none()
})
