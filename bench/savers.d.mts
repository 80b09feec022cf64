import type { BaseCheckpointSaver } from "@langchain/langgraph-checkpoint"

export interface OpenSaver {
  readonly saver: BaseCheckpointSaver
  /** Another one over the same storage, which has nothing in memory. */
  readonly fresh: () => BaseCheckpointSaver
  readonly close: () => Promise<void>
}

export declare const saverVersions: () => Readonly<Record<string, string>>
export declare const openSqliteSaver: (file: string) => OpenSaver
export declare const openPostgresSaver: (url: string) => Promise<OpenSaver>
